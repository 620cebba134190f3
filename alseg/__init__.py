"""alseg: active-learning experiments on medical images."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from alseg.loop.select import select as select

# Before PyTorch loads its threads: GNU OpenMP's workers spin while they wait, and as soon as two processes share the cores
# (jobs of a sweep, another user), they spin on each other's time: two trainings on two cores took 19 times as long as one.
# With this many turns before a worker sleeps, they take twice as long, and one alone loses about 3%.
os.environ.setdefault("GOMP_SPINCOUNT", "1000")


def lazily(package: str) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """``__getattr__`` and ``__dir__`` for the ``__init__`` of a room whose names are imported when they are asked for (PEP 562).

    The names and where they come from are read from its ``if TYPE_CHECKING:``, where type checkers and editors read them.
    """

    @cache
    def homes() -> dict[str, str]:
        import pkgutil

        return imported_for_types(pkgutil.get_data(package, "__init__.py") or b"")

    def find(name: str) -> Any:
        if name.startswith("__") or name not in homes():
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        value = getattr(importlib.import_module(homes()[name]), name)
        setattr(sys.modules[package], name, value)  # found without this function from now on
        return value

    def names() -> list[str]:
        return sorted({*vars(sys.modules[package]), *homes()})

    return find, names


def imported_for_types(source: bytes) -> dict[str, str]:
    """The names that a module imports under ``if TYPE_CHECKING:``, and the modules that they come from."""
    import ast

    blocks = (
        node
        for node in ast.parse(source).body
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"
    )
    imports = (line for block in blocks for line in block.body if isinstance(line, ast.ImportFrom))
    return {name.name: str(line.module) for line in imports for name in line.names}


_find, __dir__ = lazily(__name__)


def __getattr__(name: str) -> Any:
    if name == "__version__":  # what reads it takes longer to import than all else here
        from importlib.metadata import version

        return version("alseg")
    return _find(name)
