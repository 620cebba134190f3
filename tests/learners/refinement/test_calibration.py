"""The temperature against one that is known."""

import pytest
import torch

from alseg.learners.refinement.calibration import temperature


def drawn(heat: float) -> tuple[torch.Tensor, torch.Tensor]:
    """Logits that are ``heat`` times too large for the targets that were drawn from them."""
    generator = torch.Generator().manual_seed(0)
    logits = torch.randn(4, 3, 100, 100, generator=generator) * 2
    p = logits.softmax(dim=1).movedim(1, -1).reshape(-1, 3)
    targets = torch.multinomial(p, 1, generator=generator).view(4, 100, 100).to(torch.uint8)
    return logits * heat, targets


@pytest.mark.parametrize("heat", [0.5, 1.0, 3.0])
def test_a_known_temperature_is_found(heat):
    assert temperature(*drawn(heat)) == pytest.approx(heat, rel=0.03)


def test_ignored_pixels_say_nothing():
    logits, targets = drawn(2.0)
    expected = temperature(logits[:2], targets[:2])
    targets[2:] = 255
    assert temperature(logits, targets) == pytest.approx(expected)


def test_nothing_annotated_changes_nothing():
    assert temperature(torch.randn(1, 2, 4, 4), torch.full((1, 4, 4), 255)) == 1
