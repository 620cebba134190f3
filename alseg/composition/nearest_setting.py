"""Suggestions for a misspelt setting."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import SequenceMatcher

from omegaconf import DictConfig, OmegaConf

from alseg.composition.plugins import config_folders

CLOSE = 0.6
"""Similarity of two words, 0 to 1, from which one may be a slip for the other."""


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word most like this one; None if none is close."""
    scored = [(_alike(word, each), each) for each in known]
    best = max(scored, default=(0.0, ""))
    return best[1] if best[0] >= CLOSE else None


def hint(key: str, config: DictConfig | None) -> str:
    """Suggest the spelling of a setting that does not exist, or the choice with which it does; "" if nothing is like it.

    The setting is looked for beside where it was written first, then under the same last name anywhere, then everywhere.

    Args:
        key: as it was written.
        config: what the other settings of the command line make; None if they make none.
    """
    group, _, leaf = key.rpartition(".")
    own = [] if config is None else list(_keys(config, ""))
    if group in (groups := _groups()):
        elsewhere = _of_choices(group)
        if leaf in elsewhere:
            return f"; {group}={elsewhere[leaf]} has it"
        beside = {each.rpartition(".")[2] for each in own if each.rpartition(".")[0] == group}
        if (found := nearest(leaf, {*beside, *elsewhere})) is not None:
            return f", did you mean {group}.{found}" + (
                "" if found in beside else f", which {group}={elsewhere[found]} has"
            )
    beside = {each.rpartition(".")[2] for each in own if each.rpartition(".")[0] == group}
    if not group:
        beside |= groups
    if (found := nearest(leaf, beside)) is not None:
        return f", did you mean {group}.{found}" if group else f", did you mean {found}"
    same = [each for each in own if each.rpartition(".")[2] == leaf]
    found = nearest(key, same) or (same[0] if len(same) == 1 else None) or nearest(key, [*own, *groups])
    return f", did you mean {found}" if found else ""


def _alike(one: str, other: str) -> float:
    """Similarity, up to 1 for the same letters in the same order; of equals, the one of the same length is nearer."""
    begun = 0.8 if len(one) > 2 and other.startswith(one) else 0.0
    return max(begun, SequenceMatcher(None, one, other).ratio()) - 0.001 * abs(len(one) - len(other))


def _groups() -> set[str]:
    below = (path for folder in config_folders() for path in folder.iterdir())
    return {path.name for path in below if path.is_dir() and path.name != "hydra"}


def _of_choices(group: str) -> dict[str, str]:
    """Settings of all choices of a group, each to the first choice that has it."""
    found: dict[str, str] = {}
    for path in sorted(path for folder in config_folders() for path in (folder / group).glob("*.yaml")):
        choice = OmegaConf.load(path)
        for key in map(str, choice) if isinstance(choice, DictConfig) else ():
            if key not in ("defaults", "_target_", "_partial_"):
                found.setdefault(key, path.stem)
    return found


def _keys(node: DictConfig, prefix: str) -> Iterable[str]:
    for name in map(str, node):
        if prefix or name != "hydra":
            yield f"{prefix}{name}"
            child = node._get_node(name)
            if isinstance(child, DictConfig) and not child._is_none() and not child._is_missing():
                yield from _keys(child, f"{prefix}{name}.")
