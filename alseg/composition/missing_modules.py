"""Check that the modules which a config names can be found, before anything heavy is imported."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.util import find_spec
from typing import Any

from omegaconf import DictConfig, OmegaConf

from alseg.errors import ConfigError


def check_modules(config: DictConfig) -> None:
    """Look for the top-level package of every ``_target_``, without importing it.

    Raises:
        ConfigError: for the first that is not there.
    """
    for address, target in _targets(OmegaConf.to_container(config), ""):
        package = target.partition(".")[0]
        if package.isidentifier() and find_spec(package) is None:
            raise ConfigError(
                f"{address}={target}: there is no module {package}; install it (pip install -e FOLDER), or start alseg with "
                f"--config-dir from the folder that {package} lies in"
            )


def _targets(value: Any, address: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, item in value.items():
            below = f"{address}.{key}".strip(".")
            if key == "_target_" and isinstance(item, str) and not item.startswith("$"):
                yield below, item
            else:
                yield from _targets(item, below)
    elif isinstance(value, list):
        for place, item in enumerate(value):
            yield from _targets(item, f"{address}.{place}")
