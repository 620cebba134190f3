"""Write a map to its files."""

from __future__ import annotations

from pathlib import Path

from alseg.errors import RunFolderError
from alseg.files import atomic
from alseg.maps.feature_map import FeatureMap
from alseg.maps.page import html
from alseg.maps.picture import picture
from alseg.report.figures.drawing import image


def write_map(map_: FeatureMap, out: Path) -> tuple[Path, ...]:
    """Write ``map.html``, ``map.png`` and ``map.svg`` to the folder ``out``; each appears only when it is whole.

    Raises:
        RunFolderError: if ``out`` is not writable.
    """
    figure = picture(map_)
    contents = {
        "map.html": html(map_).encode(),
        "map.png": image(figure, "png"),
        "map.svg": image(figure, "svg"),
    }
    try:
        for name, content in contents.items():
            with atomic(out / name) as temporary:
                temporary.write_bytes(content)
    except OSError as error:
        raise RunFolderError(f"{out}: the map cannot be written there ({error.strerror or error})") from error
    return tuple(out / name for name in contents)
