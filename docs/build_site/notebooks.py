"""Notebooks as pages: the build runs them, so that what they show is what the code gives today.

``python -m docs.build_site.notebooks NOTEBOOK OUT`` runs one, and leaves page and pictures in OUT.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from docs.build_site.cells import Markdown, cells, run_command, run_python
from docs.build_site.kept import kept
from docs.build_site.sources import ROOT

PLACE = "docs/tutorials"
LINK = re.compile(r"\]\(([^)#:\s]+)")
LINES, HEAD, TAIL = 60, 20, 8
"""Lines of which no more are shown, and how many at either end where there are more."""


def notebooks() -> list[str]:
    """Places of the notebooks."""
    return sorted(str(path.relative_to(ROOT)) for path in (ROOT / PLACE).glob("*.ipynb"))


def kept_pages(notebook: str) -> dict[str, str | bytes]:
    """Page, pictures and files of a notebook; it is run where it or the code has changed."""
    text = (ROOT / notebook).read_text(encoding="utf-8")
    found = kept(Path(notebook).stem, text, lambda: run_apart(notebook))
    return {name: content.decode() if name.endswith(".md") else content for name, content in found.items()}


def run_apart(notebook: str) -> dict[str, bytes]:
    """`pages` of a notebook, run in a process of its own: runs and sweeps change their process.

    Raises:
        RuntimeError: if a cell fails; it tells what the process printed.
    """
    with tempfile.TemporaryDirectory() as folder:
        out = str(Path(folder) / "out")
        command = [sys.executable, "-m", "docs.build_site.notebooks", notebook, out]
        settings = {"OMP_NUM_THREADS": "1"} | os.environ | {"ALSEG_CACHE": str(Path(folder) / "cache")}
        done = subprocess.run(command, cwd=ROOT, env=settings, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(f"{notebook}: {done.stderr}")
        files = (path for path in sorted(Path(out).rglob("*")) if path.is_file())
        return {str(path.relative_to(out)): path.read_bytes() for path in files}


def pages(notebook: str) -> dict[str, str | bytes]:
    """Page and pictures of a notebook, run from its top to its end in an empty folder; files that its text links to go along.

    Raises:
        Exception: whatever a cell raises.
    """
    names: dict[str, Any] = {"__name__": "__main__"}
    blocks: list[str] = []
    made: dict[str, str | bytes] = {}
    begun = sum(os.times()[:4])
    with _empty_folder() as folder:
        for number, cell in enumerate(cells(ROOT / notebook)):
            if cell.kind == "markdown":
                blocks.append(cell.source)
                made |= _linked(cell.source)
                continue
            blocks.append(f"```{'sh' if cell.kind == 'shell' else 'python'}\n{cell.source}\n```")
            shown = [run_command(cell.source)] if cell.kind == "shell" else run_python(cell.source, names)
            for block, picture in _blocks(shown, f"{notebook.removesuffix('.ipynb')}_{number}", folder):
                blocks.append(block)
                made |= picture
    seconds = sum(os.times()[:4]) - begun
    blocks.append(f"*The build of this site ran the notebook, in {seconds:.0f} CPU-seconds; it is in `{notebook}`.*")
    return {notebook.replace(".ipynb", ".md"): "\n\n".join(blocks) + "\n"} | made


def _blocks(shown: Iterable[str | bytes], place: str, folder: str) -> Iterator[tuple[str, dict[str, bytes]]]:
    """Markdown of what a cell shows, each with the picture that it refers to; paths are told from the notebook's folder on."""
    for number, value in enumerate(shown):
        if isinstance(value, bytes):
            picture = f"{place}{f'_{number}' if number else ''}.png"
            yield f"![Figure of the cell above]({picture.rpartition('/')[2]})", {picture: value}
        elif value.strip():
            yield value if isinstance(value, Markdown) else _fenced(value.replace(folder, "")), {}


def _fenced(text: str) -> str:
    """A text, which may hold fences itself, as code; its long lines are wrapped unless there is a table in it."""
    lines = text.rstrip().splitlines()
    if len(lines) > LINES:
        lines[HEAD:-TAIL] = [f"[{len(lines) - HEAD - TAIL} lines more]"]
    fence = "`" * max(3, 1 + max(map(len, re.findall("`{3,}", text)), default=0))
    kind = "text" if "━" in text else " { .text .wrap }"
    return "\n".join([f"{fence}{kind}", *lines, fence])


def _linked(text: str) -> dict[str, str | bytes]:
    """Files that a text links to and the notebook has made, with all that lies beside them."""
    folders = {Path(link).parent for link in LINK.findall(text) if Path(link).is_file()}
    files = (path for folder in folders for path in sorted(folder.rglob("*")) if path.is_file())
    return {f"{PLACE}/{path}": path.read_bytes() for path in files}


@contextmanager
def _empty_folder() -> Iterator[str]:
    """Stand in an empty folder; gives its path, with the separator behind it."""
    before = Path.cwd()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        try:
            yield f"{Path.cwd()}{os.sep}"
        finally:
            os.chdir(before)


def main(notebook: str, out: str) -> None:
    """Run a notebook, and write its page and pictures below a folder."""
    for name, content in pages(notebook).items():
        path = Path(out) / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())


if __name__ == "__main__":
    main(*sys.argv[1:])
