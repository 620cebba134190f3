"""Carotid intima-media thickness (CIMT) from a segmentation mask, by the polyline distance metric.

The band between the lumen-intima (LI) and the media-adventitia (MA) boundary of the far wall is read column by column.
LI is the upper edge of a column's first pixel of the band, MA the lower edge of its last one, so that a level band of
n rows is n pixels thick, not n - 1. The distance between two boundaries is the mean over the vertices of both of the
distance to the other boundary as a line, which follows a slanting wall where a vertical distance would be too long
(polyline distance metric, PDM; Suri, Haralick and Sheehan, Pattern Anal. Appl. 2000).

Every length is in the unit of the spacing that is handed in; CIMT is a length in mm.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import ndimage

from alseg.metrics.metric import Metric

Array = NDArray[np.float64]
Spacing = Sequence[float] | Array
"""Height and width of a pixel, in mm."""

GAP = 8
"""Longest gap, in columns, in a band that still counts as one wall."""
MIN_COLUMNS = 10
"""Least columns of a band that is measured; fewer are a speck, not a wall."""
METRICS = (
    Metric("cimt", "CIMT", higher_is_better=None),
    Metric("cimt_reference", "CIMT of the reference", higher_is_better=None),
    Metric("cimt_bias", "CIMT bias", higher_is_better=None),  # good near 0
    Metric("cimt_sd", "CIMT, SD of the differences", higher_is_better=False),
    Metric("cimt_abs_bias", "CIMT, mean absolute bias", higher_is_better=False),
    Metric("cimt_li", "CIMT, distance of the LI boundaries", higher_is_better=False),
    Metric("cimt_ma", "CIMT, distance of the MA boundaries", higher_is_better=False),
    Metric("cimt_pearson", "CIMT, Pearson r", higher_is_better=True, digits=3),
    Metric("cimt_icc", "CIMT, ICC(2,1)", higher_is_better=True, digits=3),
    Metric("cimt_cv", "CIMT, coefficient of variation", higher_is_better=False, digits=3),
    Metric("cimt_failures", "CIMT, share of failures", higher_is_better=False, digits=3),
)
"""Descriptions for the ledger of a run that measures it."""
_EIGHT = np.ones((3, 3), dtype=bool)


@dataclass(frozen=True)
class Boundaries:
    """LI and MA on the columns where both exist, in pixels; depth 0 is the upper edge of the image's first row.

    Args:
        columns: ``(n,)`` column numbers, strictly increasing; a step larger than 1 is a gap.
        li: ``(n,)`` depth of the lumen-intima boundary.
        ma: ``(n,)`` depth of the media-adventitia boundary, below LI.

    Raises:
        ValueError: if the lengths differ, the columns do not increase, a depth is not finite or MA lies above LI.
    """

    columns: NDArray[np.intp]
    li: Array
    ma: Array

    def __post_init__(self) -> None:
        if self.columns.ndim != 1 or not self.columns.shape == self.li.shape == self.ma.shape:
            raise ValueError(f"shapes {self.columns.shape}, {self.li.shape}, {self.ma.shape}; they must be one (n,)")
        if (np.diff(self.columns) <= 0).any():
            raise ValueError("the columns of boundaries must increase strictly")
        if not (np.isfinite(self.li) & np.isfinite(self.ma) & (self.li <= self.ma)).all():
            raise ValueError("the depths of boundaries must be finite, and MA must not lie above LI")

    def __len__(self) -> int:
        return len(self.columns)

    def on(self, columns: NDArray[np.intp]) -> Boundaries:
        """The part on ``columns``."""
        keep = np.isin(self.columns, columns)
        return Boundaries(self.columns[keep], self.li[keep], self.ma[keep])


@dataclass(frozen=True)
class Thickness:
    """The CIMT of one image, in the unit of the spacing.

    Args:
        mean: polyline distance of LI and MA.
        maximum: the largest distance of a vertex of LI from MA. Vertices nearest to an end of MA are left out: what is
            measured there is the cut through the wall, not the wall. As the maximum over a staircase of pixels it is
            too large by up to about one pixel.
        columns: number of columns that it was measured on.
    """

    mean: float
    maximum: float
    columns: int


@dataclass(frozen=True)
class Comparison:
    """Two segmentations of one image, both measured on the columns that they have in common.

    Args:
        predicted: thickness of the one.
        reference: thickness of the other.
        li: polyline distance of the two LI boundaries, never negative.
        ma: polyline distance of the two MA boundaries, never negative.
        columns: number of columns that they have in common.
    """

    predicted: Thickness
    reference: Thickness
    li: float
    ma: float
    columns: int

    @property
    def bias(self) -> float:
        """Error of the predicted mean thickness, in the unit of the spacing; positive if it is too large."""
        return self.predicted.mean - self.reference.mean


def measure(
    mask: NDArray[Any], spacing: Spacing, *, foreground: int = 1, gap: int = GAP, min_columns: int = MIN_COLUMNS
) -> Thickness | None:
    """CIMT of a ``(H, W)`` mask, or None where it cannot be measured (a failure, to be counted as one).

    The arguments are those of ``boundaries``; ``spacing`` is the height and width of a pixel.
    """
    found = boundaries(mask, foreground=foreground, gap=gap, min_columns=min_columns)
    return None if found is None else thickness(found, spacing)


def boundaries(
    mask: NDArray[Any], *, foreground: int = 1, gap: int = GAP, min_columns: int = MIN_COLUMNS
) -> Boundaries | None:
    """LI and MA of the main band of a ``(H, W)`` mask, or None where it has fewer than ``min_columns`` columns.

    The main band is the largest 8-connected component, together with the components left or right of it that continue
    it after a gap. All else counts as background. Holes in the band count as band.

    Args:
        mask: class ids or booleans.
        foreground: class id of the band; every other value, 255 too, is not band.
        gap: columns that may be missing between two parts of a band; 0 joins nothing.
        min_columns: at least 2, which is what a line needs.

    Raises:
        ValueError: if the mask is not two-dimensional or a number is out of range.
    """
    if mask.ndim != 2:
        raise ValueError(f"a mask of shape {mask.shape}; it must be (H, W)")
    if gap < 0 or min_columns < 2:
        raise ValueError(f"gap is {gap}, min_columns is {min_columns}; they must be at least 0 and 2")
    band = _main_band(mask == foreground, gap)
    columns = np.flatnonzero(band.any(axis=0))
    if len(columns) < min_columns:
        return None
    part = band[:, columns]
    li = part.argmax(axis=0)
    ma = len(band) - part[::-1].argmax(axis=0)
    return Boundaries(columns, li.astype(np.float64), ma.astype(np.float64))


def thickness(wall: Boundaries, spacing: Spacing) -> Thickness:
    """Mean and maximum thickness between two boundaries of at least one column."""
    li, ma = (_polyline(wall.columns, depth, spacing) for depth in (wall.li, wall.ma))
    return Thickness(polyline_distance(li, ma), _maximum(li, ma), len(wall))


def compare(
    predicted: Boundaries, reference: Boundaries, spacing: Spacing, *, min_columns: int = MIN_COLUMNS
) -> Comparison | None:
    """Errors of thickness, LI and MA on the common columns, or None where there are fewer than ``min_columns``."""
    columns = np.intersect1d(predicted.columns, reference.columns, assume_unique=True)
    if len(columns) < max(min_columns, 1):
        return None
    predicted, reference = predicted.on(columns), reference.on(columns)
    li, ma = (
        polyline_distance(_polyline(columns, one, spacing), _polyline(columns, other, spacing))
        for one, other in ((predicted.li, reference.li), (predicted.ma, reference.ma))
    )
    return Comparison(thickness(predicted, spacing), thickness(reference, spacing), li, ma, len(columns))


def polyline_distance(first: ArrayLike, second: ArrayLike) -> float:
    """PDM of two polylines ``(n, 2)`` and ``(m, 2)`` whose coordinates are lengths; symmetric, never negative.

    The sum over the vertices of both of the distance to the other polyline, over the number of vertices of both.
    """
    first, second = _checked(first), _checked(second)
    total = vertex_distances(first, second).sum() + vertex_distances(second, first).sum()
    return float(total / (len(first) + len(second)))


def vertex_distances(vertices: ArrayLike, polyline: ArrayLike) -> Array:
    """``(n,)`` distances of ``(n, 2)`` vertices from a polyline ``(m, 2)``: from the nearest of its segments.

    The distance from a segment is that from the foot of the perpendicular if it lies inside, else from the nearer end.
    A polyline of one vertex is that point.
    """
    vertices, polyline = _checked(vertices), _checked(polyline)
    distances: Array = np.sqrt(_squared_distances(vertices, polyline)[0].min(axis=1))
    return distances


def _squared_distances(vertices: Array, polyline: Array) -> tuple[Array, Array]:
    """``(n, s)`` squared distances from each segment, and where on it the nearest point lies, from 0 to 1."""
    start = polyline[:-1] if len(polyline) > 1 else polyline
    step = np.diff(polyline, axis=0) if len(polyline) > 1 else np.zeros((1, 2))
    squared = (step**2).sum(axis=1)
    y, x = (vertices[:, None, axis] - start[:, axis] for axis in (0, 1))
    along = (y * step[:, 0] + x * step[:, 1]) / np.where(squared > 0.0, squared, 1.0)
    along = np.clip(along, 0.0, 1.0)
    return (y - along * step[:, 0]) ** 2 + (x - along * step[:, 1]) ** 2, along


def _maximum(li: Array, ma: Array) -> float:
    squared, along = _squared_distances(li, ma)
    nearest = squared.argmin(axis=1)
    rows = np.arange(len(li))
    place = nearest + along[rows, nearest]  # in segments from the first vertex of MA
    inside = (place > 0.0) & (place < len(ma) - 1)
    distances = np.sqrt(squared[rows, nearest])
    return float(distances[inside].max() if inside.any() else distances.max())


def _polyline(columns: NDArray[np.intp], depth: Array, spacing: Spacing) -> Array:
    """``(n, 2)`` vertices (depth, column) as lengths."""
    height, width = (float(side) for side in spacing)
    if not (0.0 < height < np.inf and 0.0 < width < np.inf):
        raise ValueError(f"spacing is ({height}, {width}); it must be the height and width of a pixel, both positive")
    return np.stack([depth * height, columns * width], axis=1)


def _checked(polyline: ArrayLike) -> Array:
    vertices = np.asarray(polyline, dtype=np.float64)
    if vertices.ndim != 2 or vertices.shape[1] != 2 or not len(vertices):
        raise ValueError(f"a polyline of shape {vertices.shape}; it must be (n, 2) with n of at least 1")
    return vertices


def _main_band(mask: NDArray[np.bool_], gap: int) -> NDArray[np.bool_]:
    """The largest group of components that are one after ``gap`` columns are bridged, without what doubles its main one."""
    if not mask.any():
        return mask
    bridged = ndimage.binary_dilation(mask, np.ones((1, gap + 1), dtype=bool)) if gap else mask
    group = mask & _largest(bridged, mask)
    main = _largest(group, group)
    # A speck in the lumen just above the wall may be joined with it by the bridge; in the wall's columns it is no wall.
    return main | (group & ~main.any(axis=0))


def _largest(mask: NDArray[np.bool_], weight: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The component of ``mask`` that holds most pixels of ``weight``; of equals, the first from the top."""
    labels, _ = ndimage.label(mask, _EIGHT)
    chosen: NDArray[np.bool_] = labels == np.bincount(labels[weight]).argmax()
    return chosen
