"""Thickness of bands whose thickness is known, and distances of lines drawn by hand."""

import math
from itertools import pairwise

import numpy as np
import pytest

from alseg.data.phantoms.carotid import phantom_carotid
from alseg.metrics.cimt import (
    Boundaries,
    boundaries,
    compare,
    measure,
    polyline_distance,
    thickness,
    vertex_distances,
)

MM = (1.0, 1.0)


def band(top=4, rows=3, left=0, columns=20, size=(16, 32), value=1):
    mask = np.zeros(size, dtype=np.uint8)
    mask[top : top + rows, left : left + columns] = value
    return mask


def distance_from_segment(v, a, b):
    """Plain geometry, one vertex and one segment at a time."""
    length = math.dist(a, b)
    if length == 0:
        return math.dist(v, a)
    along = ((v[0] - a[0]) * (b[0] - a[0]) + (v[1] - a[1]) * (b[1] - a[1])) / length
    if along <= 0:
        return math.dist(v, a)
    if along >= length:
        return math.dist(v, b)
    return abs((v[0] - a[0]) * (b[1] - a[1]) - (v[1] - a[1]) * (b[0] - a[0])) / length


def pdm_by_loops(first, second):
    total = 0.0
    for one, other in ((first, second), (second, first)):
        for v in one:
            total += min(distance_from_segment(v, a, b) for a, b in pairwise(other))
    return total / (len(first) + len(second))


# Lines


def test_parallel_lines():
    line = np.array([[0.0, 0.0], [0.0, 1.0], [0.0, 2.0]])
    assert polyline_distance(line, line + np.array([3.0, 0.0])) == 3.0
    assert polyline_distance(line, line) == 0.0


def test_the_foot_of_the_perpendicular_lies_between_vertices():
    assert vertex_distances([[2.0, 5.0]], [[0.0, 0.0], [0.0, 10.0]]) == pytest.approx(2.0)
    # the diagonal from (0, 0) to (4, 4) passes (0, 4) at half of the square's diagonal
    assert vertex_distances([[0.0, 4.0]], [[0.0, 0.0], [4.0, 4.0]]) == pytest.approx(math.sqrt(8))


def test_a_vertex_beyond_the_end_is_measured_to_the_end():
    line = [[0.0, 0.0], [0.0, 10.0]]
    assert vertex_distances([[3.0, 14.0], [3.0, -4.0]], line) == pytest.approx([5.0, 5.0])


def test_a_line_shifted_along_itself_and_across():
    # of the 2 x 2 vertices, the two inside are 3 away and the two beyond an end sqrt(3^2 + 4^2)
    first, second = [[0.0, 0.0], [0.0, 10.0]], [[3.0, 4.0], [3.0, 14.0]]
    assert polyline_distance(first, second) == pytest.approx((3 + 3 + 5 + 5) / 4)


def test_the_mean_is_over_the_vertices_of_both():
    first, second = [[0.0, 0.0], [0.0, 10.0]], [[1.0, 0.0], [1.0, 5.0], [2.0, 10.0]]
    # first to second: 1, and the perpendicular from (0, 10) to the segment from (1, 5) to (2, 10), whose foot lies at
    # 24 parts of 26; second to first: 1, 1 and 2
    from_corner = abs((0 - 1) * 5 - (10 - 5) * 1) / math.sqrt(26)
    assert polyline_distance(first, second) == pytest.approx((1 + from_corner + 1 + 1 + 2) / 5)
    assert polyline_distance(second, first) == pytest.approx(polyline_distance(first, second))


def test_as_vertex_by_vertex_and_segment_by_segment():
    rng = np.random.default_rng(3)
    for n, m in ((2, 2), (5, 17), (40, 23)):
        first, second = rng.normal(0, 4, (n, 2)), rng.normal(0, 4, (m, 2))
        second[-1] = second[-2]  # a segment of no length
        assert polyline_distance(first, second) == pytest.approx(pdm_by_loops(first, second), rel=1e-12)


def test_a_single_vertex_is_a_point():
    assert polyline_distance([[0.0, 0.0]], [[3.0, 4.0]]) == pytest.approx(5.0)


@pytest.mark.parametrize("wrong", [np.zeros((0, 2)), np.zeros(4), np.zeros((3, 3))])
def test_what_is_no_polyline(wrong):
    with pytest.raises(ValueError, match="polyline"):
        polyline_distance(wrong, [[0.0, 0.0], [1.0, 1.0]])


