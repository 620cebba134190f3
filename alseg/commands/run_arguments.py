"""The command line of ``alseg run``: flags and settings in any order."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from hydra._internal.utils import get_args_parser

from alseg.composition.typed_text import as_typed
from alseg.errors import ConfigError

PROCEED = "--proceed"
"""Flag for a round to go on with the annotations that are there; Hydra knows it as the setting ``proceed``."""


@dataclass(frozen=True)
class RunArguments:
    """Flags and settings of a command line, as Hydra takes them.

    Args:
        flags: with their values.
        settings: the overrides, with quotes around what Hydra would not leave as text.
        searched: the setting that makes Hydra look for configs in ``--config-dir`` too.
        help: whether the settings are to be explained rather than run.
    """

    flags: tuple[str, ...]
    settings: tuple[str, ...]
    searched: tuple[str, ...] = ()
    help: bool = False


def read_arguments(arguments: Sequence[str]) -> RunArguments:
    """Parse a command line.

    Raises:
        ConfigError: for a flag that does not exist or does not go with another, and for a word that is no setting.
    """
    parser: argparse.ArgumentParser = get_args_parser()
    parser.error = _complain  # type: ignore[method-assign]
    parser.add_argument(PROCEED, action="store_true")
    options = parser.parse_intermixed_args(list(arguments))
    if (options.cfg or options.info) and (options.multirun or options.run):
        raise ConfigError("--cfg and --info show one config and run nothing; leave out -m")
    if options.resolve and not options.cfg:
        raise ConfigError("--resolve: it belongs to --cfg job")
    settings: list[str] = options.overrides
    flags = [word for word in arguments if word != PROCEED]
    for word in settings:
        if "=" not in word and not word.startswith("~"):
            raise ConfigError(f"{word}: a setting is KEY=VALUE, a flag begins with --; alseg run --help lists them all")
        flags.remove(word)
    place = None if options.config_path is None else str(Path(options.config_path).absolute())
    searched = [] if options.config_dir is None else [f"hydra.searchpath=[{_file(options.config_dir)}]"]
    typed = as_typed([*searched, *settings], name=options.config_name or "config", place=place)
    proceed = ("proceed=true",) if options.proceed else ()
    return RunArguments(tuple(flags), (*typed[len(searched) :], *proceed), tuple(searched), options.help)


def _file(folder: str) -> str:
    return f"'file://{Path(folder).absolute()}'"


def _complain(message: str) -> NoReturn:
    raise ConfigError(f"{message}; alseg run --help tells what there is")
