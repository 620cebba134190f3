"""Measures of the package: files, lines, rooms, the imports between them, and circles.

``python -m benchmarks.architecture`` prints the table of docs/architecture.md.
"""

from __future__ import annotations

import ast
import statistics
import sys
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from alseg import imported_for_types

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = "alseg"
GROUND = "ground floor"
"""The modules that lie directly in the package."""


@dataclass(frozen=True)
class House:
    """Modules of a package, their lines and imports.

    Args:
        lines: lines of every module, by its dotted name.
        imports: the modules that each module imports, of this package alone.
    """

    lines: Mapping[str, int]
    imports: Mapping[str, frozenset[str]]

    def room_of(self, module: str) -> str:
        """``alseg.loop.scan`` is in ``loop``, ``alseg.errors`` on the ground floor."""
        parts = module.split(".")
        inside = len(parts) > 2 or (len(parts) == 2 and any(other.startswith(f"{module}.") for other in self.lines))
        return parts[1] if inside else GROUND

    @property
    def rooms(self) -> dict[str, set[str]]:
        """The rooms that each room imports from, without itself; the modules of the ground floor are one room."""
        found: dict[str, set[str]] = {self.room_of(module): set() for module in self.lines}
        for module, others in self.imports.items():
            found[self.room_of(module)] |= {self.room_of(other) for other in others} - {self.room_of(module)}
        return found

    @property
    def crossings(self) -> int:
        """Number of imports from one room to another."""
        return sum(self.room_of(one) != self.room_of(other) for one, others in self.imports.items() for other in others)

    def circles(self) -> list[list[str]]:
        """Rooms that import each other in a loop, the modules of the ground floor each for itself."""
        edges: dict[str, set[str]] = defaultdict(set)
        for module, others in self.imports.items():
            one = self._apart(module)
            edges[one] |= {self._apart(other) for other in others} - {one}
        return [sorted(circle) for circle in _circles(edges)]

    def _apart(self, module: str) -> str:
        return module if self.room_of(module) == GROUND else self.room_of(module)


def look(root: Path = ROOT) -> House:
    """Read the package in a checkout."""
    files = {_module(path, root): path for path in sorted((root / PACKAGE).rglob("*.py"))}
    texts = {module: path.read_text(encoding="utf-8") for module, path in files.items()}
    imports = {module: frozenset(_imports(text, files.keys())) - {module} for module, text in texts.items()}
    # The front door only names what it imports when somebody asks for it (see `alseg.lazily`).
    imports[PACKAGE] -= frozenset(imported_for_types(texts[PACKAGE].encode()).values())
    return House({module: len(text.splitlines()) for module, text in texts.items()}, imports)


def table(house: House) -> list[tuple[str, str]]:
    """Rows of the table in docs/architecture.md."""
    sizes = sorted(house.lines.values())
    longest = max(house.lines, key=lambda module: house.lines[module])
    return [
        ("files", str(len(sizes))),
        ("lines in a file, median", f"{statistics.median(sizes):.0f}"),
        ("longest file", f"{house.lines[longest]} ({longest})"),
        ("rooms", str(len(house.rooms) - 1)),
        ("files on the ground floor", str(sum(house.room_of(module) == GROUND for module in house.lines))),
        ("imports from room to room", str(house.crossings)),
        ("circles of rooms", str(len(house.circles()))),
    ]


def _module(path: Path, root: Path) -> str:
    return ".".join(path.relative_to(root).with_suffix("").parts).removesuffix(".__init__")


def _imports(text: str, known: Collection[str]) -> Iterator[str]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names if name.name in known)
        elif isinstance(node, ast.ImportFrom) and node.module is not None:
            for name in node.names:
                inner = f"{node.module}.{name.name}"
                if inner in known:
                    yield inner
                elif node.module in known and node.module != PACKAGE:
                    yield node.module


def _circles(edges: Mapping[str, set[str]]) -> list[list[str]]:
    """Strongly connected parts of more than one node (Tarjan)."""
    order: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[list[str]] = []

    def visit(node: str) -> None:
        order[node] = low[node] = len(order)
        stack.append(node)
        for other in edges.get(node, ()):
            if other not in order:
                visit(other)
                low[node] = min(low[node], low[other])
            elif other in stack:
                low[node] = min(low[node], order[other])
        if low[node] == order[node]:
            part = stack[stack.index(node) :]
            del stack[stack.index(node) :]
            if len(part) > 1:
                found.append(part)

    for node in list(edges):
        if node not in order:
            visit(node)
    return found


def main() -> int:
    """Print the table, of this checkout or of the one named."""
    house = look(Path(sys.argv[1]).resolve()) if len(sys.argv) > 1 else look()
    print("| what | number |\n|---|---|")
    for name, value in table(house):
        print(f"| {name} | {value} |")
    for circle in house.circles():
        print(f"circle: {', '.join(circle)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
