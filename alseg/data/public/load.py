"""Load a converted public data set, as ``data=montgomery`` does."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from alseg.data.dataset import Dataset
from alseg.data.folder import load_folder
from alseg.data.public.registry import find
from alseg.errors import DataError

Function = TypeVar("Function", bound=Callable[..., Any])

PUBLIC_255 = "foreground"
"""Meaning of 255 in their masks, as ``data.mask_255``: no publisher marks pixels that are not annotated."""


def _hands_on_to(whole: Callable[..., Any]) -> Callable[[Function], Function]:
    """Add to a function's signature the arguments that it hands on by ``**settings``: the kinds of settings are read there."""

    def decorate(function: Function) -> Function:
        own = inspect.signature(function, eval_str=True)
        named = {name: p for name, p in own.parameters.items() if p.kind is not p.VAR_KEYWORD}
        theirs = inspect.signature(whole, eval_str=True).parameters
        handed_on = [p.replace(kind=p.KEYWORD_ONLY) for name, p in theirs.items() if name not in named]
        function.__signature__ = own.replace(parameters=[*named.values(), *handed_on])  # type: ignore[attr-defined]
        return function

    return decorate


@_hands_on_to(load_folder)
def load_public(
    name: str,
    root: str | Path,
    size: int | Sequence[int],
    classes: Sequence[str] | None = None,
    mask_255: str | None = None,
    **settings: Any,
) -> Dataset:
    """Load the public data set ``name`` from where ``alseg data get`` put it.

    Args:
        name: of a description.
        root: its folder.
        size: height and width in pixels, see `load_folder`.
        classes: by default the publisher's, in the publisher's order.
        mask_255: by default `PUBLIC_255`.
        settings: all others that `load_folder` takes.

    Raises:
        DataError: if it is not there; the message says how to get it.
    """
    description = find(name)
    folder = Path(root).expanduser()
    if not (folder / "manifest.csv").is_file():
        raise DataError(f"data={name}: it is not in {folder}; get it with: alseg data get {name}")
    return load_folder(
        folder,
        size,
        name=name,
        classes=description.classes if classes is None else classes,
        mask_255=PUBLIC_255 if mask_255 is None else mask_255,
        **settings,
    )
