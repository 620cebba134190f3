"""Small multilayer perceptrons, many trained at once."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from alseg.networks.heads import Features, Heads, taken


def fit_perceptrons(
    features: Features,
    rows: Tensor,
    targets: Tensor,
    classes: int,
    seeds: Sequence[int],
    *,
    hidden: Sequence[int] = (64,),
    weights: Tensor | None = None,
    masks: Tensor | None = None,
    standard: tuple[Tensor, Tensor] | None = None,
    steps: int = 200,
    rate: float = 1e-2,
    decay: float = 1e-3,
    dropout: float = 0.0,
) -> Heads:
    """Fit H perceptrons, each on rows, targets and weights of its own, by full-batch AdamW with a cosine rate.

    A head's initial weights and its dropout come from its seed alone, so that it is the same whatever else is fitted
    beside it. The loss is the weighted mean of the cross-entropy.

    Args:
        features: ``(N, D)``, shared by all heads.
        rows: ``(H, n)`` int64, the training rows of each head; those of weight 0 fill up.
        targets: ``(H, n)`` int64 class ids.
        classes: K.
        seeds: H of them.
        hidden: width of each hidden layer; none is a linear head.
        weights: ``(H, n)`` of the rows; None is 1.
        masks: ``(H, D)`` by which each head's features are multiplied, standardised ones where they are; None is 1.
        standard: mean and standard deviation ``(D,)`` by which features are scaled before; the heads take raw ones.
        steps: of the optimiser.
        rate: its learning rate at the start.
        decay: of the weights, decoupled.
        dropout: of the input and the hidden layers while training.

    Returns:
        H heads of ``len(hidden) + 1`` layers.
    """
    weights = torch.ones(rows.shape) if weights is None else weights.float()
    share = weights / weights.sum(dim=1, keepdim=True).clamp(min=1e-30)
    x = taken(features, rows)
    if standard is not None:
        x = (x - standard[0]) / standard[1]
    if masks is not None:
        x = x * masks.unsqueeze(1)
    generators = [torch.Generator().manual_seed(seed) for seed in seeds]
    layers = drawn(generators, (x.shape[2], *hidden, classes))
    parameters = [tensor.requires_grad_() for layer in layers for tensor in layer]
    optimizer = torch.optim.AdamW(parameters, lr=rate, weight_decay=decay)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps)
    places = targets.long().unsqueeze(2)
    for _ in range(steps):
        values = x
        for place, (weight, bias) in enumerate(layers):
            values = _dropped(F.relu(values) if place else values, dropout, generators)
            values = torch.baddbmm(bias.unsqueeze(1), values, weight)
        likelihood = values.log_softmax(dim=2).gather(2, places).squeeze(2)
        optimizer.zero_grad()
        (-(share * likelihood).sum()).backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        schedule.step()
    heads = Heads(tuple((weight.detach(), bias.detach()) for weight, bias in layers))
    return heads.after(standard, masks)


def drawn(generators: Sequence[torch.Generator], widths: Sequence[int]) -> list[tuple[Tensor, Tensor]]:
    """Initial weights ``(H, D, E)`` and biases ``(H, E)`` of each layer: uniform within 1 / sqrt(D), as ``nn.Linear``'s."""
    layers = []
    for before, after in itertools.pairwise(widths):
        bound = 1 / math.sqrt(before)
        both = [torch.rand(before + 1, after, generator=one) * 2 * bound - bound for one in generators]
        layers.append((torch.stack([one[:-1] for one in both]), torch.stack([one[-1] for one in both])))
    return layers


def _dropped(values: Tensor, share: float, generators: Sequence[torch.Generator]) -> Tensor:
    if share == 0:
        return values
    kept = torch.stack([torch.rand(values.shape[1:], generator=one) for one in generators]) >= share
    return values * kept / (1 - share)
