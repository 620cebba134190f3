"""Logistic regression of many heads at once."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor
from torch.nn import functional as F

from alseg.networks.heads import BLOCK, Features, Heads, taken

SLACK = 1e-6
"""Share of the objective by which it may seem to grow: rounding of float32."""


def fit_logistic(
    features: Features,
    rows: Tensor,
    targets: Tensor,
    classes: int,
    *,
    weights: Tensor | None = None,
    masks: Tensor | None = None,
    inverse_penalty: float = 1.0,
    standard: tuple[Tensor, Tensor] | None = None,
    tolerance: float = 1e-6,
    iterations: int = 50,
) -> Heads:
    """Fit H multinomial logistic regressions, each on rows, targets and weights of its own.

    Each minimises ``inverse_penalty * sum(weight * cross-entropy) + |W|^2 / 2``, the bias not penalised: what
    scikit-learn's LogisticRegression does with ``C=inverse_penalty`` (with ``2 * inverse_penalty`` for two classes,
    which it gives one vector instead of two). By Newton's method with conjugate gradients; where there are fewer
    rows than features, in the space that the rows span, which holds the solution. A head's answer depends on nothing
    but its own arguments, and nothing is random.

    Args:
        features: ``(N, D)``, shared by all heads.
        rows: ``(H, n)`` int64, the training rows of each head. Heads with fewer are filled up with any row of weight 0.
        targets: ``(H, n)`` int64 class ids.
        classes: K; a class without rows is answered with small probability.
        weights: ``(H, n)`` of the rows: how often a bootstrap drew each, for example; None is 1.
        masks: ``(H, D)`` by which each head's features are multiplied, standardised ones where they are; None is 1.
        inverse_penalty: C.
        standard: mean and standard deviation ``(D,)`` by which features are scaled before; the heads take raw ones.
        tolerance: of the gradient's norm, relative to that at the start.
        iterations: of Newton's method, at most.

    Returns:
        H linear heads.
    """
    weights = torch.ones(rows.shape) if weights is None else weights.float()
    step = max(1, BLOCK // (rows.shape[1] * max(features.shape[1], rows.shape[1])))
    fitted = []
    for start in range(0, len(rows), step):
        mine = slice(start, start + step)
        x = taken(features, rows[mine])
        if standard is not None:
            x = (x - standard[0]) / standard[1]
        if masks is not None:
            x = x * masks[mine].unsqueeze(1)
        few = x.shape[1] < x.shape[2]
        z, back = _spanned(x) if few else (x, lambda v: v)
        y = F.one_hot(targets[mine].long(), classes).float()
        solution = _minimise(z, y, inverse_penalty * weights[mine].unsqueeze(2), tolerance, iterations)
        fitted.append((back(solution[:, :-1]), solution[:, -1]))
    heads = Heads(((torch.cat([w for w, _ in fitted]), torch.cat([b for _, b in fitted])),))
    return heads.after(standard, masks)


def _spanned(x: Tensor) -> tuple[Tensor, Callable[[Tensor], Tensor]]:
    """Coordinates ``(H, n, n)`` of rows ``(H, n, D)`` along their principal axes, and the way back for weights."""
    squares, axes = torch.linalg.eigh(x @ x.mT)
    lengths = squares.clamp(min=0).sqrt().unsqueeze(1)
    none = lengths <= 1e-4 * lengths.amax(dim=2, keepdim=True)  # below float32's rounding of the squares
    inverse = lengths.reciprocal().masked_fill(none, 0)
    return axes * lengths.masked_fill(none, 0), lambda v: x.mT @ ((axes * inverse) @ v)


def _minimise(z: Tensor, y: Tensor, cost: Tensor, tolerance: float, iterations: int) -> Tensor:
    """Weights and, in the last row, bias ``(H, d + 1, K)`` of rows ``(H, n, d)``, one-hot ``y`` and their cost."""
    z = torch.cat([z, torch.ones_like(z[..., :1])], dim=2)
    z_transposed, squares = z.mT.contiguous(), z.square().mT.contiguous()
    penalty = torch.ones(z.shape[2], 1)
    penalty[-1] = 0
    v = torch.zeros(len(z), z.shape[2], y.shape[2])
    logits = torch.zeros_like(y)
    first = None
    for _ in range(iterations):
        p = logits.softmax(dim=2)
        gradient = torch.baddbmm(penalty * v, z_transposed, cost * (p - y))
        norm = _norm(gradient)
        first = norm if first is None else first
        open_ = norm > tolerance * first.clamp(min=1e-30)
        if not open_.any():
            break

        def curvature(d: Tensor, p: Tensor = p) -> Tensor:
            """The Hessian times a direction."""
            along = p * (z @ d)
            return torch.baddbmm(penalty * d, z_transposed, cost * (along - p * along.sum(dim=2, keepdim=True)))

        diagonal = squares @ (cost * (p * (1 - p)).mean(dim=2, keepdim=True)) + penalty
        closer = torch.sqrt(norm / first.clamp(min=1e-30)).clamp(max=0.1)
        direction = _solve(curvature, -gradient, diagonal.clamp(min=1e-12), closer * norm * open_)
        along = z @ direction
        t = _step(logits, along, v, direction, y, cost, penalty, (gradient * direction).sum(dim=(1, 2)))
        v, logits = v + t * direction, logits + t * along
        if not bool(t.any()):
            break
    return v


def _solve(product: Callable[[Tensor], Tensor], right: Tensor, diagonal: Tensor, tolerance: Tensor) -> Tensor:
    """Preconditioned conjugate gradients of all heads together; a head that is within tolerance stays where it is."""
    solution = torch.zeros_like(right)
    residual = right
    scaled = residual / diagonal
    direction, fit = scaled, (residual * scaled).sum(dim=(1, 2), keepdim=True)
    for _ in range(100):
        active = (_norm(residual) > tolerance) & (tolerance > 0)
        if not active.any():
            break
        moved = product(direction)
        bent = (direction * moved).sum(dim=(1, 2), keepdim=True)
        length = torch.where(active & (bent > 0), fit / bent.clamp(min=1e-30), 0)
        solution, residual = solution + length * direction, residual - length * moved
        scaled = residual / diagonal
        before, fit = fit, (residual * scaled).sum(dim=(1, 2), keepdim=True)
        direction = scaled + fit / before.clamp(min=1e-30) * direction
    return solution


def _step(
    logits: Tensor, along: Tensor, v: Tensor, direction: Tensor, y: Tensor, cost: Tensor, penalty: Tensor, slope: Tensor
) -> Tensor:
    """Length ``(H, 1, 1)`` of each head's step: the first of 1, 1/2, 1/4, ... that lowers its objective enough, or 0."""

    def objective(t: Tensor) -> Tensor:
        loss = -(y * (logits + t * along).log_softmax(dim=2) * cost).sum(dim=(1, 2))
        return loss + (penalty * (v + t * direction).square()).sum(dim=(1, 2)) / 2

    start = objective(torch.zeros(()))
    taken_, t = torch.zeros_like(start), torch.ones_like(start)
    undecided = slope < 0
    for _ in range(12):
        enough = objective(t.view(-1, 1, 1)) <= start + 1e-4 * t * slope + SLACK * start.abs()
        taken_ = torch.where(undecided & enough, t, taken_)
        undecided &= ~enough
        if not undecided.any():
            break
        t = t / 2
    return taken_.view(-1, 1, 1)


def _norm(values: Tensor) -> Tensor:
    return values.square().sum(dim=(1, 2), keepdim=True).sqrt()
