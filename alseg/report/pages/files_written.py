"""Descriptions of the files beside the page."""

from __future__ import annotations

from collections.abc import Sequence

from alseg.report.sections.found import found_sections


def described(names: Sequence[str]) -> list[tuple[str, list[str]]]:
    """Descriptions with their files, in the order of the sections; files that nothing is said about last."""
    about = {stem: text for section in found_sections() for stem, text in section.about.items()}
    found: dict[str, list[str]] = {}
    for name in sorted(names):
        found.setdefault(name.rpartition(".")[0].rstrip("_0123456789"), []).append(name)
    return [(about.get(stem, stem), found[stem]) for stem in dict.fromkeys([*about, *found]) if stem in found]
