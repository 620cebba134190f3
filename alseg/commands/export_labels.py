"""``alseg export --to``: what was labelled in a run, for other programs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from alseg.errors import ConfigError
from alseg.handover.hand_on import FORMS, hand_on
from alseg.handover.labels_of_run import labels_of_run
from alseg.runs.run_config import config_of
from alseg.runs.run_folder import RunFolder

FORMATS = tuple(FORMS)


def run(path: Path, moved: Sequence[str], form: str, out: Path, *, rest: bool) -> str:
    """Write the labels; return what was written, in words."""
    if rest and form != "folder":
        raise ConfigError(f"--rest: --to {form} has no place for images without labels; choose --to folder")
    folder = RunFolder(path)
    labels = labels_of_run(folder, config_of(folder, moved), rest=rest)
    done = hand_on(labels, form, out)
    resized = (
        f"{done.resized} of the masks were brought from data.size to the size of their files, by the nearest pixel: their "
        "outlines are coarser than those of an original. "
        if done.resized
        else ""
    )
    more = f", and {len(labels.rest)} images without" if labels.rest else ""
    return f"{out}: {done.labels} labels by {', '.join(done.annotators)}, {done.seconds:.0f} s together{more}. {resized}{done.use}"