# Boundaries of a mask


def test_a_level_band_measures_exactly_its_rows():
    for rows in (1, 2, 7):
        result = measure(band(rows=rows), MM)
        assert (result.mean, result.maximum, result.columns) == (rows, rows, 20)


def test_boundaries_are_the_edges_of_the_pixels():
    found = boundaries(band(top=4, rows=3, left=5, columns=12))
    assert found.columns.tolist() == list(range(5, 17))
    assert set(found.li) == {4.0}
    assert set(found.ma) == {7.0}


def test_a_band_at_the_borders_of_the_image():
    result = measure(np.ones((6, 12), dtype=bool), MM)
    assert (result.mean, result.columns) == (6, 12)


def test_each_axis_has_its_own_spacing():
    assert measure(band(rows=3), (0.05, 0.7)).mean == pytest.approx(0.15)


def slanted(slope, vertical, size, spacing, top):
    """A band between two lines, sampled at the centres of the pixels; slope and thickness as lengths."""
    y = (np.arange(size[0]) + 0.5)[:, None] * spacing[0]
    x = (np.arange(size[1]) + 0.5)[None] * spacing[1]
    return (y >= top + slope * x) & (y < top + slope * x + vertical)


@pytest.mark.parametrize("spacing", [(0.05, 0.05), (0.03, 0.09)])
@pytest.mark.parametrize("degrees", [-30, 5, 15, 30])
def test_thickness_is_perpendicular_to_a_slanted_wall(degrees, spacing):
    slope, vertical = math.tan(math.radians(degrees)), 0.9
    size = (math.ceil(12 / spacing[0]), math.ceil(12 / spacing[1]))
    mask = slanted(slope, vertical, size, spacing, 10.0 if slope < 0 else 1.0)
    cosine = math.cos(math.radians(degrees))
    assert measure(mask, spacing).mean == pytest.approx(vertical * cosine, rel=0.03)


@pytest.mark.parametrize("degrees", [-20, 20])  # the cut that is too long lies left in one and right in the other
def test_thickness_of_slanted_lines_is_exact_but_for_their_ends(degrees):
    columns, angle = np.arange(400), math.radians(degrees)
    li = 200 + math.tan(angle) * columns
    result = thickness(Boundaries(columns, li, li + 8.0), MM)
    assert result.maximum == pytest.approx(8 * math.cos(angle), rel=1e-12)  # without the cut through the wall
    assert result.mean == pytest.approx(8 * math.cos(angle), rel=2e-3)
    assert result.mean > result.maximum  # the ends measure up to the vertical 8


def test_a_bulge_is_the_maximum_and_little_of_the_mean():
    mask = band(top=20, rows=5, columns=100, size=(40, 100))
    mask[12:20, 45:55] = 1
    result = measure(mask, MM)
    assert result.maximum == 13
    assert 5 < result.mean < 6.5


def test_only_the_main_component_counts():
    wall = band(top=10, rows=3, columns=32)
    above = wall | band(top=2, rows=4, left=6, columns=5)
    assert measure(above, MM) == measure(wall, MM)


def test_a_speck_beside_the_wall_may_not_thicken_it():
    wall = band(top=8, rows=4, left=0, columns=32)
    wall[4:8, 10:16] = 1  # a bulge
    speck = wall.copy()
    speck[5, 19] = 1  # within the reach of the bridge, level with the bulge, but above the wall
    assert measure(speck, MM) == measure(wall, MM)


def test_a_hole_is_part_of_the_wall():
    mask = band(rows=5)
    mask[6, 3:9] = 0
    assert measure(mask, MM) == measure(band(rows=5), MM)


@pytest.mark.parametrize(("width", "columns"), [(8, 24), (9, 16)])
def test_a_short_gap_is_bridged_and_a_long_one_is_not(width, columns):
    mask = band(columns=32)
    mask[:, 16 : 16 + width] = 0
    assert measure(mask, MM, gap=8).columns == columns


def test_without_bridges_the_larger_part_is_the_wall():
    mask = band(columns=32)
    mask[:, 12] = 0
    assert measure(mask, MM, gap=0).columns == 19
    assert measure(mask, MM).columns == 31


