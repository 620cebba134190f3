"""Hydra's complaints about a command line, as one line that says what would be right."""

from __future__ import annotations

import difflib
import re

from hydra.core.global_hydra import GlobalHydra
from omegaconf import DictConfig

from alseg.composition import paths
from alseg.data.public.registry import datasets


def one_line(error: Exception) -> str:
    """What is wrong with an override."""
    message = " ".join(str(error).split())
    cause = " ".join(str(error.__cause__).split()) if error.__cause__ else ""
    if match := re.search(r"Could not find '(?P<group>[\w/]+)/(?P<choice>[^'/]+)'", message):
        options = _options(match["group"])
        choice = match["choice"]
        return f"{match['group']}={choice}: no such choice{_near(choice, options)}; there are {', '.join(options)}"
    if match := re.search(r"Could not override '(?P<key>[^']+)'", message):
        key = match["key"]
        if re.search(r"No match in the defaults list|not in struct|not in '", message + cause):
            return f"{key}: no such setting{_near(key, _keys())}; alseg run --help lists them all"
        return f"{key}: {cause or message}"
    if match := re.search(r"Missing mandatory value: (?P<key>[\w.]+)", message + cause):
        key = match["key"]
        return f"{key}: no value was given, and there is no default; add {key}=VALUE"
    if match := re.search(r"Error merging override (?P<override>\S+)", message):
        return f"{match['override']}: {cause.split(' full_key:')[0]}"
    if match := re.search(r"full_key: (?P<key>[\w.]+)", message):
        return f"{match['key']}: {message.split(' full_key:')[0]}"
    return message + (f" ({cause})" if cause else "")


def _near(word: str, known: list[str]) -> str:
    near = difflib.get_close_matches(word, known, n=1, cutoff=0.6)
    return f", did you mean {near[0]}" if near else ""


def _options(group: str) -> list[str]:
    files = {path.stem for path in (paths.conf() / group).glob("*.yaml")}
    return sorted(files.union(datasets() if group == "data" else ()))


def _keys() -> list[str]:
    """Every key of the default config, and every group."""
    from hydra import compose, initialize_config_dir

    GlobalHydra.instance().clear()
    with initialize_config_dir(str(paths.conf()), version_base="1.3"):
        keys = list(_flat(compose("config"), ""))
    groups = [path.name for path in paths.conf().iterdir() if path.is_dir()]
    return keys + groups


def _flat(node: DictConfig, prefix: str) -> list[str]:
    keys = []
    for key in map(str, node):
        path = f"{prefix}{key}"
        keys.append(path)
        child = node._get_node(key)
        if isinstance(child, DictConfig) and not child._is_none():
            keys += _flat(child, f"{path}.")
    return keys
