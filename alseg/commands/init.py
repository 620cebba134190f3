"""``alseg init``: a small project of one's own, with a strategy, a learner and their test."""

from __future__ import annotations

import argparse
import keyword
import re
import shutil
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from pathlib import Path

from alseg.errors import ConfigError
from alseg.files import named

TEMPLATE = Path(__file__).parents[1] / "template"
STANDS_FOR = re.compile(r"\bmine\b")
"""Name of the project in the files of the template; their names end in .txt, so that nothing takes them for modules of alseg."""

HELP = """alseg init FOLDER

Make a small project of your own: a package named like the folder, with a query strategy and a learner (one Python file and one
YAML each), a test that runs them, and what it takes to install it. alseg finds its configs once it is installed
(entry points alseg.plugins); nothing of alseg's own is changed.
"""


def main(arguments: Sequence[str]) -> int:
    """Make the project, and say what to do next.

    Raises:
        ConfigError: if there is something at this place, or its name cannot be that of a package.
    """
    parser = argparse.ArgumentParser("alseg init", usage=HELP)
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="the folder to be; the package gets its name")
    folder: Path = parser.parse_args(arguments).folder
    name = package_name(folder)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ConfigError(f"{folder}: it is there already, and not empty; choose another folder")
    for source, target in _files(folder, name):
        written = STANDS_FOR.sub(name, source.read_text(encoding="utf-8"))
        try:
            with named(target):
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_text(written, encoding="utf-8")
        except BaseException:
            for path in folder.iterdir():  # half a project would be in the way of the next try
                shutil.rmtree(path) if path.is_dir() else path.unlink()
            raise
    print(f"{folder}: a package {name} with a strategy, a learner and their test. Next:\n")
    print(f"  cd {folder}\n  python -m pip install --no-deps -e .\n  alseg run strategy=gini learner=focal_segmenter")
    return 0


def package_name(folder: Path) -> str:
    """Name of the package for a folder: lower case, ``_`` for what no name may hold.

    Raises:
        ConfigError: if that is no name, or a module has it already.
    """
    name = re.sub(r"\W+", "_", folder.absolute().name, flags=re.ASCII).strip("_").lower()
    if not name.isidentifier() or keyword.iskeyword(name):
        raise ConfigError(f"{folder}: its name becomes that of a package, and must begin with a letter")
    if name == "tests" or find_spec(name) is not None:
        raise ConfigError(f"{folder}: there is a module {name} already; choose another name")
    return name


def _files(folder: Path, name: str) -> Iterator[tuple[Path, Path]]:
    """Files of the template, each with its place in the project."""
    for source in sorted(TEMPLATE.rglob("*.txt")):
        parts = source.relative_to(TEMPLATE).with_suffix("").parts
        yield source, folder.joinpath(*(name if part == "package" else part for part in parts))
