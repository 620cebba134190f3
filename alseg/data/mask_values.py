"""Meaning of 255 in masks: foreground of a black-and-white mask, or a pixel that nobody annotated."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alseg.data.dataset import IGNORE
from alseg.errors import ConfigError, DataError

SETTINGS = ("foreground", "ignored", "ignored_if_alone")


def foreground_files(
    masks: Sequence[Path],
    held: NDArray[np.bool_],
    alone: NDArray[np.bool_],
    one_bit: NDArray[np.bool_],
    setting: str | None = None,
    classes: Sequence[str] | None = None,
    key: str = "data.mask_255",
) -> NDArray[np.bool_]:
    """Find the files in which 255 is the foreground, class 1; in the others it is "not annotated".

    A file of 1 bit cannot hold 255, and its 1 is class 1 whatever 255 means: it is no evidence. All other masks of a data
    set decide together, where their values leave no doubt; a file is named here by the values that it holds.

    ==============================================  ===========================================================
    files                                           255 is
    ==============================================  ===========================================================
    {0,255}, beside it only {0} and files of 1 bit  the foreground: black-and-white masks
    any with 255 beside a class id: {0,1,255}       not annotated, in all files: one file has one way to write
    any with a class id above 1: {0,2} and {0,255}  not annotated, in all files: of several classes, it is none
    any of {255} alone, beside no class id          asked: all foreground, or not annotated yet
    {0,1} or {1}, beside {0,255} or {255}           asked: two ways to write the foreground, or partly annotated
    ==============================================  ===========================================================

    Args:
        masks: N mask files, for the messages.
        held: ``(N, 256)`` which values they hold, in the part that is used.
        alone: ``(N,)`` which of them hold nothing but 255 in all of the file: a part may lie within the foreground.
        one_bit: ``(N,)`` which files have one bit per pixel.
        setting: the answer where it is asked: ``foreground``; ``ignored``; or ``ignored_if_alone``, the foreground except in
            files that hold nothing else.
        classes: names of the classes; more than two are several classes, whatever the masks hold.
        key: of the setting, for the messages.

    Returns:
        ``(N,)`` bool.

    Raises:
        ConfigError: if the setting is none of the three, or contradicts the class ids in the files.
        DataError: if it is not certain; the message asks.
    """
    if setting not in (None, *SETTINGS):
        raise ConfigError(
            f"{key}={setting}: it is one of {', '.join(SETTINGS)}, or null where the masks leave no doubt"
        )
    white: NDArray[np.bool_] = held[:, IGNORE]
    ids = held[:, 1:IGNORE].any(axis=1) & ~one_bit
    if not white.any() or setting == "ignored":
        return np.zeros(len(masks), dtype=np.bool_)
    several = held[:, 2:IGNORE].sum(axis=1) > 0
    no_doubt = white & ids if (white & ids).any() else several
    if classes is not None and len(classes) > 2 and not no_doubt.any():
        no_doubt = ids  # without any class id, only the names show that something is wrong: see `mask_classes`
    if no_doubt.any():
        if setting is not None:
            row, other = _first(no_doubt), _first(white)
            where = "255" if row == other else f"255 in {masks[other].name}"
            raise ConfigError(
                f"{key}={setting}: {masks[row]} holds the class id {_id(held[row])}, beside which {where} can only be not "
                f"annotated; drop {key}"
            )
        return np.zeros(len(masks), dtype=np.bool_)
    if setting is None and (alone.any() or ids.any()):
        raise DataError(_question(masks, held, white, alone, ids, key))
    return white & ~alone if setting == "ignored_if_alone" else white


def as_class_ids(table: NDArray[Any], foreground: NDArray[np.bool_]) -> NDArray[Any]:
    """Copy a table ``(N, 256)`` of values, their presence or counts, with 255 counted as 1 in ``foreground`` rows."""
    found = table.copy()
    found[foreground, 1] += found[foreground, IGNORE]
    found[foreground, IGNORE] = 0
    return found


def _question(
    masks: Sequence[Path],
    held: NDArray[np.bool_],
    white: NDArray[np.bool_],
    alone: NDArray[np.bool_],
    ids: NDArray[np.bool_],
    key: str,
) -> str:
    beside = white & ~alone
    answers = [f"{key}=foreground (255 is class 1)", f"{key}=ignored (255 is not annotated)"]
    if alone.any() and beside.any():
        answers.insert(1, f"{key}=ignored_if_alone (so it is beside 0, but not where it is alone)")
    if ids.any():
        others = _first(ids)
        what = (
            f"it holds 255{_more_files(beside if beside.any() else alone)} and {masks[others].name} the class id "
            f"{_id(held[others])}{_more_files(ids)}: two ways to write the foreground, or pixels that are not annotated"
        )
    else:
        what = f"it holds nothing but 255{_more_files(alone)}: all foreground, or not annotated yet"
    first = _first(beside if ids.any() and beside.any() else alone)
    return f"{masks[first]}: {what}; say {', '.join(answers[:-1])} or {answers[-1]}"


def _more_files(files: NDArray[np.bool_]) -> str:
    more = int(files.sum()) - 1
    return f" (as {'does' if more == 1 else 'do'} {more} more)" if more else ""


def _first(files: NDArray[np.bool_]) -> int:
    return int(np.argmax(files))


def _id(held: NDArray[np.bool_]) -> int:
    """The largest class id of a file."""
    return int(np.flatnonzero(held[:IGNORE])[-1])
