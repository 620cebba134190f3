"""Tables for a paper: plain ``tabular`` that needs no package."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from alseg.report.columns import said, title
from alseg.report.grid import Grid
from alseg.report.pages.provenance import provenance
from alseg.report.sections.found import found_sections
from alseg.report.sections.section import Block
from alseg.report.statistics.panels import Report

SPECIAL = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "±": r"$\pm$", "−": "$-$", "·": r"$\cdot$", "–": "--",
    "≤": r"$\leq$", "<": "$<$", ">": "$>$", "“": "``", "”": "''", "µ": r"$\mu$", "[": "{[}", "…": r"\ldots{}", "√": r"$\surd$",
}  # fmt: skip


def latex(report: Report) -> str:
    """The tables that are for a paper, those of a metric for the primary one."""
    sections, parts = found_sections(), ["% By alseg report. Bold is the best mean of a column."]
    for panel in report.panels:
        metric = panel.metrics[0]
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
            yield _table(block.table, f"{name}{block.short or block.title}. {block.note}")


def _table(grid: Grid, caption: str) -> str:
    rows = [[rf"\textbf{{{escape(c.text)}}}" if c.best else escape(c.text) for c in row] for row in grid.rows]
    lines = [_line([escape(head) for head in grid.header]), r"\hline", *map(_line, rows)]
    body = "\n".join(f"    {line}" for line in lines)
    columns = "l" + "r" * (len(grid.header) - 1)
    return (
        "\\begin{table}\n  \\centering\n"
        f"  \\caption{{{escape(caption)}}}\n"
        f"  \\begin{{tabular}}{{{columns}}}\n{body}\n  \\end{{tabular}}\n\\end{{table}}"
    )


def _line(cells: Sequence[str]) -> str:
    return " & ".join(cells) + r" \\"


def escape(text: str) -> str:
    """Text that LaTeX sets as it stands."""
    return "".join(SPECIAL.get(c, c) for c in " ".join(text.split()))
