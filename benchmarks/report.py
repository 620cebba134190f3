"""A report on many runs: ``python -m benchmarks.report``.

Writes synthetic run folders (config, ledger, metrics and annotations of ten rounds) and measures ``alseg report`` on them, in
seconds of wall time and of this process: reading, and everything that is written. It should grow no faster than the runs.

Seen on two cores: 2,000 runs are read in 5 s, and read and written in 17 s.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import yaml

from alseg.report import write_report
from alseg.report.read import read_runs

ROUNDS, INITIAL, QUERY, POOL = 10, 20, 20, 1000
METRICS = ("dice", "dice_wall", "dice_lumen", "iou", "hd95_mm", "asd_mm", "empty")
LIMIT = 60.0
"""Seconds that 2,000 runs may take."""


def write_runs(folder: Path, conditions: int, seeds: int) -> None:
    """One folder per condition and seed; no condition is better than another."""
    for condition in range(conditions):
        name = "random" if condition == 0 else f"strategy_{condition:02d}"
        for seed in range(seeds):
            _write_run(folder / name / f"seed={seed}", name, seed, np.random.default_rng([condition, seed]))


def _write_run(path: Path, name: str, seed: int, rng: np.random.Generator) -> None:
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
        events.append({"event": "queried", "round": round_, "ids": ids, "scores": None, "strategy": name})
        answer = {"ids": ids, "refused": [], "cost": [60.0] * len(ids), "annotator": "truth"}
        events.append({"event": "annotated", "round": round_, **answer})
        values = 0.6 + 0.02 * round_ + rng.normal(0, 0.02, len(METRICS))
        lines.append(",".join(map(str, [round_, n, 60.0 * n, 0.5, 0.1, *values])))
        (path / "rounds" / f"{round_:02d}").mkdir()
        file = path / "rounds" / f"{round_:02d}" / "annotations.npz"
        np.savez_compressed(
            file, ids=np.array(ids), targets=np.zeros((len(ids), 16, 16), np.uint8), cost=np.ones(len(ids))
        )
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
        report = write_report([folder / "runs"], folder / "out")
        wall, own = time.perf_counter() - wall, time.process_time() - own
        largest = max(path.stat().st_size for path in report.files) / 2**20
        met = wall < LIMIT or runs < 2000
        verdict = "" if runs < 2000 else f"; target < {LIMIT:.0f} s: {'met' if met else 'MISSED'}"
        print(
            f"{runs:,} runs: reading and writing {wall:.1f} s (process {own:.1f} s), largest file {largest:.1f} MiB{verdict}"
        )
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
