"""Tables for a paper: plain ``tabular`` that needs no package."""

from __future__ import annotations

from collections.abc import Sequence

from alseg.report.columns import title
from alseg.report.grid import Grid
from alseg.report.sections.comparisons import comparison_grid, comparison_note
from alseg.report.sections.levels import NOTE as LEVELS_NOTE
from alseg.report.sections.levels import levels_grid
from alseg.report.sections.penalty import NOTE as PENALTY_NOTE
from alseg.report.sections.penalty import penalty_grid
from alseg.report.sections.results import aubc_note, results_grid
from alseg.report.statistics.panels import Report

SPECIAL = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "±": r"$\pm$", "−": "$-$", "·": r"$\cdot$", "–": "--",
    "≤": r"$\leq$", "<": "$<$", ">": "$>$", "“": "``", "”": "''", "µ": r"$\mu$", "[": "{[}", "…": r"\ldots{}", "√": r"$\surd$",
}  # fmt: skip


def latex(report: Report) -> str:
    """Results, comparisons, labels needed and the penalty matrix of the primary metric."""
    analysis, parts = report.analysis, ["% By alseg report. Bold is the best mean of a column."]
    for panel in report.panels:
        metric = panel.metrics[0]
        name = f"{title(metric)} on {panel.data}"
        parts.append(
            _table(results_grid(panel, metric), f"{name}, mean ± half of the 95% interval. {aubc_note(panel)}")
        )
        found = [b for b in analysis.comparisons(metric) if b.data == panel.data]
        if found:
            note = comparison_note(analysis, found, metric)
            parts.append(_table(comparison_grid(found, metric), f"{name}, comparisons. {note}"))
        levels = analysis.levels(panel, metric)
        if levels:
            caption = f"{name}, labels needed. {LEVELS_NOTE}"
            parts.append(_table(levels_grid(levels, panel.budgets[0], metric), caption))
    metric = report.panels[0].metrics[0]
    matrix = analysis.penalty(metric)
    if matrix.compared.any():
        parts.append(_table(penalty_grid(matrix), f"Pairwise penalty matrix, {title(metric)}. {PENALTY_NOTE}"))
    return "\n\n".join(parts) + "\n"


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
