"""The rooms of the report stand one above the other."""

from __future__ import annotations

import pytest

from benchmarks.architecture import look

ROOMS = ("read", "statistics", "figures", "sections", "pages")


@pytest.mark.slow
def test_rooms_import_from_those_above_alone():
    order = {f"alseg.report.{room}": place for place, room in enumerate(ROOMS)}

    def place(module: str) -> int | None:
        return order.get(".".join(module.split(".")[:3]))

    for module, others in look().imports.items():
        own = place(module)
        for other in others:
            theirs = place(other)
            assert own is None or theirs is None or theirs <= own, (module, other)


@pytest.mark.slow
def test_no_other_file_knows_a_section_by_its_name():
    infrastructure = {"alseg.report.sections", "alseg.report.sections.found", "alseg.report.sections.section"}
    for module, others in look().imports.items():
        if not module.startswith("alseg.report.sections"):
            known = {other for other in others if other.startswith("alseg.report.sections")}
            assert known <= infrastructure, module
