"""A report on many runs: ``python -m benchmarks.report``.

Writes synthetic run folders (config, ledger, metrics, annotations and thumbnails of ten rounds, the worst cases of the last, a
map) and measures ``alseg report`` on them, in seconds of wall time and of this process: reading, and everything with a page of
each run. It should grow no faster than the runs.

Seen on two cores: 2,000 runs are read in 5 s, and read and written with a page for each in 36 s (1.7 GB of pages, whose pictures
are made to compress badly; without pages 19 s).
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from io import BytesIO
from pathlib import Path

import numpy as np
import yaml
from PIL import Image

from alseg.pictures.contact_sheet import contact_sheet
from alseg.report import write_report
from alseg.report.read.read_runs import read_runs

ROUNDS, INITIAL, QUERY, POOL = 10, 20, 20, 1000
METRICS = ("dice", "dice_wall", "dice_lumen", "iou", "hd95_mm", "asd_mm", "empty")
LIMIT = 60.0
"""Most seconds that 2,000 runs may take."""


class Pictures:
    """Pictures that all synthetic runs share, as hard to compress as ultrasound."""

    def __init__(self) -> None:
        rng = np.random.default_rng(0)
        speckle = rng.integers(0, 256, (20, 49, 97), dtype=np.uint8) // 2
        small = speckle[:, 1:, 1:] + speckle[:, :-1, :-1]
        large = np.broadcast_to(rng.integers(0, 256, (8, 60, 120, 1), dtype=np.uint8), (8, 60, 120, 3))
        self.query = contact_sheet(small)
        self.worst = contact_sheet(large.repeat(2, axis=1).repeat(2, axis=2), 85)
        lines = [f"t{i:03d},p{i % 20},{i / 200:.6f},{i / 200:.6f},{i if i < 8 else ''}" for i in range(200)]
        self.cases = "\n".join(["id,group,dice,dice_wall,worst", *lines]) + "\n"
        with BytesIO() as file:
            Image.fromarray(rng.integers(0, 4, (300, 400), dtype=np.uint8) * 60).save(file, "PNG")
            self.map = file.getvalue()


def write_runs(folder: Path, conditions: int, seeds: int) -> None:
    """One folder per condition and seed; no condition is better than another."""
    pictures = Pictures()
    for condition in range(conditions):
        name = "random" if condition == 0 else f"strategy_{condition:02d}"
        for seed in range(seeds):
            _write_run(folder / name / f"seed={seed}", name, seed, np.random.default_rng([condition, seed]), pictures)


def _write_run(path: Path, name: str, seed: int, rng: np.random.Generator, pictures: Pictures) -> None:
    path.mkdir(parents=True)
    config = {
        "name": "bench",
        "seed": seed,
        "run_dir": str(path),
        "data": {"_target_": "bench.data", "name": "bench", "size": 64},
        "learner": {"name": "segmenter", **{f"option_{i}": i for i in range(40)}},
        "strategy": {"name": name, "selector": {"_target_": "bench.selector"}},
        "cold_start": {"name": "random"},
        "oracle": {"name": "simulated"},
        "budget": {"initial": INITIAL, "query": QUERY, "rounds": ROUNDS},
        "trainer": {"steps": 60},
    }
    (path / "config.yaml").write_text(yaml.safe_dump(config))
    start = np.random.default_rng(seed).permutation(POOL)  # equal seeds share their cold start
    order = np.concatenate([start[:INITIAL], rng.permutation(start[INITIAL:])])
    split = {"pool": POOL, "val": 0, "test": 200}
    events: list[dict[str, object]] = [{"event": "started", "round": 0, "split": split, "data": "bench"}]
    lines = [
        ",".join(["round", "n_labelled", "cost", "seconds_scan", "seconds_select", *(f"test/{m}" for m in METRICS)])
    ]
    (path / "rounds").mkdir()
    for round_ in range(ROUNDS):
        n = INITIAL + QUERY * round_
        picks = order[n - QUERY : n] if round_ else order[:INITIAL]
        ids = [f"{i:05d}" for i in picks]
        scores, groups = rng.random(len(ids)).round(4).tolist(), [f"patient_{i % 50}" for i in picks]
        queried: dict[str, object] = {
            "ids": ids,
            "scores": scores,
            "groups": groups,
            "strategy": name,
            "pool": POOL - n + QUERY,
        }
        queried["seconds"] = {"scan": 0.5, "select": 0.1}
        events.append({"event": "queried", "round": round_, **queried})
        answer = {"ids": ids, "refused": [], "cost": [60.0] * len(ids), "annotator": "truth"}
        events.append({"event": "annotated", "round": round_, **answer})
        values = (0.6 + 0.02 * round_ + rng.normal(0, 0.02, len(METRICS))).tolist()
        lines.append(",".join(map(str, [round_, n, 60.0 * n, 0.5, 0.1, *values])))
        metrics = {f"test/{name}": value for name, value in zip(METRICS, values)}
        events.append({"event": "evaluated", "round": round_, "n_labelled": n, "cost": 60.0 * n, "metrics": metrics})
        (path / "rounds" / f"{round_:02d}").mkdir()
        (path / "rounds" / f"{round_:02d}" / "query.jpg").write_bytes(pictures.query)
        file = path / "rounds" / f"{round_:02d}" / "annotations.npz"
        np.savez_compressed(
            file, ids=np.array(ids), targets=np.zeros((len(ids), 16, 16), np.uint8), cost=np.ones(len(ids))
        )
    events.append({"event": "finished", "round": ROUNDS - 1, "reason": "all rounds done"})
    last = path / "rounds" / f"{ROUNDS - 1:02d}"
    (last / "cases.csv").write_text(pictures.cases)
    (last / "worst.jpg").write_bytes(pictures.worst)
    (path / "map.png").write_bytes(pictures.map)
    (path / "map.html").touch()
    (path / "ledger.jsonl").write_text("".join(json.dumps(event) + "\n" for event in events))
    (path / "metrics.csv").write_text("\n".join(lines) + "\n")
    (path / "DONE").touch()


def main() -> int:
    """Print what was measured; 1 if 2,000 runs take a minute or longer."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--conditions", type=int, default=40, help="default: %(default)s")
    parser.add_argument("--seeds", type=int, default=50, help="of each; default: %(default)s")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        write_runs(folder / "runs", options.conditions, options.seeds)
        runs = options.conditions * options.seeds
        wall, own = time.perf_counter(), time.process_time()
        read_runs([folder / "runs"])
        print(f"{runs:,} runs: reading {time.perf_counter() - wall:.1f} s (process {time.process_time() - own:.1f} s)")
        wall, own = time.perf_counter(), time.process_time()
        write_report([folder / "runs"], folder / "out", runs=True)
        wall, own = time.perf_counter() - wall, time.process_time() - own
        met = wall < LIMIT or runs < 2000
        verdict = "" if runs < 2000 else f"; target < {LIMIT:.0f} s: {'met' if met else 'MISSED'}"
        sizes = [path.stat().st_size / 2**20 for path in (folder / "out").rglob("*") if path.is_file()]
        print(
            f"{runs:,} runs: reading and writing, with a page of each, {wall:.1f} s (process {own:.1f} s), "
            f"{sum(sizes):.0f} MiB, largest file {max(sizes):.1f} MiB{verdict}"
        )
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
