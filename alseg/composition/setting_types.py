"""Kinds of values, by the annotations of the function or class that a setting is an argument of."""

from __future__ import annotations

import inspect
import sys
import types
import typing
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

TEXT = (str, Path)
NUMBERS = (bool, int, float)


@cache
def parameters(target: Callable[..., Any]) -> Mapping[str, Any]:
    """The annotation of each argument of a function or class; Any where there is none or it cannot be resolved.

    What a class hands on by ``**kwargs`` is looked for in the classes it inherits from.
    """
    if not inspect.isclass(target):
        return _annotated(target)
    found: dict[str, Any] = {}
    for ancestor in target.__mro__:
        if "__init__" in vars(ancestor):
            initialiser = vars(ancestor)["__init__"]
            found = _annotated(initialiser) | found
            kinds = [p.kind for p in _signature(initialiser)]
            if inspect.Parameter.VAR_KEYWORD not in kinds:
                break
    return found


@cache
def fields(schema: type) -> Mapping[str, Any]:
    """The annotation of each field of a dataclass."""
    return get_type_hints(schema)


def is_text(annotation: Any) -> bool:
    """True if a single value is text, so that what looks like a number is none."""
    members = _members(annotation)
    return any(member in TEXT or _is_word(member) for member in members) and not any(m in NUMBERS for m in members)


def is_path(annotation: Any) -> bool:
    """True if a single value is a path."""
    return Path in _members(annotation)


def is_optional(annotation: Any) -> bool:
    """True if null is a value of its own."""
    return type(None) in _members(annotation)


def items(annotation: Any) -> Any:
    """Annotation of the items of a list; None if a list is no value."""
    return _argument(annotation, Sequence, 0)


def entries(annotation: Any) -> Any:
    """Annotation of the values of a mapping; None if a mapping is no value."""
    return _argument(annotation, Mapping, 1)


def _members(annotation: Any) -> tuple[Any, ...]:
    return get_args(annotation) if get_origin(annotation) in (Union, types.UnionType) else (annotation,)


def _is_word(annotation: Any) -> bool:
    return get_origin(annotation) is Literal and all(isinstance(word, str) for word in get_args(annotation))


def _argument(annotation: Any, container: type, position: int) -> Any:
    for member in _members(annotation):
        origin = get_origin(member)
        if inspect.isclass(origin) and issubclass(origin, container) and len(get_args(member)) > position:
            return get_args(member)[position]
    return None


def _signature(function: Callable[..., Any]) -> list[inspect.Parameter]:
    try:
        return list(inspect.signature(function).parameters.values())
    except (TypeError, ValueError):  # some of what is written in C
        return []


def _annotated(function: Callable[..., Any]) -> dict[str, Any]:
    module = sys.modules.get(getattr(function, "__module__", ""), typing)
    named = [p for p in _signature(function) if p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
    return {p.name: _resolved(p.annotation, vars(module)) for p in named}


def _resolved(annotation: Any, names: dict[str, Any]) -> Any:
    """Resolve an annotation that may be kept as source text; one at a time, for some name types that only type checkers import."""
    if annotation is inspect.Parameter.empty:
        return Any
    try:
        return get_type_hints(types.SimpleNamespace(__annotations__={"it": annotation}), names)["it"]
    except (NameError, AttributeError, TypeError):
        return Any
