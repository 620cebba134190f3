"""What an oracle calls images whose true class is known."""

from __future__ import annotations

from functools import cache

from matplotlib.figure import Figure

from alseg.data.dataset import Dataset
from alseg.data.phantoms.histology import phantom_histology
from alseg.oracles.oracle import Oracle
from docs.build_site.figures.style import INK, PICK, png


@cache
def tissue() -> Dataset:
    """Twelve generated tiles of two slides."""
    return phantom_histology(size=64, slides=2, tiles=6, seed=1)


def tiles(oracle: Oracle) -> bytes:
    """PNG of the images under the oracle's answers, and under the truth where that is another."""
    dataset = tissue()
    answer = oracle.annotate(dataset.ids)
    figure = Figure(figsize=(7.2, 3.4), layout="constrained")
    for place, axes in enumerate(figure.subplots(2, 6).ravel()):
        said, true = (dataset.classes[int(targets[place])] for targets in (answer.targets, dataset.targets))
        axes.imshow(dataset.images[place].transpose(1, 2, 0))
        axes.set_axis_off()
        wrong = said != true
        axes.set_title(
            f"{said}\n({true})" if wrong else f"{said}\n", fontsize=8, color=PICK if wrong else INK, linespacing=1.2
        )
    return png(figure)
