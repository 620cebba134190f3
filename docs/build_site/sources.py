"""Files of the repository that the site shows, and where it shows them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HERE = Path(__file__).resolve().parent
FILES = (
    "README.md",
    "CONTRIBUTING.md",
    "CHANGELOG.md",
    ".github/SECURITY.md",
    "CITATION.cff",
    "docs/**/*",
    "experiments/**/*.md",
)
"""Patterns of what is shown, besides the pictures beside it."""
PICTURES = ("experiments/**/*.svg",)


def sources() -> Iterator[str]:
    """Files by their place in the repository, such as ``docs/runs.md``: pages, pictures, and what pages link to."""
    for pattern in (*FILES, *PICTURES):
        found = (path for path in ROOT.glob(pattern) if path.is_file() and HERE not in path.parents)
        yield from sorted(str(path.relative_to(ROOT)) for path in found)


def address(source: str) -> str:
    """The file of the site that shows a file: ``docs/runs.md`` is ``runs/index.html``, and README the first page."""
    path = Path(source.removeprefix("docs/").removeprefix(".github/"))
    if path.suffix != ".md":
        return str(path)
    page = path.parent if path.stem.lower() in ("readme", "index") else path.parent / path.stem.lower()
    return str(page / "index.html")
