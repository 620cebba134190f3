"""Synthetic run folders: what a finished, a failed or an unfinished run leaves behind."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml
from PIL import Image

from alseg.identity.metadata import FILE, write_metadata
from alseg.pictures.contact_sheet import contact_sheet

MakeRun = Callable[..., Path]


def run_maker(tmp_path: Path) -> MakeRun:
    """A function that writes run folders below ``tmp_path / "runs"``."""

    def make(
        strategy: str = "random",
        seed: int = 0,
        curve: Mapping[int, float] | None = None,
        *,
        status: str = "DONE",
        folder: str | None = None,
        metric: str = "test/dice",
        more: Mapping[str, Sequence[float | str]] | None = None,
        cost: float | None = 10.0,
        picks: Sequence[Sequence[str]] | None = None,
        **config: Any,
    ) -> Path:
        curve = {10: 0.5, 20: 0.6, 30: 0.7} if curve is None else curve
        path = tmp_path / "runs" / (folder or f"{strategy}-{seed}".replace("/", "_"))
        path.mkdir(parents=True)
        settings: dict[str, Any] = {
            "name": f"run-{strategy}-{seed}",
            "seed": seed,
            "run_dir": str(path),
            "data": {"name": "phantoms", "size": 64},
            "learner": {"name": "plain", "network": {"name": "unet", "encoder": "mobileone_s0"}},
            "strategy": {"name": strategy},
            "cold_start": {"name": "random"},
            "oracle": {"name": "simulated"},
            "budget": {"initial": 10, "query": 10, "rounds": 3},
            "trainer": {"steps": 200, "accelerator": "cpu", "devices": 1, "progress": False},
            "logger": {"name": "csv"},
            "reduction": {"name": "mean"},
        }
        for key, value in config.items():
            group, _, rest = key.partition("__")
            if rest:
                settings[group] = {**settings[group], rest: value}
            else:
                settings[group] = value
        (path / "config.yaml").write_text(yaml.safe_dump(settings))
        columns: dict[str, Sequence[float | str]] = {
            "round": list(range(len(curve))),
            "n_labelled": list(curve),
            "cost": ["" if cost is None else cost * (i + 1) for i in range(len(curve))],
            "seconds_train": [4.0] * len(curve),
            "seconds_evaluate": [1.0] * len(curve),
            "seconds_scan": [0.5] * (len(curve) - 1) + [""],
            "seconds_select": [0.25] * (len(curve) - 1) + [""],
            "val/dice": list(curve.values()),
            metric: list(curve.values()),
            **(more or {}),
        }
        rows = [",".join(columns), *(",".join(str(v[i]) for v in columns.values()) for i in range(len(curve)))]
        (path / "metrics.csv").write_text("\n".join(rows) + "\n")
        split = {"pool": 100, "val": 0, "test": 10}
        events: list[dict[str, Any]] = [{"event": "started", "round": 0, "split": split, "data": "abc"}]
        for i in range(len(curve)):
            ids = list(picks[i]) if picks else [f"{strategy}-{i}" if i else "a0"]  # equal seeds share the cold start
            row = {key: None if values[i] == "" else values[i] for key, values in columns.items()}
            seconds = {key.removeprefix("seconds_"): row.pop(key) for key in columns if key.startswith("seconds_")}
            query = {phase: seconds[phase] for phase in ("scan", "select") if seconds[phase] is not None}
            labels = {key: row.pop(key) for key in ("n_labelled", "cost")}
            row.pop("round")
            common = {"round": i, "ids": ids}
            events.append({"event": "queried", **common, "scores": None, "strategy": strategy, "seconds": query})
            events.append({"event": "annotated", **common, "cost": cost, "annotator": "truth"})
            events.append({"event": "trained", "round": i, "seconds": {"train": seconds["train"]}})
            evaluated = {"metrics": row, "seconds": {"evaluate": seconds["evaluate"]}}
            events.append({"event": "evaluated", "round": i, **labels, **evaluated})
        if status == "DONE":
            events.append({"event": "finished", "round": len(curve) - 1, "reason": "all rounds done"})
        (path / "ledger.jsonl").write_text("".join(json.dumps(e) + "\n" for e in events))
        if status == "DONE":
            (path / "DONE").touch()
        elif status == "FAILED":
            (path / "FAILED").write_text("Traceback (most recent call last):\n  ...\nValueError: the loss is NaN\n")
        return path

    return make


CASES = """id,group,dice,dice_wall,worst
t0,p0,0.900000,0.900000,
t1,p1,0.250000,0.250000,1
t2,p1,,,
t3,t3,0.100000,0.100000,0
"""


def add_pictures(run: Path) -> Path:
    """What a run with thumbnails leaves besides, after three rounds of one query each."""
    greys = np.broadcast_to(np.array([60, 180], dtype=np.uint8)[:, None, None], (2, 16, 24)).copy()
    for round_ in range(3):
        folder = run / "rounds" / f"{round_:02d}"
        folder.mkdir(parents=True)
        (folder / "query.jpg").write_bytes(contact_sheet(greys[:1]))
        (folder / "cases.csv").write_text(CASES)
        (folder / "worst.jpg").write_bytes(contact_sheet(greys))
    Image.new("L", (20, 10)).save(run / "map.png")
    (run / "map.html").write_text("<p>map</p>")
    return run


def add_metadata(run: Path, columns: Mapping[str, Mapping[str, str]], test: Sequence[str] = ()) -> Path:
    """Leave ``metadata.parquet``, as a run does, of the images that any of the columns names; those not in ``test`` are its pool.

    Args:
        run: the folder.
        columns: name to id to value.
        test: ids of the test set.
    """
    ids = list(dict.fromkeys(id_ for cells in columns.values() for id_ in cells))
    table = {
        "split": ["test" if id_ in test else "pool" for id_ in ids],
        "group": [f"patient of {id_}" for id_ in ids],
        **{name: [cells.get(id_, "") for id_ in ids] for name, cells in columns.items()},
    }
    frame = pd.DataFrame({name: pd.Categorical(cells) for name, cells in table.items()}, index=pd.Index(ids, name="id"))
    write_metadata(run / FILE, frame)
    return run
