"""What a label would be worth, by a model that is trained with it."""

from __future__ import annotations

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from alseg.selection.geometry.farthest import unit_length

BLOCK = 2**22
"""Most numbers of an array of pool x tried held at a time."""


class Worth(Protocol):
    """How good models would be that know one label more, judged by the true classes of the whole pool."""

    def __call__(
        self, features: NDArray[np.float32], classes: NDArray[np.intp], known: NDArray[np.intp], tried: NDArray[np.intp]
    ) -> NDArray[np.float64]:
        """``(T,)``, higher is better: the worth of a model trained on the known rows and one of the tried ones.

        Args:
            features: ``(P, D)`` of the pool, what is labelled included.
            classes: ``(P,)`` true classes.
            known: rows that are labelled or picked; there may be none.
            tried: T rows that are not.
        """


class RidgeWorth:
    """Minus the mean squared error, over the pool, of a linear least-squares classifier of one-hot classes.

    Features are scaled to length 1, and a constant is added. With A = sum over the known x of x xᵀ + ridge I, one label more
    changes all predictions by a product of two vectors (Sherman and Morrison), so that no model is fitted anew:

        f'(z) = f(z) + (zᵀ A⁻¹ x) (y - f(x))ᵀ / (1 + xᵀ A⁻¹ x).

    Args:
        ridge: weight of the squared weights, above 0.
    """

    def __init__(self, ridge: float = 0.1) -> None:
        if ridge <= 0:
            raise ValueError(f"ridge={ridge}: it must be above 0")
        self.ridge = ridge

    def __call__(
        self, features: NDArray[np.float32], classes: NDArray[np.intp], known: NDArray[np.intp], tried: NDArray[np.intp]
    ) -> NDArray[np.float64]:
        z = np.concatenate([unit_length(features), np.ones((len(features), 1), np.float32)], axis=1)
        truth = np.eye(int(classes.max()) + 1, dtype=np.float32)[classes]
        x = z[known].astype(np.float64)
        inverse = np.linalg.inv(x.T @ x + self.ridge * np.eye(z.shape[1]))
        wrong = truth - z @ (inverse @ (x.T @ truth[known])).astype(np.float32)
        toward = (inverse @ z[tried].T.astype(np.float64)).astype(np.float32)  # A⁻¹ x of each tried one
        change = wrong[tried] / (1 + np.einsum("td,dt->t", z[tried], toward))[:, None]
        errors = np.full(len(tried), (wrong**2).sum(dtype=np.float64))
        step = max(1, BLOCK // len(tried))
        for start in range(0, len(z), step):
            block = slice(start, start + step)
            reach = z[block] @ toward  # (B, T)
            errors -= 2 * np.einsum("tc,tc->t", reach.T @ wrong[block], change)
            errors += (reach**2).sum(axis=0) * (change**2).sum(axis=1)
        worth: NDArray[np.float64] = -errors / len(z)
        return worth
