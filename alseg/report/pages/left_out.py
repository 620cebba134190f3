"""Everything that is in no number of a report, with its reason."""

from __future__ import annotations

from alseg.report.pages.run_list import left_out_lines
from alseg.report.read.damaged import Unread
from alseg.report.sections.found import found_sections
from alseg.report.statistics.panels import Report

UNFINISHED = "These runs failed or are not finished. None of the numbers comes from them."
UNREAD = "These could not be read, or were not believed. No number comes from them, and all others are as if they were not there."


def left_out(report: Report) -> list[Unread]:
    """Files and folders that could not be read, in the order of their paths."""
    found = [*report.unread, *(one for section in found_sections() for one in section.unread(report))]
    return sorted(dict.fromkeys(found), key=lambda one: one.path)


def left_out_groups(report: Report) -> list[tuple[str, list[str]]]:
    """A sentence, and a line for each thing that it is about; none where nothing was left out."""
    groups = [(UNFINISHED, left_out_lines(report)), (UNREAD, [one.line for one in left_out(report)])]
    return [(sentence, lines) for sentence, lines in groups if lines]
