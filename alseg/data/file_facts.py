"""Facts about the image files of a data set, from their headers: as they are, and at the size of a training."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from alseg.data.fit import Place, pixel_size
from alseg.data.images import Header
from alseg.data.region import Region

Facts = list[tuple[str, str]]
FEW = 3
"""Most different sizes that are all named."""
SQUASHED = 0.03
"""Change of the aspect ratio above which there is a warning: it turns a circle into a visible ellipse."""


def file_facts(headers: Sequence[Header]) -> Facts:
    """Describe sizes, channels and bits of the files."""
    channels = Counter("grey" if header.channels == 1 else "colour" for header in headers)
    bits = Counter(header.bits for header in headers)
    kinds = _counted(channels)
    if len(channels) > 1:
        kinds += "; all become colour"
    return [
        ("size of the files", _sizes([header.size for header in headers])),
        ("channels", kinds),
        ("bits per channel", _counted(bits)),
    ]


def training_facts(headers: Sequence[Header], places: Sequence[Place], size: tuple[int, int], fit: str) -> Facts:
    """Describe the files at the size of a training, with a warning where that enlarges or squashes.

    Args:
        headers: of the files.
        places: part of each that is used, and its place in the image.
        size: height and width, in pixels.
        fit: as ``data.fit``.
    """
    facts = [("training would see", f"{size[0]} x {size[1]} (height x width); data.fit={fit}")]
    scale = 1 / pixel_size(places, [header.size for header in headers], size)
    larger = scale.max(axis=1)
    enlarged = larger > 1 + SQUASHED
    if enlarged.any():
        better = f"data.size={_least(headers, places)} would not"
        facts.append(("warning", f"enlarges {_of(enlarged)} images, {_times(larger[enlarged])}; {better}"))
    aspect = scale.max(axis=1) / scale.min(axis=1) - 1
    squashed = aspect > SQUASHED
    if fit == "stretch" and squashed.any():  # pad and crop keep it to half a pixel
        how = f"by {span(100 * aspect[squashed], '%')}"
        better = "data.fit=pad or data.fit=crop keeps it"
        facts.append(("warning", f"changes the aspect ratio of {_of(squashed)} images, {how}; {better}"))
    if any(place.frame for place in places):
        shown = [_area(place.frame, size) / (size[0] * size[1]) for place in places]
        facts.append(("padding", f"{span(100 * (1 - np.array(shown)), '%')} of an image"))
    return facts


def cut_facts(headers: Sequence[Header], regions: Sequence[Region | None]) -> Facts:
    """Describe the parts that are left of files that are cut; empty if none is."""
    if not any(regions):
        return []
    sides = np.array([(cut.height, cut.width) if cut else head.size for cut, head in zip(regions, headers)]).T
    left = np.array([_area(cut, head.size) / (head.size[0] * head.size[1]) for cut, head in zip(regions, headers)])
    heights, widths = span(sides[0], " px"), span(sides[1], " px")
    return [("cut to", f"height {heights}; width {widths} of the files; of their area {span(100 * left, '%')}")]


def span(values: NDArray[np.generic], unit: str = "") -> str:
    """Describe range and median of numbers; one number if they are the same."""
    low, middle, high = np.quantile(values.astype(np.float64), (0, 0.5, 1))
    return f"{low:.4g}{unit}" if low == high else f"{low:.4g} to {high:.4g}{unit}, median {middle:.4g}"


def _sizes(sizes: Sequence[tuple[int, int]]) -> str:
    counts = Counter(sizes).most_common()
    named = [f"{height} x {width}" for (height, width), _ in counts]
    if len(counts) == 1:
        return f"{named[0]} (height x width)"
    if len(counts) <= FEW:
        each = ", ".join(f"{name}: {count}" for name, (_, count) in zip(named, counts))
        return f"{each} (height x width)"
    height, width = np.array(sizes).T
    most = f"; most often {named[0]} ({counts[0][1]})" if counts[0][1] > 1 else ""
    return f"{len(counts)} sizes, height {span(height, ' px')}; width {span(width, ' px')}{most}"


def _least(headers: Sequence[Header], places: Sequence[Place]) -> str:
    """The largest size that enlarges none of the images."""
    used = np.array([(p.region.height, p.region.width) if p.region else h.size for p, h in zip(places, headers)])
    height, width = used.min(axis=0)
    return f"{height}" if height == width else f"[{height},{width}]"


def _area(part: Region | None, whole: tuple[int, int]) -> int:
    return part.height * part.width if part else whole[0] * whole[1]


def _times(values: NDArray[np.float64]) -> str:
    low, high = values.min(), values.max()
    return f"{high:.3g} times" if np.isclose(low, high) else f"{low:.3g} to {high:.3g} times"


def _of(chosen: NDArray[np.bool_]) -> str:
    return f"{int(chosen.sum())} of {len(chosen)}"


def _counted(counts: Counter[str] | Counter[int]) -> str:
    if len(counts) == 1:
        return str(next(iter(counts)))
    return ", ".join(f"{name}: {count}" for name, count in counts.most_common())
