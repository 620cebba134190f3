"""Saturation of the learning curve, after which labels are refined.

A network learns what is right in noisy labels before it learns their noise. SEQUAL therefore fits the curve of the
labelled set's mIoU with a saturating function and refines once its curvature has become small.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import OptimizeWarning, curve_fit


@dataclass(frozen=True)
class Saturation:
    """``h(x) = a (1 - exp(-x^b / c))``, the mIoU in percent after x epochs.

    Source: the released code of Tang et al., "SEQUAL", Medical Image Analysis 111, 2026, 104048.
    """

    a: float
    b: float
    c: float

    @classmethod
    def fit(cls, percent: Sequence[float]) -> Saturation | None:
        """Bounded least squares to the mIoU (in percent, 0 to 100) after epochs 1, 2, ...; None if it does not converge.

        Raises:
            ValueError: if a value is not a percentage.
        """
        y = np.asarray(percent, dtype=np.float64)
        if not ((y >= 0) & (y <= 100)).all():
            raise ValueError("the mIoU must be in percent, 0 to 100")
        x = np.arange(1, len(y) + 1, dtype=np.float64)
        start = [min(max(float(y.max()), 1e-3), 100.0), 1.0, float(len(y))]
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", OptimizeWarning)  # about the covariance, which is not used
                found, _ = curve_fit(_h, x, y, p0=start, bounds=([0, 0, 1e-9], [100, np.inf, np.inf]))
        except RuntimeError:
            return None
        return cls(*map(float, found))

    def curvature(self, x: float) -> float:
        """The second derivative ``(ab/c) exp(-x^b/c) [(b-1) x^(b-2) - (b/c) x^(2b-2)]``."""
        a, b = self.a, self.b
        # By z = x^b / c, which is taken from its logarithm: a step or a flat line fits best with a b of hundreds.
        log_z = b * math.log(x) - math.log(self.c)
        if log_z > math.log(700):
            return 0.0  # of exp(-z) nothing is left
        z = math.exp(log_z)
        return a * b / x**2 * math.exp(-z) * ((b - 1) * z - b * z**2)


def has_bent(percent: Sequence[float], threshold: float = 0.05, first: int = 3) -> bool:
    """True if the curve of mIoU so far, one value per epoch, has saturated.

    Args:
        percent: mIoU after epochs 1, 2, ..., in percent. As fractions, the curvature would be a hundred times smaller,
            and every curve would count as bent at once.
        threshold: largest absolute curvature, percent per epoch squared.
        first: epochs before the first fit; with fewer points than parameters there is nothing to fit. The released code first
            fits the 4th value.

    The curvature is that at the last epoch, x = n; the released code takes it at n - 1.
    """
    if len(percent) < first:
        return False
    curve = Saturation.fit(percent)
    return curve is not None and abs(curve.curvature(float(len(percent)))) < threshold


def _h(x: NDArray[np.float64], a: float, b: float, c: float) -> NDArray[np.float64]:
    with np.errstate(over="ignore"):  # of exp(-infinity) nothing is left either
        return np.asarray(a * (1 - np.exp(-(x**b) / c)))
