"""A user's text as a name that a service takes: readable, and two texts never become one name.

Names of classes, strategies, experiments and tags may hold anything; each service has rules of its own, and an error for
what breaks them.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

MARK = 6
"""Hexadecimal digits of its hash that a changed name carries, so that ``a(b)`` and ``a[b]`` stay two."""


@dataclass(frozen=True)
class Rule:
    """Rule for the names that a service accepts.

    Args:
        allows: True for a character that a name may hold; any other becomes ``_``.
        longest: most characters.
        path: whether names are split at slashes, so that ``//``, ``..`` and a first ``/`` have a meaning.
        instead: name to use where nothing is left without the forbidden characters.
    """

    allows: Callable[[str], bool]
    longest: int
    path: bool = False
    instead: str = "unnamed"


def acceptable(text: str, rule: Rule) -> str:
    """Return the text itself where the rule allows it; else what is left of it, and some digits of its hash.

    In a path, the hash is of the part that must change and of what follows: a class is called the same in ``val/``
    and in ``test/``.
    """
    name = _cleaned(text, rule)
    if name == text and 0 < len(name) <= rule.longest:
        return text
    hashed = text
    while rule.path and len(name) < rule.longest - MARK and hashed.find("/") > 0:
        part, _, rest = hashed.partition("/")
        if _cleaned(part, rule) != part:
            break
        hashed = rest
    mark = hashlib.sha256(hashed.encode("utf-8", "surrogatepass")).hexdigest()[:MARK]
    name = re.sub("_*[ ]+_*", " ", name).strip("_ /") or rule.instead
    return f"{name[: rule.longest - MARK - 1]}-{mark}"


def _cleaned(text: str, rule: Rule) -> str:
    name = unicodedata.normalize("NFC", text)  # macOS takes umlauts apart
    name = "".join(character if rule.allows(character) else "\0" for character in name).strip()
    name = re.sub("\0+", "_", name)
    if rule.path:
        name = "/".join(part for part in name.split("/") if part not in ("", ".", ".."))
    return name


def _word(character: str) -> bool:
    return character.isalnum() or character in "_-. "


def _not_in_address(character: str) -> bool:
    return character.isprintable() and character not in "/\\#?%:"


METRIC = Rule(lambda character: _word(character) or character == "/", longest=240, path=True)
"""MLflow and W&B. MLflow takes 250, and here a round may follow; it takes colons too, but not on Windows."""
CURVE = Rule(str.isprintable, longest=240, path=True)
"""Tag of TensorBoard, which groups tags by the part before the first slash."""
TITLE = Rule(str.isprintable, longest=128)
"""Name of a run: W&B takes 128 characters, MLflow's database 250."""
TAG = Rule(str.isprintable, longest=64)
"""W&B."""
TAG_VALUE = Rule(str.isprintable, longest=5000)
"""Tag of MLflow, older servers too."""
EXPERIMENT = Rule(str.isprintable, longest=500, instead="alseg")
"""MLflow."""
PROJECT = Rule(_not_in_address, longest=128, instead="alseg")
"""Project of W&B, which is part of an address."""
GROUP = Rule(_not_in_address, longest=100)
"""Group or artifact of W&B, which takes 128 characters; four digits, or ``report-``, are added to it."""
