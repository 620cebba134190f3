"""Hostile names of images, patients, classes, columns, strategies and metrics, through every command that writes them."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
import yaml
from omegaconf import DictConfig, OmegaConf

from alseg.commands.export_labels import FORMATS
from alseg.composition.compose import compose
from alseg.loop.job import run_job
from benchmarks.campaign.samples import SMALL, SMALL_NETWORK, data_set, live_settings
from benchmarks.campaign.traps import NAMES, Trap

Case = Callable[[Trap, Path], str | None]


def _scans(trap: Trap, column: str) -> Path:
    """A data set with a hostile name in each row of one column."""
    root = data_set(trap.folder / "scans", ".png", np.random.default_rng(0), images=len(NAMES))
    with (root / "manifest.csv").open(encoding="utf-8", newline="") as file:
        rows = [dict(row) for row in csv.DictReader(file)]
    for row, name in zip(rows, NAMES):
        row[column] = name
        if column == "label":
            del row["mask"]
            row["label"] = NAMES[int(row["id"][4:]) % 4]
    with (root / "manifest.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return root


def _run(root: Path, run: Path, settings: Sequence[str] = (), names: Mapping[str, object] | None = None) -> str | None:
    """Run on a data set; values that no command line takes easily are put into the composed config."""
    config = OmegaConf.to_container(compose(["data=folder", f"data.root={root}", *SMALL, *settings]))
    for key, value in (names or {}).items():
        group, _, last = key.rpartition(".")
        node = config
        for part in group.split("."):
            node = node[part]  # type: ignore[index, call-overload]
        node[last] = value  # type: ignore[index, call-overload]
    run.mkdir()
    path = run.with_suffix(".yaml")
    path.write_text(yaml.safe_dump(config), encoding="utf-8")
    run_job(DictConfig(OmegaConf.create(OmegaConf.to_container(OmegaConf.load(path)))), run)
    return None


def _all_commands(trap: Trap, run: Path, root: Path) -> list[list[str]]:
    out = trap.folder / "out"
    column = ["--by", "site"] if "site" in (root / "manifest.csv").read_text(encoding="utf-8") else []
    return [
        *(["status", str(run)], ["report", str(run), "--out", str(out / "report"), *column]),
        ["map", str(run), "--out", str(out / "map")],
        ["predict", str(run), "pool", "--out", str(out / "predicted"), "--uncertainty", "--outlines"],
        *(["export", str(run), "--to", to, "--out", str(out / f"Dataset501_{to}")] for to in FORMATS),
        *(["data", "check", str(root)], ["data", "convert", str(root), "--to", str(out / "converted")]),
        ["data", "duplicates", str(root)],
    ]


def _column(column: str) -> Case:
    def case(trap: Trap, runs: Path) -> str | None:
        root, run = _scans(trap, column), trap.folder / "run"
        learner = ["learner=probe"] if column == "label" else [*SMALL_NETWORK]
        with trap.watch.over(trap.outside, trap.folder) as seen:
            _run(root, run, learner)
        return (f"forbidden: {seen}" if seen else None) or trap.fault_of(_all_commands(trap, run, root))

    return case


def _classes(trap: Trap, runs: Path) -> str | None:
    """Names of the classes of masks, in a run that asks people."""
    root, run = _scans(trap, "site"), trap.folder / "run"
    first, second = trap.folder / "run", trap.folder / "live"
    for name in NAMES[:9:2]:
        config = {"data.classes": ["background", name.replace("$", "\\$")]}
        for path in (first, second):
            if path.exists():
                path.rename(path.with_name(f"{path.name}-{len(list(trap.folder.iterdir()))}"))
        with trap.watch.over(trap.outside, trap.folder) as seen:
            _run(root, first, SMALL_NETWORK, config)
            _run(root, second, [*SMALL_NETWORK, *live_settings(), "cold_start=random"], config)
        commands = [["status", str(second)], *_all_commands(trap, run, root)[1:3], *_exports(trap, run)]
        if fault := (f"forbidden: {seen}" if seen else trap.fault_of(commands)):
            return f"{name!r}: {fault}"
    return None


def _exports(trap: Trap, run: Path) -> list[list[str]]:
    number = len(list(trap.folder.iterdir()))
    return [
        ["export", str(run), "--to", to, "--out", str(trap.folder / f"e{number}" / f"Dataset501_{to}")]
        for to in FORMATS
    ]


def _ledger(change: Callable[[dict[str, object]], None]) -> Case:
    """A ledger that was changed by hand."""

    def case(trap: Trap, runs: Path) -> str | None:
        root, run = _scans(trap, "site"), trap.folder / "run"
        _run(root, run, SMALL_NETWORK)
        events = [json.loads(line) for line in (run / "ledger.jsonl").read_text(encoding="utf-8").splitlines()]
        for event in events:
            change(event)
        (run / "ledger.jsonl").write_text("".join(json.dumps(event) + "\n" for event in events), encoding="utf-8")
        os.utime(run / "ledger.jsonl")
        return trap.fault_of(_all_commands(trap, run, root)[:4])

    return case


def _texts(event: dict[str, object]) -> None:
    """Hostile reasons, groups, strategies and annotators."""
    for key in ("reasons", "groups", "annotators"):
        if isinstance(values := event.get(key), list):
            event[key] = [NAMES[place % len(NAMES)] for place in range(len(values))]
    for place, key in enumerate(("strategy", "annotator", "reason", "loss")):
        if isinstance(event.get(key), str):
            event[key] = NAMES[place]


def _metrics(event: dict[str, object]) -> None:
    """Hostile names of metrics, which become columns, titles and names of files."""
    if isinstance(metrics := event.get("metrics"), dict):
        event["metrics"] = metrics | {f"test/{name}": 0.5 for name in NAMES}
        event["described"] = [{"name": name, "title": name, "higher_is_better": True} for name in NAMES]


def _named(trap: Trap, runs: Path) -> str | None:
    """Hostile names of data set, strategy and learner, each of which names files or columns of the report."""
    root, folders = _scans(trap, "site"), []
    for place, name in enumerate(NAMES[:10]):
        run = trap.folder / "runs" / f"{place}"
        run.parent.mkdir(exist_ok=True)
        _run(root, run, ["embedding=pixels", *SMALL_NETWORK, "budget.rounds=1"])
        path = run / "config.yaml"
        config = yaml.safe_load(path.read_text(encoding="utf-8"))
        for group in ("data", "strategy", "learner", "oracle", "cold_start", "budget"):
            config[group]["name"] = name
        path.write_text(yaml.safe_dump(config), encoding="utf-8")
        folders.append(str(run))
    out = str(trap.folder / "out")
    return trap.fault_of(
        [["report", *folders, "--out", out, "--control", NAMES[0]], ["status", str(trap.folder / "runs")]]
    )


CASES: dict[str, Case] = {
    **{f"names: {column}": _column(column) for column in ("id", "group", "site", "label", NAMES[0])},
    "names: classes": _classes,
    "names: data set, strategy, learner": _named,
    "ledger: texts": _ledger(_texts),
    "ledger: metrics": _ledger(_metrics),
}
