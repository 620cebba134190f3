"""Tables as they appear on a terminal."""

from __future__ import annotations

from rich.console import Console, RenderableType


def shown(renderable: RenderableType) -> dict[str, str]:
    """The table as name -> value, as it appears on a wide screen."""
    console = Console(width=200, color_system=None)
    with console.capture() as capture:
        console.print(renderable)
    title, *lines = capture.get().splitlines()
    cells = [[cell.strip() for cell in line.split("│")] for line in lines if "│" in line]
    found = {"title": title.strip()}
    for cell in cells:
        name = cell[1] or list(found)[-1]  # a line that goes on
        found[name] = f"{found[name]} {cell[2]}" if name in found else cell[2]
    return found
