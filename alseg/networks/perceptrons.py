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
    batch: int | None = None,
    average: float | None = None,
) -> Heads:
    """Fit H perceptrons, each on rows, targets and weights of its own, by AdamW with a cosine rate.

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
        batch: rows of a step, out of one random order for each head; None is all of them.
        average: share of a moving average of the weights that stays at a step; the rate is then constant, since an average
            of weights that no longer move is those weights. None for no average.

    Returns:
        H heads of ``len(hidden) + 1`` layers; with an average, H that were trained and then their H averages.
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
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, steps, rate if average is not None else 0.0)
    places, n = targets.long().unsqueeze(2), x.shape[1]
    batch = min(batch or n, n)
    if batch < n:  # shuffled once, for to gather the rows of each step would take as long as the step
        order = torch.stack([torch.randperm(n, generator=one) for one in generators])
        x, places, share = (
            values.gather(1, order.view(*order.shape, *[1] * (values.ndim - 2)).expand_as(values))
            for values in (x, places, share)
        )
    averaged = [parameter.detach().clone() for parameter in parameters]
    for step in range(steps):
        start = step % (n // batch) * batch
        some = slice(start, start + batch)
        values = x[:, some]
        for place, (weight, bias) in enumerate(layers):
            values = _dropped(F.relu(values) if place else values, dropout, generators)
            values = torch.baddbmm(bias.unsqueeze(1), values, weight)
        likelihood = values.log_softmax(dim=2).gather(2, places[:, some]).squeeze(2)
        optimizer.zero_grad()
        (-(share[:, some] * likelihood).sum() * (n / batch)).backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        schedule.step()
        if average is not None:
            keep = min(1 - 1 / (step + 1), average)
            for mean, parameter in zip(averaged, parameters):
                mean.lerp_(parameter.detach(), 1 - keep)
    heads = Heads(tuple((weight.detach(), bias.detach()) for weight, bias in layers))
    if average is not None:
        pairs = zip(heads.layers, zip(averaged[::2], averaged[1::2]))
        heads = Heads(tuple((torch.cat([w, mean]), torch.cat([b, shift])) for (w, b), (mean, shift) in pairs))
        masks = None if masks is None else torch.cat([masks, masks])
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
