"""Names of run folders: the same settings always lead to the same folder, the seed innermost."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override
from hydra.errors import HydraException
from omegaconf import DictConfig, OmegaConf
from omegaconf.errors import OmegaConfBaseException
from yaml import YAMLError

from alseg.identity.places import resolved
from alseg.identity.settings import is_free, is_path

RUNS = Path("runs")
LONGEST = 120
"""Characters of a folder name; file systems allow 255."""

UNNAMED = ("seed", "experiment")
"""Keys that are no part of a folder's name: it has a folder for each seed, and an experiment names the folder of all."""

ROUNDS = "budget.rounds"

PICTURES = ("map=none", "map=tsne")
"""Choices that are no part of the name either; a strategy that compares images by the map ends without one."""

FIRST = ("strategy", "data", "learner", "budget", "cold_start", "oracle")
"""Groups whose settings stay whole in a name that is too long for all of them, in this order."""

EARLIER_UNNAMED = (
    *("experiment", "seed", "run_dir", "name", "worst", "data.cache_dir", "trainer.progress"),
    *("trainer.checkpoint_minutes", "logger", "logger.mode", "logger.project", "logger.entity", "logger.tags"),
    *("logger.thumbnails", "logger.uri", "logger.experiment"),
)


def register() -> None:
    """Make the names known to OmegaConf as resolvers."""
    resolvers: dict[str, Callable[..., str]] = {
        "basename": basename,
        "job_folder": job_folder,
        "run_folder": run_folder,
        "sweep_folder": sweep_folder,
    }
    for name, function in resolvers.items():
        OmegaConf.register_new_resolver(name, function, replace=True)


def basename(path: str) -> str:
    """The last part of a path, for naming things after it."""
    return Path(str(path)).expanduser().resolve().name


def job_folder(overrides: Sequence[str], seed: int, sweep: str | Path, *, compares_rounds: bool | None = None) -> str:
    """Folder of one job within its sweep, from the overrides of its command line.

    Where an earlier version has begun the job, or others of its kind, under another name, that one is kept. So is the folder
    of a run that is to have more rounds than it was begun with, unless the sweep compares numbers of rounds.

    Args:
        overrides: of the job.
        seed: its folder's last part.
        sweep: the folder.
        compares_rounds: whether the sweep does; None looks it up in the file that Hydra keeps there.
    """
    name, earlier = folder_name(overrides), _earlier_name(overrides)
    old, new = Path(sweep) / earlier, Path(sweep) / name
    if name != earlier and ((old / f"seed={seed}").exists() or (old.exists() and not new.exists())):
        name = earlier
    if not (Path(sweep) / name / f"seed={seed}").exists():
        name = _with_fewer_rounds(overrides, seed, Path(sweep), compares_rounds) or name
    return f"{name}/seed={seed}"


def _with_fewer_rounds(overrides: Sequence[str], seed: int, sweep: Path, compares_rounds: bool | None) -> str | None:
    """Name of the folder of the same run with fewer rounds, of the most if there are several."""
    wanted = next((one for one in overrides if _parsed(one).key_or_group == ROUNDS), None)
    rounds = None if wanted is None else _parsed(wanted).value()
    if not isinstance(rounds, int) or not sweep.is_dir():
        return None
    others = [one for one in overrides if one != wanted]
    for fewer in [*([*others, f"{ROUNDS}={n}"] for n in range(rounds - 1, 0, -1)), others]:
        name = folder_name(fewer)
        if (sweep / name / f"seed={seed}" / "ledger.jsonl").exists():
            compares = rounds_are_compared(sweep) if compares_rounds is None else compares_rounds
            return None if compares else name
    return None


def rounds_are_compared(sweep: Path) -> bool:
    """True if the last sweep of a folder ran over several numbers of rounds, by what Hydra has kept of it."""
    try:
        kept: Any = OmegaConf.load(sweep / "multirun.yaml")
        hydra = kept.hydra
        given = [str(one) for one in hydra.overrides.task]
        given += [f"{key}={value}" for key, value in (OmegaConf.select(hydra, "sweeper.params") or {}).items()]
        return any(_parsed(one).key_or_group == ROUNDS and _parsed(one).is_sweep_override() for one in given)
    except (OSError, KeyError, ValueError, AttributeError, YAMLError, HydraException, OmegaConfBaseException):
        return False


def folder_name(overrides: Sequence[str]) -> str:
    """Name a folder after the settings of a job that can change a number.

    A path is shown by its last part. A hash keeps apart what the name does not show in full: the places of paths, characters
    that folders cannot have, and the settings that a name has no room for.
    """
    words = sorted(_word(one) for one in overrides if _counts(_parsed(one)))
    plain = [re.sub(r"[^\w.,=+-]+", "_", shown, flags=re.ASCII) for shown, _ in words]
    name, exact = ",".join(plain), ",".join(exact for _, exact in words)
    if not words or (name == exact and len(name) <= LONGEST):
        return name or "default"
    mark, room = hashlib.blake2b(exact.encode(), digest_size=4).hexdigest(), LONGEST - 9
    if len(name) > room:
        name = ""
        for word in sorted(plain, key=_rank):
            longer = f"{name},{word}" if name else word[:room]
            name = longer if len(longer) <= room else name
    return f"{name}-{mark}"


def run_folder(run_dir: str | None, name: str, overrides: Sequence[str], seed: int) -> str:
    """Folder of a single run."""
    return run_dir or str(RUNS / name / job_folder(overrides, seed, RUNS / name))


def sweep_folder(run_dir: str | None, *, _root_: DictConfig) -> str:
    """Folder of a sweep. Its name, which may be that of a data set that is swept over, is asked for only where it counts."""
    return run_dir or str(RUNS / _root_.name)


@cache
def _parsed(override: str) -> Override:
    return OverridesParser.create().parse_override(override)


def _counts(override: Override) -> bool:
    key = str(override.key_or_group)
    return not (is_free(key) or key in UNNAMED or _plain(override) in PICTURES)


def _plain(override: Override) -> str:
    return _unquoted(str(override.input_line).lstrip("+"))


def _unquoted(line: str) -> str:
    """A line without the quotes that only keep Hydra from reading a number."""
    return re.sub(r"'([\w.+-]*)'", r"\1", line)


def _word(line: str) -> tuple[str, str]:
    """An override as it is shown in a name, and in full."""
    override = _parsed(line)
    word, value = _plain(override), override.value()
    if not is_path(str(override.key_or_group)) or value is None:
        return word, word
    key, _, text = word.partition("=")
    path = resolved(value if isinstance(value, str) else text)
    return f"{key}={path.name}", f"{key}={path}"


def _rank(word: str) -> tuple[int, str]:
    group = re.split(r"[.=_/]", word)[0]
    return FIRST.index(group) if group in FIRST else len(FIRST), word


def _earlier_name(overrides: Sequence[str]) -> str:
    """Name of the folder in versions before 2026-12, where it depended on the spelling of a path."""
    lines = sorted(one for one in overrides if _parsed(one).key_or_group not in EARLIER_UNNAMED)
    given = ",".join(map(_unquoted, lines))
    name = re.sub(r"[^\w.,=+-]+", "_", given, flags=re.ASCII) or "default"
    if (name != given and given) or len(name) > LONGEST:
        name = f"{name[: LONGEST - 9]}-{hashlib.blake2b(given.encode(), digest_size=4).hexdigest()}"
    return name
