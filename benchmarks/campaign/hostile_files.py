"""Hostile manifests, images, answers, checkpoints, arrays and configs: each case lays a trap, and says what came of it."""

from __future__ import annotations

import io
import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch
import yaml
from numpy.lib.format import write_array_header_1_0
from PIL import Image

from benchmarks.campaign.answered import peak
from benchmarks.campaign.samples import SMALL, SMALL_NETWORK, data_set, live_command
from benchmarks.campaign.traps import CODE, VARIABLE, Executed, Trap

Case = Callable[[Trap, Path], str | None]
"""From a trap and the folder of `make_runs` to what is wrong."""
HUGE = 12 * 10**8
"""Bytes that a small file claims to hold."""
MEMORY = 500.0
"""MiB more than before that a command may take."""


def _scans(trap: Trap, column: str, cell: str) -> Path:
    """A data set with a cell of its first row replaced."""
    root = data_set(trap.folder / "scans", ".png", np.random.default_rng(0))
    lines = (root / "manifest.csv").read_text(encoding="utf-8").splitlines()
    cells = lines[1].split(",")
    cells[lines[0].split(",").index(column)] = cell
    lines[1] = ",".join(cells)
    (root / "manifest.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return root


def _of_path(column: str, made: Callable[[Trap], str]) -> Case:
    def case(trap: Trap, runs: Path) -> str | None:
        root = _scans(trap, column, made(trap))
        (root / "linked").symlink_to(trap.outside)
        (root / "link.png").symlink_to(trap.outside / "secret.png")
        check = ["data", "check", str(root)]
        convert = ["data", "convert", str(root), "--to", str(trap.folder / "out")]
        run = ["run", "data=folder", f"data.root={root}", *SMALL, *SMALL_NETWORK, f"run_dir={trap.folder / 'run'}"]
        return trap.fault_of([check, convert, run], refused=True)

    return case


PATHS: dict[str, Callable[[Trap], str]] = {
    "..": lambda trap: "../outside/secret.png",
    "absolute": lambda trap: str(trap.outside / "secret.png"),
    "address": lambda trap: (trap.outside / "secret.png").as_uri(),
    "link": lambda trap: "link.png",
    "folder that is a link": lambda trap: "linked/secret.png",
    "home": lambda trap: "~/secret.png",
    "network": lambda trap: "http://127.0.0.1:9/secret.png",
}


def _run_of(trap: Trap, runs: Path, name: str = "done") -> Path:
    return Path(shutil.copytree(runs / name, trap.folder / "run"))


def _everything(trap: Trap, run: Path, runs: Path) -> list[list[str]]:
    """Every command that reads a run folder."""
    out = trap.folder / "out"
    return [
        *(
            ["status", str(run)],
            ["report", str(run), "--out", str(out / "report")],
            ["map", str(run), "--out", str(out / "map")],
        ),
        ["predict", str(run), str(runs / "scans"), "--out", str(out / "masks")],
        ["export", str(run), "--to", "folder", "--out", str(out / "labels")],
        ["export", str(run), "--model", "safetensors", "--out", str(out / "model.safetensors")],
    ]


def _config(change: Callable[[str, Trap], str], first: int = 6) -> Case:
    """A config that was changed, read by the first of the commands."""

    def case(trap: Trap, runs: Path) -> str | None:
        run = _run_of(trap, runs)
        path = run / "config.yaml"
        path.write_text(change(path.read_text(encoding="utf-8"), trap), encoding="utf-8")
        return trap.fault_of(_everything(trap, run, runs)[:first])

    return case


def _tag(text: str, trap: Trap) -> str:
    return text + f"evil: !!python/object/apply:os.mkdir ['{trap.sentinel}']\n"


def _environment(text: str, trap: Trap) -> str:
    config = yaml.safe_load(text)
    for group, key in (("data", "name"), ("strategy", "name"), ("learner", "name"), ("oracle", "name")):
        config[group][key] = f"${{oc.env:{VARIABLE}}}"
    return str(yaml.safe_dump(config))


def _program(text: str, trap: Trap) -> str:
    config = yaml.safe_load(text)
    for group in ("data", "learner", "strategy", "logger", "map"):
        config[group] |= {"_target_": "os.mkdir", "path": str(trap.sentinel)}
    return str(yaml.safe_dump(config))


def _checkpoint(trap: Trap, runs: Path) -> str | None:
    run = _run_of(trap, runs)
    (model,) = sorted(run.glob("rounds/*/model.ckpt"))[-1:]
    torch.save({"state_dict": Executed(trap.sentinel)}, model)
    predict, *_, export = _everything(trap, run, runs)[3:]
    return trap.fault_of([predict]) or trap.fault_of([export], refused=True)


def _fit_checkpoint(trap: Trap, runs: Path) -> str | None:
    """A run that goes on from a checkpoint in the middle of a fit."""
    run = _run_of(trap, runs)
    lines = (run / "ledger.jsonl").read_text(encoding="utf-8").splitlines()
    (run / "ledger.jsonl").write_text(
        "\n".join(line for line in lines if '"round": 0' in line and "trained" not in line) + "\n"
    )
    lines = [line for line in lines if json.loads(line)["event"] in ("started", "queried", "annotated")][:3]
    (run / "ledger.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    (run / "state.json").write_text('{"round": 0, "phase": "train"}\n', encoding="utf-8")
    (run / "DONE").unlink()
    torch.save({"state_dict": {}, "callbacks": Executed(trap.sentinel)}, run / "rounds" / "00" / "fit.ckpt")
    return trap.fault_of(
        [["run", "data=folder", f"data.root={runs / 'scans'}", *SMALL, *SMALL_NETWORK, f"run_dir={run}"]]
    )


def _weights(trap: Trap, runs: Path) -> str | None:
    path = trap.folder / "weights.pt"
    torch.save(Executed(trap.sentinel), path)
    network = ["learner.encoder=mobilenetv3_small_050", "learner.weights=path", f"learner.weights_path={path}"]
    command = ["run", "data=folder", f"data.root={runs / 'scans'}", *SMALL, *network, f"run_dir={trap.folder / 'run'}"]
    return trap.fault_of([command], refused=True)


def _pickled_arrays(trap: Trap, runs: Path) -> str | None:
    run = _run_of(trap, runs)
    evil = np.array([Executed(trap.sentinel)], dtype=object)
    for path in sorted(run.rglob("*.npz")):
        with np.load(path) as stored:
            arrays: dict[str, Any] = dict.fromkeys(stored.files, evil)
        np.savez(path, **arrays)
    return trap.fault_of(_everything(trap, run, runs))


def _bomb(path: Path) -> None:
    """An npz whose array of targets is a megabyte in the file, and `HUGE` in memory."""
    with np.load(path, allow_pickle=False) as stored:
        kept = {name: stored[name] for name in stored.files if name != "targets"}
    np.savez_compressed(path, **kept)
    header = io.BytesIO()
    write_array_header_1_0(header, {"descr": "|u1", "fortran_order": False, "shape": (HUGE // 10**6, 1000, 1000)})
    with (
        zipfile.ZipFile(path, "a", zipfile.ZIP_DEFLATED, compresslevel=9) as archive,
        archive.open("targets.npy", "w") as file,
    ):
        file.write(header.getvalue())
        for _ in range(HUGE // 10**7):
            file.write(bytes(10**7))


def _bombs(trap: Trap, runs: Path) -> str | None:
    run, before = _run_of(trap, runs), peak()
    _bomb(sorted(run.glob("rounds/*/annotations.npz"))[0])
    fault = trap.fault_of([*_everything(trap, run, runs)[:2], _everything(trap, run, runs)[4]])
    grown = peak() - before
    return fault or (f"{grown:.0f} MiB of memory" if grown > MEMORY else None)


def _picture_bomb(trap: Trap, runs: Path) -> str | None:
    root = _scans(trap, "id", "scan0")
    Image.new("L", (60000, 60000)).save(root / "scan1.png")
    before = peak()
    fault = trap.fault_of([["data", "check", str(root)]], named=["scan1"])
    grown = peak() - before
    return fault or (f"{grown:.0f} MiB of memory" if grown > MEMORY else None)


def _pictures_that_are_links(trap: Trap, runs: Path) -> str | None:
    """Pictures of a run folder that lead out of it, which the report would pass on."""
    run = _run_of(trap, runs)
    for path in [*run.glob("rounds/*/*.jpg"), run / "map.png", *run.glob("rounds/*/cases.csv")]:
        path.unlink(missing_ok=True)
        path.symlink_to(trap.outside / "secret.png")
    return trap.fault_of([["report", str(run), "--out", str(trap.folder / "out")], ["status", str(run)]])


def _answers(trap: Trap, runs: Path) -> str | None:
    """Answers that are links, and a table of answers to other ids."""
    run = _run_of(trap, runs, "waiting")
    answers = run / "requests" / "round-00" / "answers"
    names = sorted(path.stem for path in (answers.parent / "images").iterdir())
    (answers / f"{names[0]}.png").symlink_to(trap.outside / "secret.png")
    (answers / f"{names[1]}.png").symlink_to("/dev/zero")
    table = f"id,label,seconds,annotator,refused\n../../outside/x,,1,=cmd(),\n{names[2]},,1,<script>{CODE}</script>,=cmd('x')\n"
    (answers / "answers.csv").write_text(table, encoding="utf-8")
    report = ["report", str(run), "--out", str(trap.folder / "out")]
    return trap.fault_of([live_command(runs / "unlabelled", run), ["status", str(run)], report])


def _index(name: str, content: Callable[[Trap], str], layout: str) -> Case:
    """A file of another program's that names images elsewhere."""

    def case(trap: Trap, runs: Path) -> str | None:
        root = trap.folder / "images"
        root.mkdir()
        shutil.copy(runs / "scans" / "scan0.png", root)
        (root / name).write_text(content(trap), encoding="utf-8")
        return trap.fault_of([["data", "index", str(root), "--layout", layout], ["data", "check", str(root)]])

    return case


def _coco(trap: Trap) -> str:
    names = ("../outside/secret.png", str(trap.outside / "secret.png"), "scan0.png")
    images = [{"id": i, "file_name": name, "width": 24, "height": 24} for i, name in enumerate(names)]
    drawn = [{"id": i, "image_id": i, "category_id": 1, "segmentation": [[1, 1, 9, 1, 9, 9]]} for i in range(3)]
    return json.dumps({"images": images, "annotations": drawn, "categories": [{"id": 1, "name": f"<script>{CODE}"}]})


def _cvat(trap: Trap) -> str:
    entities = '<!ENTITY a "aaaaaaaaaa">' + "".join(
        f'<!ENTITY {b} "{f"&{a};" * 10}">' for a, b in zip("abcdefgh", "bcdefghi")
    )
    entities += f'<!ENTITY secret SYSTEM "{(trap.outside / "secret.txt").as_uri()}">'
    image = '<image id="0" name="&secret;&i;" width="24" height="24"></image>'
    return f'<?xml version="1.0"?><!DOCTYPE annotations [{entities}]><annotations>{image}</annotations>'


def _command_line(trap: Trap, runs: Path) -> str | None:
    """A file with settings in a folder of one's own, of which the command must not say more than their names."""
    (trap.folder / "conf" / "strategy").mkdir(parents=True)
    path = trap.folder / "conf" / "strategy" / "evil.yaml"
    path.write_text(f"_target_: alseg.strategy.Strategy\nname: !!python/object/apply:os.mkdir ['{trap.sentinel}']\n")
    return trap.fault_of([["run", "--config-dir", str(path.parents[1]), "strategy=evil", "--cfg", "job"]], refused=True)


CASES: dict[str, Case] = {
    **{
        f"manifest: {column} {what}": _of_path(column, made)
        for column in ("image", "mask")
        for what, made in PATHS.items()
    },
    "config: YAML tag": _config(_tag),
    "config: environment": _config(_environment),
    "config: program, read by report and status": _config(_program, first=2),
    "config: YAML tag of a choice": _command_line,
    "checkpoint: pickle": _checkpoint,
    "checkpoint: pickle in a fit": _fit_checkpoint,
    "weights: pickle": _weights,
    "arrays: pickle": _pickled_arrays,
    "arrays: bomb": _bombs,
    "image: bomb": _picture_bomb,
    "run: pictures that are links": _pictures_that_are_links,
    "answers: links and strangers": _answers,
    "index: COCO": _index("annotations.json", _coco, "coco"),
    "index: CVAT": _index("annotations.xml", _cvat, "cvat"),
}
