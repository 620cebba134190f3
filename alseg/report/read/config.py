"""Settings of a run as its folder holds them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from alseg.report.read.conditions import Condition
from alseg.report.read.damaged import DAMAGE, DamagedError, file_text, one_line, short

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
"""The same as `yaml.safe_load`, ten times as fast where libyaml is there."""
MOST, DEEPEST = 50_000, 50
"""Values, and groups within groups; a few lines of YAML can stand for more than fits into memory."""
LONGEST = 10_000
SEEDS = 2**63


def read_config(path: Path) -> dict[str, Any]:
    """Read ``config.yaml``, whose settings tell which runs are compared, and whose seed pairs them.

    Raises:
        DamagedError: if it cannot be read, or holds something else than the settings of a run.
    """
    try:
        config = yaml.load(file_text(path), Loader=LOADER)
    except DamagedError:
        raise
    except DAMAGE as error:
        raise DamagedError(path, f"cannot be read as YAML ({one_line(error)})") from error
    if not isinstance(config, dict):
        what = "is empty" if config is None else f"holds {type(config).__name__}"
        raise DamagedError(path, f"should hold settings (key: value), but {what}")
    seed = config.get("seed")
    if type(seed) is not int or not 0 <= seed < SEEDS:
        raise DamagedError(path, f"seed should be a whole number from 0, not {short(seed)}; runs are paired on it")
    try:
        _check(config, [MOST], 0)
        if odd := next((key for key in config if not isinstance(key, str)), None):
            raise ValueError(f"the key {odd} is no text")
        Condition.of(config)
        json.dumps(config, sort_keys=True, default=str, ensure_ascii=False).encode()
    except DAMAGE as error:
        raise DamagedError(path, f"holds what is no setting ({one_line(error)})") from error
    return config


def _check(node: Any, left: list[int], depth: int) -> None:
    """Raise a ValueError for more values than a config has; ``left`` counts them down."""
    left[0] -= 1
    if left[0] < 0 or depth > DEEPEST:
        raise ValueError(f"more than {MOST:,} values, or groups {DEEPEST} deep")
    if isinstance(node, Mapping):
        if not isinstance(node.get("_target_", ""), str):
            raise ValueError(f"_target_ is {short(node['_target_'])}, not a name")
        for value in node.values():
            _check(value, left, depth + 1)
    elif isinstance(node, (list, tuple, set)):
        for value in node:
            _check(value, left, depth + 1)
    elif isinstance(node, str) and len(node) > LONGEST:
        raise ValueError(f"a text of {len(node):,} characters")
