"""A data set of bright discs on a noisy ground."""

from __future__ import annotations

import numpy as np

from alseg.data.dataset import Dataset


def make_dataset(n: int = 24, size: int = 32, groups: int = 8, classes: int = 2, seed: int = 0) -> Dataset:
    """Bright discs on a noisy ground: a U-Net learns them in a few steps."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:size, :size]
    targets = np.zeros((n, size, size), dtype=np.uint8)
    for target in targets:
        for c in range(1, classes):
            centre, radius = rng.uniform(0.25 * size, 0.75 * size, 2), rng.uniform(0.12, 0.25) * size
            target[(y - centre[0]) ** 2 + (x - centre[1]) ** 2 < radius**2] = c
    images = np.clip(60 + 120 * (targets / (classes - 1)) + rng.normal(0, 15, targets.shape), 0, 255).astype(np.uint8)
    return Dataset(
        name="discs",
        task="segmentation",
        ids=tuple(f"image_{i:03d}" for i in range(n)),
        groups=tuple(f"group_{i % groups}" for i in range(n)),
        images=images[:, None],
        targets=targets,
        classes=("background", *(f"disc_{c}" for c in range(1, classes))),
        spacing=np.full((n, 2), 0.5),
        unit="mm",
    )
