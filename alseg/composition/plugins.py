"""Plugins: packages of others, with pieces of their own and a folder ``conf`` of configs, found once they are installed."""

from __future__ import annotations

import logging
import os
import sys
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from pathlib import Path

from hydra.core.config_search_path import ConfigSearchPath
from hydra.plugins.search_path_plugin import SearchPathPlugin

from alseg.composition import paths

log = logging.getLogger(__name__)

GROUP = "alseg.plugins"
"""Entry points of this group name packages: ``mine = "mine"``."""


@cache
def plugin_folders() -> tuple[Path, ...]:
    """Folders ``conf`` of the installed plugins, in the order of their names; one that has none is said and left out."""
    found = []
    for point in sorted(entry_points(group=GROUP), key=lambda point: point.name):
        folder = _folder(point)
        if folder is None:
            log.warning("plugin %s: there is no package %r with a folder conf; it is left out", point.name, point.value)
        else:
            found.append(folder)
    return tuple(found)


def config_folders() -> tuple[Path, ...]:
    """Folders that hold the config groups: alseg's own, then those of the plugins."""
    return (paths.conf(), *plugin_folders())


class PluginPaths(SearchPathPlugin):
    """Tells Hydra of the plugins. They stand behind alseg's own configs: they add choices, and replace none."""

    def manipulate_search_path(self, search_path: ConfigSearchPath) -> None:
        for folder in plugin_folders():
            search_path.append(provider=GROUP, path=f"file://{folder}")


def import_from(folder: Path) -> None:
    """Let this process and those that it starts import modules of a folder, behind all that is installed."""
    place = str(folder)
    if place not in sys.path:
        sys.path.append(place)
    others = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    if place not in others:
        os.environ["PYTHONPATH"] = os.pathsep.join([*filter(None, others), place])


def _folder(point: EntryPoint) -> Path | None:
    try:
        spec = find_spec(point.value)
    except (ImportError, ValueError):
        return None
    places = [] if spec is None else [Path(place) / "conf" for place in spec.submodule_search_locations or ()]
    return next((place for place in places if place.is_dir()), None)
