"""``alseg explain``: what a setting is for, its value, its choices, and the file that says so."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException

from alseg.commands.settings_text import choice_lines, setting_lines, value_text
from alseg.composition.explained import Explained, explain, summaries
from alseg.composition.nearest_setting import hint
from alseg.composition.override_errors import one_line
from alseg.composition.plugins import config_folders
from alseg.composition.typed_text import as_typed
from alseg.errors import ConfigError

HELP = """alseg explain KEY [SETTING ...]

Tell what a setting of `alseg run` is for, and its value; of a group (learner, strategy, oracle, ...) also its choices. With
settings, as they stand behind `alseg run`, it is told for that command line. Without a key: all groups.

  alseg explain trainer.weights_from
  alseg explain learner
  alseg explain learner.refine learner=sequal
"""


def main(arguments: Sequence[str]) -> int:
    """Print what there is to say about one setting, or the list of groups.

    Raises:
        ConfigError: if there is no such setting.
    """
    parser = argparse.ArgumentParser("alseg explain", usage=HELP)
    parser.add_argument("key", nargs="?", metavar="KEY", help="a setting, as trainer.steps, or a group, as strategy")
    parser.add_argument("settings", nargs="*", metavar="SETTING", help="as behind alseg run, such as learner=sequal")
    asked = parser.parse_args(arguments)
    print("\n".join(_group_lines() if asked.key is None else _key_lines(asked.key, asked.settings)))
    return 0


def groups() -> list[str]:
    """Names of the groups of ``conf``, those within others too."""
    found = {
        path.parent.relative_to(folder).as_posix() for folder in config_folders() for path in folder.rglob("*/*.yaml")
    }
    return sorted(name for name in found if not name.startswith(("hydra/", "data/")))


def _group_lines() -> list[str]:
    lines = ["Choose with GROUP=CHOICE; alseg explain GROUP tells of each.", ""]
    return [*lines, *choice_lines({name: ", ".join(summaries(name)) for name in groups()}, [])]


def _key_lines(key: str, settings: Sequence[str]) -> list[str]:
    group = key.replace(".", "/")
    try:
        explained = explain(as_typed(settings))
    except (HydraException, OmegaConfBaseException) as error:
        raise ConfigError(one_line(error, settings)) from None
    there = group in groups()
    if not there and not _is_setting(explained, key):
        raise ConfigError(f"{key}: no such setting{hint(key, explained.config)}; alseg explain lists the groups")
    lines = _setting(explained, key) if _is_setting(explained, key) else []
    if there:
        chosen = explained.chosen.get(group, [])
        lines = [f"{group}={','.join(chosen) or 'null'}", "", *choice_lines(summaries(group), chosen), "", *lines]
    return lines


def _is_setting(explained: Explained, key: str) -> bool:
    parent, _, name = key.rpartition(".")
    node = OmegaConf.select(explained.config, parent) if parent else explained.config
    return isinstance(node, DictConfig) and name in node


def _setting(explained: Explained, key: str) -> list[str]:
    node = OmegaConf.select(explained.config, key)
    comment, place = explained.comments.get(key), explained.places.get(key)
    told = [f"  {text}" for text in (comment, place) if text]
    if isinstance(node, DictConfig):
        return [
            f"{key}:",
            *told,
            *(f"  {line}" for text in setting_lines(explained, key) for line in text.splitlines()),
        ]
    return [f"{key}={value_text(node)}", *told]
