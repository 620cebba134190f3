"""Overlap and distance against values computed by hand."""

import math

import pytest
import torch

from alseg.metrics.segmentation import SegmentationMetrics


def square(top: int, left: int, side: int = 4, size: int = 16, value: int = 1) -> torch.Tensor:
    mask = torch.zeros(size, size, dtype=torch.uint8)
    mask[top : top + side, left : left + side] = value
    return mask


EMPTY = torch.zeros(16, 16, dtype=torch.uint8)
MM = torch.tensor([[1.0, 1.0]])


def values(predicted, reference, spacing=MM, classes=("background", "a"), unit="mm", distances=True):
    metrics = SegmentationMetrics(classes, unit, distances=distances)
    for p, r, s in zip(predicted, reference, spacing.expand(len(predicted), 2)):
        metrics.update(p[None], r[None], s[None])
    return metrics.compute()


def test_equal_masks():
    result = values([square(2, 2)], [square(2, 2)])
    assert result == {"dice": 1, "dice_a": 1, "iou": 1, "hd_mm": 0, "hd95_mm": 0, "asd_mm": 0, "empty": 0}


def test_a_square_shifted_by_half_its_side():
    result = values([square(2, 2)], [square(2, 4)])
    assert result["dice"] == pytest.approx(2 * 8 / 32)
    assert result["iou"] == pytest.approx(8 / 24)
    # every surface pixel of one is 0, 1 or 2 pixels from the other: of 12, those at the far columns are 2 away
    assert result["hd_mm"] == result["hd95_mm"] == pytest.approx(2)
    assert 0.5 < result["asd_mm"] < 1.5


def test_distances_are_in_units_and_follow_the_axis():
    spacing = torch.tensor([[0.5, 0.1]])
    assert values([square(2, 2)], [square(2, 4)], spacing)["hd95_mm"] == pytest.approx(0.2)
    assert values([square(2, 2)], [square(4, 2)], spacing)["hd95_mm"] == pytest.approx(1.0)
    assert "hd95_px" in values([square(2, 2)], [square(2, 4)], unit="px")


@pytest.mark.parametrize(("predicted", "reference"), [(EMPTY, square(2, 2)), (square(2, 2), EMPTY)])
def test_one_side_empty_is_the_diagonal_never_zero(predicted, reference):
    result = values([predicted], [reference], torch.tensor([[0.3, 0.4]]))
    assert result["dice"] == result["iou"] == 0
    assert result["hd_mm"] == result["hd95_mm"] == result["asd_mm"] == pytest.approx(16 * 0.5)
    assert result["empty"] == 1


def test_one_stray_pixel_moves_hd_and_hardly_hd95():
    stray = square(2, 2, side=8)
    stray[15, 2] = 1  # six rows below the last row of the square
    result = values([stray], [square(2, 2, side=8)])
    assert result["hd_mm"] == pytest.approx(6)
    assert result["hd95_mm"] == 0  # one of 29 surface pixels


def test_distances_are_those_of_monai():
    """The directed distances are computed once for all three; MONAI's own functions compute them for each."""
    # Importing MONAI takes two seconds, of every worker if it stands above.
    from monai.metrics import compute_average_surface_distance, compute_hausdorff_distance

    generator = torch.Generator().manual_seed(0)
    predicted, reference = (torch.rand(4, 16, 16, generator=generator) < 0.2 for _ in range(2))
    spacing = torch.tensor([[0.5, 0.1], [1.0, 1.0], [2.0, 1.0], [0.3, 0.3]])
    result = values(list(predicted.to(torch.uint8)), list(reference.to(torch.uint8)), spacing)
    shared = {"spacing": spacing.tolist(), "include_background": True}
    pair = predicted[:, None].float(), reference[:, None].float()
    assert result["hd_mm"] == pytest.approx(float(compute_hausdorff_distance(*pair, **shared).mean()))
    assert result["hd95_mm"] == pytest.approx(float(compute_hausdorff_distance(*pair, percentile=95, **shared).mean()))
    assert result["asd_mm"] == pytest.approx(
        float(compute_average_surface_distance(*pair, symmetric=True, **shared).mean())
    )


def test_both_sides_empty_counts_in_nothing():
    alone = values([square(2, 2)], [square(2, 4)])
    assert values([square(2, 2), EMPTY], [square(2, 4), EMPTY]) == alone
    nothing = values([EMPTY], [EMPTY])
    assert math.isnan(nothing["dice"])
    assert math.isnan(nothing["hd_mm"])
    assert math.isnan(nothing["hd95_mm"])
    assert nothing["empty"] == 0


def test_mean_over_images_then_over_classes():
    two = ("background", "a", "b")
    predicted = [square(0, 0), square(0, 0) + square(8, 8, value=2)]
    reference = [square(0, 0), square(0, 2) + square(8, 10, value=2)]
    result = values(predicted, reference, classes=two)
    assert result["dice_a"] == pytest.approx((1 + 0.5) / 2)
    assert result["dice_b"] == pytest.approx(0.5)  # the first image has no b on either side
    assert result["dice"] == pytest.approx((0.75 + 0.5) / 2)


def test_ignored_pixels_count_in_nothing():
    reference = square(2, 2)
    reference[:, 8:] = 255
    assert values([square(2, 2) + square(2, 10)], [reference])["dice"] == 1


def test_batches_make_no_difference():
    predicted = torch.stack([square(1, 1), square(3, 3), EMPTY])
    reference = torch.stack([square(1, 2), square(5, 3), square(0, 0)])
    metrics = SegmentationMetrics(("background", "a"), "mm", distances=True)
    metrics.update(predicted, reference, MM.expand(3, 2))
    assert metrics.compute() == pytest.approx(values(predicted, reference))
