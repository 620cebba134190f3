"""Names of run folders: the same settings always lead to the same folder, the seed innermost."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from pathlib import Path

from omegaconf import OmegaConf

RUNS = Path("runs")
LONGEST = 120
"""Characters of a folder name; file systems allow 255."""


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


def job_folder(overrides: str, seed: int) -> str:
    """Folder of one job within its sweep, from Hydra's ``override_dirname``.

    A path among the overrides must not make folders of its own, and a long list of them is cut; a hash keeps what was
    changed in this way apart.
    """
    overrides = re.sub(r"'([\w.+-]*)'", r"\1", overrides)  # quotes that only keep Hydra from reading a number
    name = re.sub(r"[^\w.,=+-]+", "_", overrides, flags=re.ASCII) or "default"
    if (name != overrides and overrides) or len(name) > LONGEST:
        name = f"{name[: LONGEST - 9]}-{hashlib.blake2b(overrides.encode(), digest_size=4).hexdigest()}"
    return f"{name}/seed={seed}"


def run_folder(run_dir: str | None, name: str, overrides: str, seed: int) -> str:
    """Folder of a single run."""
    return run_dir or str(RUNS / name / job_folder(overrides, seed))


def sweep_folder(run_dir: str | None, name: str) -> str:
    """Folder of a sweep."""
    return run_dir or str(RUNS / name)
