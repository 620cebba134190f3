"""Settings of a command line with the comments that the files of the config hold about them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from hydra._internal.config_loader_impl import ConfigLoaderImpl
from hydra.types import RunMode
from omegaconf import DictConfig

from alseg.composition import paths
from alseg.composition.comments import read_comments
from alseg.composition.composing import composed, initialised
from alseg.composition.plugins import config_folders
from alseg.data.public.registry import datasets


@dataclass(frozen=True)
class Explained:
    """A composed config and what its files say of it.

    Args:
        config: as composed, with its interpolations, without Hydra's own settings.
        comments: setting to comment.
        places: setting to ``FILE, line N`` of the file that sets it last.
        chosen: group to the choices that were made of it.
    """

    config: DictConfig
    comments: dict[str, str] = field(default_factory=dict)
    places: dict[str, str] = field(default_factory=dict)
    chosen: dict[str, list[str]] = field(default_factory=dict)


def explain(overrides: Sequence[str] = (), root: str | None = "config") -> Explained:
    """Compose the config of overrides, and gather the comments of the files that it is made of.

    A file that sets a value anew without a comment keeps the comment of the file before.

    Args:
        overrides: as Hydra takes them, ``hydra.searchpath=[...]`` among them.
        root: the root config; None: there is none, only what the overrides add, as ``+strategy=entropy``.

    Raises:
        HydraException, OmegaConfBaseException: if there is no such config.
    """
    found = Explained(composed(overrides, name=root, hydra=False))
    with initialised() as hydra:
        loader = cast(ConfigLoaderImpl, hydra.config_loader)
        listed = loader.compute_defaults_list(root, list(overrides), RunMode.RUN).defaults
        # Only this repository knows the folders that the overrides add to the search path.
        places = loader._parse_overrides_and_create_caching_repo(root, list(overrides))[1].get_sources()
        folders = [Path(place.path.removeprefix("file://")) for place in places if place.scheme() == "file"]
    for default in listed:
        package = default.package or ""
        if not default.config_path or package.partition(".")[0] == "hydra":
            continue
        group, _, choice = default.config_path.rpartition("/")
        if group == package:
            found.chosen.setdefault(group, []).append(choice)
        file = next((path for folder in folders if (path := folder / f"{default.config_path}.yaml").is_file()), None)
        if file is None:
            continue
        comments = read_comments(file.read_text(encoding="utf-8"))
        prefix = f"{package}." if package else ""
        found.comments.update({prefix + key: text for key, text in comments.of.items()})
        found.places.update({prefix + key: f"{_shown(file)}, line {line}" for key, line in comments.line.items()})
    return found


def summaries(group: str) -> dict[str, str]:
    """Choices of a group, each with the first sentence of the comment that its file begins with, or "" without one."""
    found = {name: dataset.title for name, dataset in datasets().items()} if group == "data" else {}
    for path in (path for folder in config_folders() for path in (folder / group).glob("*.yaml")):
        found.setdefault(path.stem, _sentence(read_comments(path.read_text(encoding="utf-8")).heading))
    return dict(sorted(found.items()))


def _sentence(text: str) -> str:
    head, stop, _ = text.partition(". ")
    return head if stop else text.removesuffix(".")


def _shown(file: Path) -> str:
    """A file by its name below ``conf`` where it lies there, else in full."""
    return f"conf/{file.relative_to(paths.conf())}" if file.is_relative_to(paths.conf()) else str(file)
