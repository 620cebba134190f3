"""The contract of a section of the report."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from matplotlib.figure import Figure

from alseg.report.grid import Grid
from alseg.report.read.damaged import Unread
from alseg.report.read.read_runs import Run
from alseg.report.statistics.panels import Panel, Report


@dataclass(frozen=True)
class Shown:
    """A picture that a run left in its folder.

    Args:
        file: PNG or JPEG.
        caption: below it.
        run: whose page it leads to.
        wide: whether it takes the whole width.
    """

    file: bytes
    caption: str
    run: Run
    wide: bool = False


@dataclass(frozen=True)
class Block:
    """A table, a picture or both, and the words about them; every format takes of it what it can show.

    Args:
        title: heading.
        table: its cells; None for a picture alone, which only the page shows.
        note: below the table, in every format; plain text.
        aside: what the page alone adds to the note.
        caption: above the table on the page, where it lies open; empty for the title.
        short: what LaTeX calls the table after the name of metric and data set; empty for the title.
        lead: sentence that stands in the place of the heading in Markdown; the page then goes by the caption alone.
        figure: draws the picture.
        alt: says what the picture shows to those who cannot see it.
        data: the numbers behind the picture as CSV, which the page offers to save.
        folded: whether the page shows the table on a click only.
        in_latex: whether the table is for a paper too.
        shown: pictures of runs, on the page where runs have pages of their own.
    """

    title: str
    table: Grid | None = None
    note: str = ""
    aside: str = ""
    caption: str = ""
    short: str = ""
    lead: str = ""
    figure: Callable[[], Figure] | None = None
    alt: str = ""
    data: Callable[[], str] | None = None
    folded: bool = True
    in_latex: bool = True
    shown: tuple[Shown, ...] = ()


class Section:
    """One thing that a report says: its statistic, table, words, picture and files.

    A module of `alseg.report.sections` that has a ``SECTION`` is found by itself. Whatever is not overridden is empty.
    """

    place: float = 100
    """Sections stand in this order, in every format."""
    place_on_page: float | None = None
    """Place on the page, if it is another one there."""
    about: ClassVar[Mapping[str, str]] = {}
    """Descriptions of its files, by their names without number and ending."""

    def opening(self, report: Report) -> Sequence[Block]:
        """Words and pictures that the page opens with; the words stand in Markdown and on the terminal, too."""
        return ()

    def of_metric(self, report: Report, panel: Panel, metric: str) -> Sequence[Block]:
        """Blocks of one metric on one data set: of all metrics on the page, of the primary one elsewhere."""
        return ()

    def of_data_set(self, report: Report, panel: Panel) -> Sequence[Block]:
        """Blocks of one data set, the same for all metrics."""
        return ()

    def overall(self, report: Report) -> Sequence[Block]:
        """Blocks over all data sets."""
        return ()

    def in_terminal(self, report: Report, panel: Panel) -> Sequence[Block]:
        """Blocks of one data set that are narrow and important enough for the terminal."""
        return ()

    def files(self, report: Report) -> Mapping[str, bytes]:
        """Name and content of the files that lie beside the page, in the order in which they are written."""
        return {}

    def unread(self, report: Report) -> Sequence[Unread]:
        """Files of run folders that it should have read, and that are broken."""
        return ()
