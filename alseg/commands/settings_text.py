"""Settings and choices as text, with their comments, for ``alseg run --help`` and ``alseg explain``."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from shutil import get_terminal_size

import yaml
from omegaconf import DictConfig, OmegaConf

from alseg.composition.explained import Explained

COLUMN = 34
"""Column from which comments stand beside settings."""
INNER = ("_target_", "_partial_", "_convert_")
"""Keys of a node that say what is made of it; whoever sets values has no use for them."""


def width() -> int:
    """Columns of the terminal; of what is no terminal, as a pipe, 100."""
    return max(get_terminal_size((100, 24)).columns, 60)


def setting_lines(explained: Explained, below: str = "") -> Iterator[str]:
    """Lines ``name: value   # comment`` of all settings below a key, indented as YAML is."""
    node = OmegaConf.select(explained.config, below) if below else explained.config
    yield from _lines(node, f"{below}." if below else "", 0, explained.comments)


def choice_lines(summaries: Mapping[str, str], chosen: list[str]) -> Iterator[str]:
    """Lines ``name   summary`` of the choices of a group; those that are made carry a star."""
    longest = max(map(len, summaries), default=0) + 2
    for name, summary in summaries.items():
        yield _beside(f"{'*' if name in chosen else ' '} {name}", summary, longest + 2)


def value_text(value: object) -> str:
    """A single value, or a list, as it is typed in a config."""
    plain = OmegaConf.to_container(value) if OmegaConf.is_config(value) else value
    text: str = yaml.safe_dump(plain, default_flow_style=True, width=10**6, allow_unicode=True)
    return text.removesuffix("\n").removesuffix("\n...")


def _lines(node: DictConfig, prefix: str, depth: int, comments: Mapping[str, str]) -> Iterator[str]:
    for name in map(str, node):
        if name in INNER:
            continue
        child, comment = node._get_node(name), comments.get(prefix + name, "")
        if isinstance(child, DictConfig) and not (child._is_none() or child._is_interpolation() or child._is_missing()):
            inner = list(_lines(child, f"{prefix}{name}.", depth + 1, comments))
            yield _beside(f"{'  ' * depth}{name}:{'' if inner else ' {}'}", comment and f"# {comment}", COLUMN)
            yield from inner
        else:
            value = value_text(child._value() if child is not None and not OmegaConf.is_config(child) else child)
            yield _beside(f"{'  ' * depth}{name}: {value}", comment and f"# {comment}", COLUMN)


def _beside(left: str, right: str, column: int) -> str:
    """Two texts side by side, the second wrapped at its column."""
    if not right:
        return left
    lead = left.ljust(column - 1) + " "
    wrapped = textwrap.wrap(right, max(width() - column, 24), break_long_words=False, break_on_hyphens=False)
    if len(lead) > column:  # the left one is too long to stand beside
        return "\n".join([left, *(" " * column + line for line in wrapped)])
    return "\n".join([lead + wrapped[0], *(" " * column + line for line in wrapped[1:])])
