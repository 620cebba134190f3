"""Cells of a notebook: what they hold, and what they show when they are run."""

from __future__ import annotations

import ast
import contextlib
import io
import json
import os
import shlex
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import pandas as pd
from matplotlib.figure import Figure
from PIL import Image

from alseg.cli import main as alseg
from docs.build_site.figures.style import png
from docs.build_site.markdown import cell as escaped
from docs.build_site.markdown import table

Kind = Literal["markdown", "python", "shell"]


class Markdown(str):
    """A shown value that is Markdown already."""

    __slots__ = ()


@dataclass(frozen=True)
class Cell:
    """A cell of a notebook.

    Args:
        kind: ``markdown``, ``python``, or ``shell``, one command behind ``!``.
        source: what is in it; of a shell cell the command without ``!``.
    """

    kind: Kind
    source: str


def cells(notebook: Path) -> list[Cell]:
    """The cells of a notebook file."""
    found = []
    for each in json.loads(notebook.read_text(encoding="utf-8"))["cells"]:
        source = "".join(each["source"])
        if each["cell_type"] == "markdown":
            found.append(Cell("markdown", source))
        else:
            found.append(Cell("shell", source[1:]) if source.startswith("!") else Cell("python", source))
    return found


def words(command: str) -> list[str]:
    """The words of a command as a shell takes it apart."""
    return shlex.split(command.replace("\\\n", " "), comments=True)


def run_command(command: str) -> str:
    """Run a command of alseg, in this process; give all that it and its children print.

    Raises:
        ValueError: if it is a command of another program.
        RuntimeError: if it fails.
    """
    program, *arguments = words(command)
    if program != "alseg":
        raise ValueError(f"{command}: a notebook may call alseg alone")
    with _printed() as printed:
        code = alseg(arguments)
    if code:
        raise RuntimeError(f"{command}: exit code {code}\n{''.join(printed)}")
    return "".join(printed)


def run_python(source: str, names: dict[str, Any]) -> Iterator[str | bytes]:
    """Run Python; give what it prints, and the value of its last line.

    Figures and images are given as PNG, tables as `Markdown`, other things as text; a last line that ends in ``;`` shows nothing.
    """
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
    if source.rstrip().endswith(";"):
        return
    if isinstance(value, Figure):
        yield png(value)
    elif isinstance(value, Image.Image):
        file = io.BytesIO()
        value.save(file, "PNG")
        yield file.getvalue()
    elif isinstance(value, (pd.DataFrame, pd.Series)):
        yield _frame(value.to_frame() if isinstance(value, pd.Series) else value)
    elif value is not None:
        yield str(value)


def _frame(frame: pd.DataFrame) -> Markdown:
    shown = frame if isinstance(frame.index, pd.RangeIndex) else frame.reset_index()
    rows = [["" if pd.isna(value) else escaped(str(value)) for value in row] for row in shown.itertuples(index=False)]
    return Markdown(table([escaped(str(name)) for name in shown.columns], rows))


@contextlib.contextmanager
def _printed() -> Iterator[list[str]]:
    """Collect what this process prints, and its children, which know of file descriptors alone."""
    found: list[str] = []
    sys.stdout.flush()
    sys.stderr.flush()
    with tempfile.TemporaryFile("w+", buffering=1, encoding="utf-8") as file:
        kept = os.dup(1), os.dup(2)
        try:
            for number in (1, 2):
                os.dup2(file.fileno(), number)
            with contextlib.redirect_stdout(file), contextlib.redirect_stderr(file):
                yield found
        finally:
            for number, old in zip((1, 2), kept):
                os.dup2(old, number)
                os.close(old)
            file.flush()
            file.seek(0)
            found.append(file.read())
