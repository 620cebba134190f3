"""A small map, and the run folder that it could have come from."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

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


@pytest.fixture
def run_folder(tmp_path: Path) -> Path:
    """A run over the images of ``tests.conftest.make_dataset`` of which 20 are the pool; its third query is unanswered."""
    folder = tmp_path / "run"
    pool = [f"image_{i:03d}" for i in range(20)]
    events: list[dict[str, object]] = [
        {"event": "started", "round": 0},
        {
            "event": "queried",
            "round": 0,
            "strategy": "cluster_fps",
            "ids": ["image_004", "image_001"],
            "scores": None,
            "notes": {
                "clusters": {id_: i % 2 for i, id_ in enumerate(pool)},
                "picks": [
                    {"id": "image_004", "cluster": 0, "why": "medoid of cluster 0"},
                    {"id": "image_001", "cluster": 1, "why": "medoid of cluster 1"},
                ],
            },
        },
        {"event": "annotated", "round": 0, "ids": ["image_004"], "refused": ["image_001"], "cost": [1.0]},
        {"event": "queried", "round": 1, "strategy": "entropy", "ids": ["image_007"], "scores": [0.9]},
    ]
    (folder / "rounds" / "01").mkdir(parents=True)
    (folder / "ledger.jsonl").write_text("".join(json.dumps(event) + "\n" for event in events))
    scores = pd.DataFrame({"id": ["image_007", "image_000"], "score": [0.9, 0.25], "pick": [0, None]})
    scores.to_parquet(folder / "rounds" / "01" / "scores.parquet")
    lines = ["id,x,y", *(f"{id_},{i},{-i / 2}" for i, id_ in enumerate(pool))]
    (folder / "map.csv").write_text("\n".join(lines) + "\n")
    return folder
