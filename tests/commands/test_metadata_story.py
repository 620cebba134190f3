"""A newcomer's question: which kinds of images does a strategy pick?"""

import csv
import json

import numpy as np
import pandas as pd
import pytest

from alseg.cli import main
from tests.helpers.command_line import run
from tests.helpers.manifest_folder import Folder

TINY = [
    "data.size=32", "learner.weights=none", "learner.encoder=test_efficientnet", "trainer.steps=1", "trainer.batch_size=2",
    "trainer.accelerator=cpu", "budget.initial=20", "budget.query=5", "budget.rounds=2", "logger=csv", "map=none",
    "embedding=pixels", "split.test=0.2", "split.val=0", "strategy=k_center", "strategy.space=embedding", "cold_start=k_center",
]  # fmt: skip


@pytest.fixture
def scans(tmp_path):
    """100 images of nuclei: 84 fluorescent ones, all much alike, and 16 stained ones, each in another colour."""
    folder, rng = Folder(tmp_path / "scans"), np.random.default_rng(0)
    lines = ["id,image,mask,group,stain"]
    for i in range(100):
        stained = i % 25 in (3, 9, 15, 21)
        colour = rng.integers(60, 250, 3) if stained else np.full(3, 20)
        mask = np.zeros((32, 32), dtype=np.uint8)
        mask[8:20, 8:20] = 1
        pixels = np.clip(colour + 40 * mask[..., None] + rng.normal(0, 4, (32, 32, 3)), 0, 255)
        folder.save(f"{i}.png", pixels)
        folder.save(f"{i}_mask.png", mask)
        lines.append(f"image_{i:03d},{i}.png,{i}_mask.png,,{'stained' if stained else 'fluorescent'}")
    folder.table(*lines)
    return folder.root


@pytest.mark.slow
def test_what_share_of_the_picks_is_stained(scans, tmp_path, capsys):
    assert main(["run", "data=folder", f"data.root={scans}", *TINY, f"run_dir={tmp_path / 'run'}"]) == 0
    capsys.readouterr()
    assert main(["report", str(tmp_path / "run"), "--out", str(tmp_path / "report"), "--by", "stain"]) == 0
    said = capsys.readouterr().out

    # joined by hand, as one had to
    stain = {row["id"]: row["stain"] for row in csv.DictReader((scans / "manifest.csv").open())}
    events = [json.loads(line) for line in (tmp_path / "run" / "ledger.jsonl").read_text().splitlines()]
    picked = [stain[id_] for event in events if event["event"] == "annotated" for id_ in event["ids"]]
    assert len(picked) == 25
    tested = pd.read_csv(tmp_path / "run" / "rounds" / "01" / "cases.csv")["id"]
    pool = [kind for id_, kind in stain.items() if id_ not in set(tested)]
    shares = {kind: (pool.count(kind) / 80, picked.count(kind) / 25) for kind in ("fluorescent", "stained")}
    assert shares["stained"][0] < 0.25
    assert shares["stained"][1] > 0.4  # k_center goes for what is unlike the rest

    table = pd.read_csv(tmp_path / "report" / "coverage.csv")
    last = table[(table["column"] == "stain") & (table["n_labelled"] == 25)].set_index("stratum")
    for kind, (in_pool, share) in shares.items():
        assert last.loc[kind, ["in_pool", "value"]].tolist() == pytest.approx([in_pool, share])
        for number in (in_pool, share):
            assert f"{number:.1%}" in said
            assert f"{number:.1%}" in (tmp_path / "report" / "report.html").read_text()
    assert "Picks by stain" in said
    assert "Dice by stain" in said
    (page,) = (tmp_path / "report" / "runs").glob("*.html")
    assert page.read_text().count("<span>stain stained</span>") >= picked.count("stained")


@pytest.mark.slow
def test_a_colour_that_is_no_column_is_one_line_before_any_training(scans, tmp_path, capsys):
    words = [*TINY, "callbacks.map.colour=site", f"run_dir={tmp_path / 'run'}"]
    assert run("data=folder", f"data.root={scans}", *words) == 2
    error = capsys.readouterr().err.strip()
    assert error == "alseg run: callbacks.map.colour=site: the manifest has no such column of metadata; there are stain"
