"""Notebooks as pages: the build runs them, so that what they show is what the code gives today."""

from __future__ import annotations

import ast
import contextlib
import io
import json
from collections.abc import Iterator
from typing import Any

from matplotlib.figure import Figure

from docs.build_site.figures.style import png
from docs.build_site.sources import ROOT

PLACE = "docs/tutorials"


def notebooks() -> list[str]:
    """Places of the notebooks."""
    return sorted(str(path.relative_to(ROOT)) for path in (ROOT / PLACE).glob("*.ipynb"))


def pages(notebook: str) -> dict[str, str | bytes]:
    """Page and pictures of a notebook, run from its top to its end.

    Raises:
        Exception: whatever a cell raises.
    """
    text = (ROOT / notebook).read_text(encoding="utf-8")
    names: dict[str, Any] = {"__name__": "__main__"}
    blocks: list[str] = []
    made: dict[str, str | bytes] = {}
    for number, cell in enumerate(json.loads(text)["cells"]):
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            blocks.append(source)
            continue
        blocks.append(f"```python\n{source}\n```")
        for shown in run(source, names):
            if isinstance(shown, bytes):
                picture = f"{notebook.removesuffix('.ipynb')}_{number}.png"
                made[picture] = shown
                blocks.append(f"![Figure of the cell above]({picture.rpartition('/')[2]})")
            else:
                blocks.append(f"```text\n{shown.rstrip()}\n```")
    blocks.append("*The build of this site ran the notebook; it is in `" + notebook + "`.*")
    return {notebook.replace(".ipynb", ".md"): "\n\n".join(blocks) + "\n"} | made


def run(source: str, names: dict[str, Any]) -> Iterator[str | bytes]:
    """Run a cell; give what it prints, and the value of its last line: a figure as PNG, other things as text."""
    tree = ast.parse(source)
    last: ast.stmt | None = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    printed = io.StringIO()
    value = None
    with contextlib.redirect_stdout(printed):
        exec(compile(tree, "<cell>", "exec"), names)
        if isinstance(last, ast.Expr):
            value = eval(compile(ast.Expression(last.value), "<cell>", "eval"), names)
    if printed.getvalue():
        yield printed.getvalue()
    if isinstance(value, Figure):
        yield png(value)
    elif value is not None:
        yield str(value)
