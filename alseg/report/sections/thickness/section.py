"""The wall thickness in the report: agreement, Bland-Altman pictures and CSV."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

from alseg.report.figures.drawing import image
from alseg.report.read.damaged import Unread
from alseg.report.sections.section import Block, Section
from alseg.report.sections.thickness.bland_altman import MOST, bland_altman
from alseg.report.sections.thickness.pairs import measurements, unread_of
from alseg.report.sections.thickness.table import NOTE, cimt_csv, cimt_grid
from alseg.report.statistics.panels import Panel, Report


class Thickness(Section):
    """Agreement of the predicted thickness with the reference, where a data set declares its wall."""

    place = 90
    about: ClassVar = {
        "cimt": "agreement of the carotid wall thickness",
        "bland_altman": "Bland-Altman plots of the wall thickness",
    }

    def of_data_set(self, report: Report, panel: Panel) -> Sequence[Block]:
        found = measurements(panel)
        if not found:
            return []
        return [
            Block(
                "Carotid intima-media thickness",
                cimt_grid(found),
                note=NOTE,
                aside=f" The picture shows the first {MOST} of {len(found)} conditions." if len(found) > MOST else "",
                caption="Agreement of the predicted with the reference thickness of the test images",
                figure=lambda: bland_altman(found),
                alt="Bland-Altman plots of the wall thickness",
                data=lambda: cimt_csv(report),
                folded=False,
                in_latex=False,
            )
        ]

    def files(self, report: Report) -> Mapping[str, bytes]:
        walls = [found for panel in report.panels if (found := measurements(panel))]
        contents: dict[str, bytes] = {}
        for i, found in enumerate(walls, start=1):
            picture, name = bland_altman(found), "bland_altman" if len(walls) == 1 else f"bland_altman_{i}"
            contents |= {f"{name}.{kind}": image(picture, kind) for kind in ("png", "svg")}
        return contents | {"cimt.csv": cimt_csv(report).encode()} if walls else {}

    def unread(self, report: Report) -> Sequence[Unread]:
        found = []
        for panel in report.panels:
            measurements(panel)
            found += unread_of(panel)
        return found
