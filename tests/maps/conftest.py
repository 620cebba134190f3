"""A small map, and the run folder that it could have come from."""

from __future__ import annotations

import json
from pathlib import Path

import pandas as pd
import pytest


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
