"""A map of a few grey images."""

from __future__ import annotations

import numpy as np

from alseg.maps.feature_map import FeatureMap, Round


def make_map(n: int = 60, rounds: int = 3, side: int = 16, ids: tuple[str, ...] | None = None) -> FeatureMap:
    """A grid of images, each of one grey of its own; three rounds of four picks."""
    rng = np.random.default_rng(0)
    ids = ids or tuple(f"image_{i:03d}" for i in range(n))
    greys = np.linspace(10, 250, n).astype(np.uint8)
    queries = [
        Round(
            number=r,
            strategy="cluster_fps" if r == 0 else "entropy",
            picks=ids[4 * r : 4 * r + 4],
            reasons=tuple(f"medoid of cluster {i}" for i in range(4)) if r == 0 else ("",) * 4,
            scores=None if r == 0 else dict(zip(ids[4 * r :], rng.random(n))),
            refused=(ids[1],) if r == 0 else (),
        )
        for r in range(rounds)
    ]
    return FeatureMap(
        name="greys",
        ids=ids,
        groups=tuple(f"patient_{i % 7}" for i in range(n)),
        xy=np.stack([np.arange(n) % 10, np.arange(n) // 10], axis=1).astype(np.float32),
        thumbnails=np.broadcast_to(greys[:, None, None], (n, side, side)).copy(),
        classes=tuple("benign" if i % 2 else "malignant" for i in range(n)),
        clusters=np.arange(n) % 3,
        rounds=tuple(queries),
    )
