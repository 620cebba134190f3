"""What an oracle answers for an image whose true mask is known."""

from __future__ import annotations

from functools import cache

import numpy as np
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from numpy.typing import NDArray

from alseg.data.dataset import IGNORE, Dataset
from alseg.data.phantoms.carotid import phantom_carotid
from alseg.oracles.oracle import Oracle
from docs.build_site.figures.style import INK, PICK, png

OVERLAY = ListedColormap([PICK, "#56b4e9"])
"""Foreground, and what nobody looked at."""


@cache
def image() -> Dataset:
    """The only image: a generated carotid artery."""
    return phantom_carotid(size=(96, 192), patients=1, frames=1, seed=3)


def marks(oracle: Oracle) -> bytes:
    """PNG of the truth beside the oracle's answer."""
    dataset = image()
    answer = oracle.annotate(dataset.ids)
    figure = Figure(figsize=(7.2, 2.2), layout="constrained")
    truth, answered = figure.subplots(1, 2)
    seconds = float(answer.cost[0])
    for axes, mask, title in (
        (truth, dataset.targets[0], "truth"),
        (answered, answer.targets[0], f"answer, {seconds:.0f} s"),
    ):
        axes.set_axis_off()
        axes.set_title(title, fontsize=9, color=INK)
        axes.imshow(dataset.images[0, 0], cmap="gray")
        axes.imshow(_overlay(mask), cmap=OVERLAY, alpha=0.55, vmin=1, vmax=2, interpolation="nearest")
    return png(figure)


def _overlay(mask: NDArray[np.integer]) -> NDArray[np.float64]:
    """1 on foreground, 2 where nobody looked, nothing on the background."""
    return np.where(mask == IGNORE, 2.0, np.where(mask > 0, 1.0, np.nan))
