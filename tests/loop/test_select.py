"""Picks by any PyTorch model, by hand."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset

import alseg
from alseg.acquisition import BALD, Margin
from alseg.errors import QueryError
from alseg.prediction import Prediction
from alseg.selection import KCenter, MaxPerGroup, Random, Top
from alseg.strategy import Strategy

SURE = torch.tensor([0.9, 0.5, 0.99, 0.6, 0.7])
"""Probability of the first of two classes."""
LOGITS = torch.stack([SURE, 1 - SURE], dim=1).log()
PLACES = torch.tensor([[0.0], [1.0], [10.0], [4.0], [5.0]])


def test_the_largest_entropies_in_their_order():
    assert alseg.select(nn.Identity(), LOGITS, 3) == [1, 3, 4]


@pytest.mark.parametrize("wrap", [
    lambda: DataLoader(LOGITS, batch_size=2),
    lambda: DataLoader(TensorDataset(LOGITS, torch.zeros(5)), batch_size=2),
    lambda: [{"image": LOGITS[:4]}, {"image": LOGITS[4:]}],
])  # fmt: skip
def test_batches_as_loaders_give_them(wrap):
    assert alseg.select(nn.Identity(), wrap(), 2, strategy=Strategy("margin", Top(), Margin())) == [1, 3]


def test_maps_of_pixels():
    """One image of two unsure pixels, one with a sure one beside it."""
    maps = LOGITS[[1, 1, 1, 2]].reshape(2, 2, 2).movedim(2, 1)[..., None]
    assert alseg.select(lambda images: images, maps.flip(0), 1) == [1]


def test_farthest_from_what_is_labelled():
    def model(images):
        return torch.zeros(len(images), 2), images

    k_center = Strategy("k_center", KCenter())
    assert alseg.select(model, PLACES, 2, strategy=k_center, labelled=[torch.tensor([[0.0]])]) == [2, 4]
    assert alseg.select(model, PLACES, 1, strategy=k_center, labelled=[torch.tensor([[10.0]])]) == [0]


def test_members_and_groups():
    members = torch.stack([LOGITS, LOGITS.flip(1)])  # the surer, the more the two disagree
    bald = Strategy("bald", MaxPerGroup(Top(), 1), BALD())

    def model(rows):
        return Prediction(members[:, rows], torch.zeros(len(rows), 0))

    assert alseg.select(model, torch.arange(5), 2, strategy=bald, groups="aabab") == [2, 0]


def test_a_module_is_used_in_evaluation_mode_and_left_as_it_was():
    model = nn.Sequential(nn.Dropout(0.5), nn.Linear(2, 2)).train()
    first, again = (alseg.select(model, DataLoader(LOGITS, batch_size=2), 2) for _ in range(2))
    assert first == again
    assert model.training
    assert not model[1].weight.requires_grad or model[1].weight.grad is None


@pytest.mark.parametrize("training", [True, False])
def test_a_part_in_another_mode_stays_in_it(training: bool):
    """Normalisation that is frozen in a training, or dropout that goes on beyond it."""
    model = nn.Sequential(nn.Dropout(0.5), nn.Linear(2, 2)).train(training)
    model[0].train(not training)
    alseg.select(model, LOGITS, 2)
    assert [part.training for part in (model, *model)] == [training, not training, training]


def test_all_of_them_none_of_them_and_what_is_drawn():
    assert alseg.select(nn.Identity(), LOGITS, 9) == [0, 1, 2, 3, 4]
    assert alseg.select(nn.Identity(), [], 3) == []
    random = Strategy("random", Random())
    picks = [alseg.select(nn.Identity(), LOGITS, 2, strategy=random, seed=seed) for seed in (0, 0, 1, 2, 3)]
    assert picks[0] == picks[1]
    assert len({*map(tuple, picks)}) > 1


@pytest.mark.parametrize(("strategy", "more", "error"), [
    (Strategy("k_center", KCenter()), {}, "return (logits, features)"),
    (Strategy("bald", Top(), BALD()), {}, "it compares members"),
    (Strategy("k_center", KCenter(), space="embedding"), {}, "`alseg run` has it"),
    (None, {"groups": "ab"}, "groups: 2 of them for 5 images"),
])  # fmt: skip
def test_what_is_missing_is_said(strategy, more, error):
    with pytest.raises(QueryError) as said:
        alseg.select(nn.Identity(), LOGITS, 2, strategy=strategy, **more)
    assert error in str(said.value)


def test_a_batch_that_holds_no_tensor():
    with pytest.raises(QueryError, match="this is ndarray"):
        alseg.select(nn.Identity(), [np.zeros((2, 2))], 1)
