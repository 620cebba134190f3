"""Targets of configs by their names today: a run folder or a YAML of one's own may name a module that has moved since."""

from __future__ import annotations

MOVED = {
    "alseg.data.phantom_carotid.": "alseg.data.phantoms.carotid.",
    "alseg.data.phantom_histology.": "alseg.data.phantoms.histology.",
    "alseg.refinement.": "alseg.learners.refinement.",
    "alseg.stopping.": "alseg.callbacks.stopping.",
}
"""Modules of version 0.1 to where they are."""


def target_today(target: str) -> str:
    """The dotted path of a ``_target_``, as this version has it."""
    for old, new in MOVED.items():
        if target.startswith(old):
            return new + target.removeprefix(old)
    return target