def test_parts_of_a_broken_wall_outweigh_a_compact_blob():
    mask = band(top=12, rows=3, columns=64, size=(32, 64))
    mask[:, 20] = mask[:, 42] = 0
    mask[1:10, 4:14] = 1  # 90 pixels, more than any of the three parts
    assert set(boundaries(mask).ma) == {15.0}


@pytest.mark.parametrize("mask", [np.zeros((16, 32), dtype=np.uint8), band(columns=1), band(columns=9)])
def test_too_little_to_measure_is_a_failure(mask):
    assert measure(mask, MM) is None


def test_how_little_is_too_little_can_be_said():
    assert measure(band(columns=9), MM, min_columns=9).columns == 9
    assert measure(band(columns=1), MM, min_columns=2) is None
    for wrong in ({"min_columns": 1}, {"gap": -1}):
        with pytest.raises(ValueError, match="at least"):
            measure(band(), MM, **wrong)


def test_other_classes_and_ignored_pixels_are_no_wall():
    mask = band(rows=3)
    mask[0:4] = 255
    mask[7:] = 2
    assert measure(mask, MM).mean == 3
    assert measure(band(value=2), MM) is None
    assert measure(band(value=2), MM, foreground=2).mean == 3


def test_impossible_arguments():
    with pytest.raises(ValueError, match="H, W"):
        measure(np.zeros((1, 16, 32)), MM)
    for spacing in ((0.0, 1.0), (1.0, -1.0), (math.nan, 1.0)):
        with pytest.raises(ValueError, match="spacing"):
            measure(band(), spacing)
    columns, level = np.arange(3), np.zeros(3)
    for wrong in ((columns[::-1], level, level), (columns, level + 1, level), (columns, level * np.nan, level)):
        with pytest.raises(ValueError, match="must"):
            Boundaries(*wrong)
    with pytest.raises(ValueError, match="must be one"):
        Boundaries(columns, level[:2], level)


def test_a_mask_stays_as_it_was():
    mask = band()
    before = mask.copy()
    measure(mask, MM)
    assert (mask == before).all()


# Two masks


def test_errors_of_the_two_boundaries_apart():
    reference = boundaries(band(top=6, rows=6, columns=30))
    predicted = boundaries(band(top=4, rows=7, left=3, columns=29))
    result = compare(predicted, reference, (0.1, 0.2))
    assert result.li == pytest.approx(0.2)
    assert result.ma == pytest.approx(0.1)
    assert result.bias == pytest.approx(0.1)
    assert result.columns == result.predicted.columns == result.reference.columns == 27


def test_only_common_columns_are_compared():
    wide = band(top=6, rows=4, columns=32)
    wide[2:6, 24:] = 1  # a plaque that the other does not reach
    result = compare(boundaries(band(top=6, rows=4, columns=24)), boundaries(wide), MM)
    assert (result.li, result.ma, result.bias) == (0, 0, 0)


def test_too_few_common_columns():
    left, right = boundaries(band(columns=16)), boundaries(band(left=12, columns=16))
    assert compare(left, right, MM) is None
    assert compare(left, right, MM, min_columns=4).columns == 4
    assert compare(left, boundaries(band(left=18, columns=12)), MM, min_columns=0) is None


# The phantom


@pytest.mark.slow
@pytest.mark.parametrize(
    ("size", "bias", "single", "plaque"), [((128, 256), 0.02, 0.04, 0.05), ((64, 128), 0.025, 0.06, 0.08)]
)
def test_the_phantom_measures_its_known_thickness(size, bias, single, plaque):
    data = phantom_carotid(size=size, patients=28, frames=1, hard=0.5, seed=5)
    found = [measure(mask, spacing) for mask, spacing in zip(data.targets, data.spacing)]
    true = data.metadata
    assert set(true["appearance"]) >= {"typical", "steep", "soft_plaque", "calcified_plaque"}
    error = np.array([t.mean for t in found]) / true["imt_mm"].to_numpy() - 1
    assert abs(error.mean()) < bias
    assert np.abs(error).max() < single

    # the maximum is off by less than one pixel anywhere, which is a small share of a plaque
    over = np.array([t.maximum for t in found]) - true["imt_max_mm"].to_numpy()
    assert np.abs(over).max() < data.spacing[0, 0]
    lifted = true["appearance"].str.endswith("plaque").to_numpy()
    assert lifted.sum() >= 3
    assert np.abs(over / true["imt_max_mm"].to_numpy())[lifted].max() < plaque
