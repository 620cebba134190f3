"""Cache of parsed config files: Hydra reads them anew for every job of a sweep, which takes half of the time of composing."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path

import yaml
from hydra._internal.core_plugins import file_config_source, importlib_resources_config_source
from hydra._internal.sources_registry import SourcesRegistry
from hydra.errors import ConfigCompositionException
from hydra.plugins.config_source import ConfigResult

_Stamp = tuple[int, int]
_parsed: dict[tuple[str, str], tuple[_Stamp, ConfigResult]] = {}


# The classes bear the names of Hydra's own, by which its registry tells sources of one scheme apart when a launcher's worker
# restores it.


class FileConfigSource(file_config_source.FileConfigSource):
    """Folder of config files; a file that has not changed on the disk is parsed once for the process."""

    def load_config(self, config_path: str) -> ConfigResult:
        """Parse a file, or copy what was parsed.

        Raises:
            ConfigLoadError: if there is no such file.
            ConfigCompositionException: if it is no YAML, or names Python objects.
        """
        path = Path(self.path, self._normalize_file_name(config_path))
        try:
            found = path.stat()
        except OSError:
            return super().load_config(config_path)  # which says what is wrong
        stamp = (found.st_mtime_ns, found.st_size)
        return _once((self.provider, str(path)), stamp, lambda: super(FileConfigSource, self).load_config(config_path))


class ImportlibResourcesConfigSource(importlib_resources_config_source.ImportlibResourcesConfigSource):
    """Config files within an installed package, such as Hydra's own: they are parsed once for the process."""

    def load_config(self, config_path: str) -> ConfigResult:
        """Parse a file, or copy what was parsed.

        Raises:
            ConfigLoadError: if there is no such file.
        """
        key = (self.provider, f"{self.path}/{config_path}")
        return _once(key, (0, 0), lambda: super(ImportlibResourcesConfigSource, self).load_config(config_path))


def _once(key: tuple[str, str], stamp: _Stamp, parse: Callable[[], ConfigResult]) -> ConfigResult:
    known = _parsed.get(key)
    if known is None or known[0] != stamp:
        try:
            known = _parsed[key] = (stamp, parse())
        except yaml.MarkedYAMLError as error:
            where = f"{error.problem_mark.name}: line {error.problem_mark.line + 1}: " if error.problem_mark else ""
            raise ConfigCompositionException(f"{where}{' '.join(str(error.problem).split())}") from None
    return copy.deepcopy(known[1])  # Hydra takes the defaults list out of what it is given


def register() -> None:
    """Make Hydra read through the cache; its registry offers no way to replace a source of the same scheme."""
    for source in (FileConfigSource, ImportlibResourcesConfigSource):
        SourcesRegistry.instance().types[source.scheme()] = source
