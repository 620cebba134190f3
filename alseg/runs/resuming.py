"""Checks before a run folder is resumed: same settings, and for a finished run a warning if its data changed."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from omegaconf import OmegaConf

from alseg.composition.defaults import filled
from alseg.composition.settle import settled
from alseg.errors import AlsegError, ConfigError, RunFolderError
from alseg.identity.content import Content
from alseg.identity.places import same_place
from alseg.identity.settings import counted, flat, is_path
from alseg.identity.sources import stamp
from alseg.runs.going_on import Changed, check_changes, may_change
from alseg.runs.record import differences, recorded
from alseg.runs.run_config import read_config
from alseg.runs.run_folder import RunFolder

log = logging.getLogger(__name__)


def _held(run: RunFolder) -> dict[str, Any]:
    """The settings that a run began with; older runs kept numbers where a setting is text, and paths as they were typed."""
    held: Any = OmegaConf.to_container(read_config(run.config))
    try:
        return cast(dict[str, Any], OmegaConf.to_container(settled(held)))
    except ConfigError:
        return cast(dict[str, Any], held)


def check_settings(run: RunFolder, config: Mapping[str, Any]) -> Changed:
    """Check that a config has the settings of the run in the folder, as far as they have a part in what is recorded.

    Returns:
        Those that differ and decide on what is to come alone.

    Raises:
        RunFolderError: naming the first other setting that differs.
    """
    if not run.config.exists():
        return {}
    held = _held(run)
    then, now = counted(filled(held, [key for key, _ in flat(config)])), counted(config)
    known = recorded(run) is not None

    def differs(key: str) -> bool:
        old, new = then.get(key), now.get(key)
        if old == new:
            return False
        if is_path(key) or key == "data.name":
            # Where contents are recorded, paths and names need not agree.
            return not (known or key.endswith("root") or same_place(old, new))
        return True

    every = sorted(key for key in then.keys() | now.keys() if differs(key))
    differing = [key for key in every if not may_change(key, then, now)]
    if differing:
        setting, key = _as_chosen(differing)
        rest = [other for other in differing if other != key and not other.startswith(f"{setting}.")]
        more = f" (and {len(rest)} more)" if rest else ""
        raise RunFolderError(
            f"run_dir={run.path}: it holds a run with {setting}={then.get(key)}, not {now.get(key)}{more}; choose another "
            "run_dir, or remove the folder"
        )
    changed = {key: (then.get(key), now.get(key)) for key in every}
    check_changes(run, changed)
    return changed


def _as_chosen(differing: Sequence[str]) -> tuple[str, str]:
    """The first setting that differs, and the key of its value; of another choice of a group, ``strategy`` and its name."""
    key = differing[0]
    group = key.partition(".")[0]
    return (group, f"{group}.name") if f"{group}.name" in differing else (key, key)


def warn_if_data_changed(run: RunFolder, config: Mapping[str, Any], load: Callable[[str, str], Content]) -> None:
    """Warn if the data set of a finished run has changed since; the run stays as it is.

    A sweep must skip finished runs quickly, so the data set is loaded only where its stamp has changed.

    Args:
        run: a finished run.
        config: its config.
        load: loads the content of data set and oracle, from the config as JSON and the stamp of the files.
    """
    old, touched = recorded(run), stamp(config)
    if old is None or not touched or touched == run.load_stamp():
        return
    try:
        found = differences(old, load(json.dumps({group: config[group] for group in ("data", "oracle")}), touched))
    except AlsegError as error:
        found = [str(error)]
    if found:
        log.warning(
            "%s: its data set has changed since this run began (%s); the results are those of the old one; for results of "
            "the new one choose another run_dir or remove the folder",
            run.path,
            "; ".join(found),
        )
