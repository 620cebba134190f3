"""Tables for a paper: plain ``tabular`` that needs no package, in as many parts as fit a page."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from alseg.report.columns import said, title
from alseg.report.pages.latex_table import TEXT_WIDTH, table
from alseg.report.pages.latex_text import escape
from alseg.report.pages.provenance import provenance
from alseg.report.sections.found import found_sections
from alseg.report.sections.section import Block
from alseg.report.statistics.panels import Report


def latex(report: Report) -> str:
    """The tables that are for a paper, those of a metric for the primary one."""
    first = (
        "% By alseg report. Bold is better than the control after the correction.\n"
        f"% No package is needed; no table is wider than {TEXT_WIDTH:.0f} pt, or higher than a page, at 10 pt."
    )
    sections, parts = found_sections(), [first]
    for panel in report.panels:
        for metric in panel.metrics[:1]:
            for section in sections:
                parts += _blocks(
                    section.of_metric(report, panel, metric), f"{title(metric)} ({said(metric)}) on {panel.data}, "
                )
        for section in sections:
            parts += _blocks(section.of_data_set(report, panel), f"{panel.data}, ")
    for section in sections:
        parts += _blocks(section.overall(report), "")
    made = " ".join(f"{heading}: {text}." for heading, text in provenance(report))
    parts.append(f"{{\\footnotesize\\raggedright {escape(made)}\\par}}")
    return "\n\n".join(parts) + "\n"


def _blocks(blocks: Iterable[Block], name: str) -> Iterator[str]:
    for block in blocks:
        if block.table is not None and block.in_latex:
            yield from table(block.table, f"{name}{block.short or block.title}. {block.note}")
