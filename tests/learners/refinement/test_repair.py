"""Fusion against cases made by hand."""

import torch

from alseg.learners.refinement.repair import fuse


def teacher(foreground: list[float]) -> torch.Tensor:
    p = torch.tensor(foreground).view(1, 1, -1)
    return torch.stack([1 - p, p], dim=1)


def label(values: list[int]) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.uint8).view(1, 1, -1)


def test_confident_pixels_correct_and_fill_and_others_stay():
    #          agrees  corrected  unsure  filled 1  filled 0  stays unknown
    found = fuse(label([1, 0, 0, 255, 255, 255]), teacher([0.9, 0.9, 0.7, 0.95, 0.1, 0.5]))
    assert found.labels.flatten().tolist() == [1, 1, 0, 1, 0, 255]
    assert (found.corrected.item(), found.filled.item(), found.rejected.item()) == (1, 2, False)


def test_confidence_is_a_strict_bound():
    assert fuse(label([0]), teacher([0.75]), confidence=0.75).labels.item() == 0
    assert fuse(label([0]), teacher([0.76]), confidence=0.75).labels.item() == 1


def test_annotated_pixels_may_be_kept():
    found = fuse(label([1, 0, 255]), teacher([0.9, 0.9, 0.9]), keep_annotated=True)
    assert found.labels.flatten().tolist() == [1, 0, 1]
    assert (found.corrected.item(), found.filled.item()) == (0, 1)


def test_a_collapsing_foreground_keeps_the_whole_label():
    found = fuse(label([1, 1, 1, 1, 255]), teacher([0.9, 0.9, 0.05, 0.05, 0.95]))
    assert found.labels.flatten().tolist() == [1, 1, 0, 0, 1]  # 2 of 4 are just enough
    found = fuse(label([1, 1, 1, 1, 255]), teacher([0.9, 0.05, 0.05, 0.05, 0.5]))
    assert found.labels.flatten().tolist() == [1, 1, 1, 1, 255]
    assert (found.corrected.item(), found.filled.item(), found.rejected.item()) == (0, 0, True)


def test_images_are_judged_one_by_one():
    labels = torch.cat([label([1, 1, 1]), label([0, 0, 1])])
    found = fuse(labels, torch.cat([teacher([0.05, 0.05, 0.9]), teacher([0.9, 0.1, 0.9])]))
    assert found.labels.squeeze(1).tolist() == [[1, 1, 1], [1, 0, 1]]
    assert found.rejected.tolist() == [True, False]


def test_the_annotation_is_not_overwritten():
    before = label([0, 255])
    fuse(before, teacher([0.9, 0.9]))
    assert before.flatten().tolist() == [0, 255]


def test_every_class_may_have_its_own_confidence():
    """Foreground is taken above 0.6, background above 0.9 only."""
    found = fuse(label([255, 255, 255, 255]), teacher([0.7, 0.55, 0.2, 0.05]), confidence=[0.9, 0.6])
    assert found.labels.flatten().tolist() == [1, 255, 255, 0]


def test_a_teacher_who_contradicts_the_annotator_repairs_nothing():
    """Two of four annotated pixels would change: more than 0.4, not more than 0.5."""
    labels, p = label([0, 0, 0, 1, 255]), teacher([0.9, 0.9, 0.1, 0.9, 0.9])
    assert fuse(labels, p, contradiction=0.5).labels.flatten().tolist() == [1, 1, 0, 1, 1]
    found = fuse(labels, p, contradiction=0.4)
    assert found.labels.flatten().tolist() == [0, 0, 0, 1, 255]
    assert (found.corrected.item(), found.filled.item(), found.rejected.item()) == (0, 0, True)


def test_filled_pixels_do_not_hide_that_the_annotated_foreground_is_gone():
    """Both drawn pixels become background, and two open ones foreground: as many as before, and none that was drawn."""
    found = fuse(label([1, 1, 0, 255, 255]), teacher([0.05, 0.05, 0.05, 0.95, 0.95]))
    assert found.rejected.tolist() == [True]
    assert found.labels.flatten().tolist() == [1, 1, 0, 255, 255]
    # one of two is left: just enough, and the filled ones are taken
    found = fuse(label([1, 1, 0, 255, 255]), teacher([0.95, 0.05, 0.05, 0.95, 0.95]))
    assert found.labels.flatten().tolist() == [1, 0, 0, 1, 1]
