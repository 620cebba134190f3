"""Classification through the whole house, as a user types it."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from alseg.cli import main
from alseg.runs.ledger import Ledger
from tests.helpers.command_line import run

LIGHT = [
    "learner.weights=none",
    "learner.backbone=test_efficientnet",
    "trainer.steps=2",
    "trainer.batch_size=3",
    "trainer.accelerator=cpu",
    "budget.initial=5",
    "budget.query=3",
    "budget.rounds=2",
    "logger=csv",
    "map=none",
]
PHANTOM = ["data=phantom_histology", "data.size=32", "data.slides=8", "data.tiles=4", "learner=classifier", *LIGHT]


def table(out: str = "out") -> pd.DataFrame:
    return pd.read_csv(f"{out}/metrics.csv")


@pytest.mark.slow
def test_from_cold_start_to_report_and_map(capfd):
    command = [*PHANTOM, "run_dir=out", "map=tsne", "embedding=pixels"]
    assert run(*command) == 0
    assert table()["n_labelled"].tolist() == [5, 8]
    measured = {"accuracy", "balanced_accuracy", "f1", "precision", "auroc", "ece", "recall_tumour"}
    assert {f"test/{name}" for name in measured} | {f"val/{name}" for name in measured} <= set(table())
    shown = capfd.readouterr().out
    assert "balanced_accuracy" in shown
    assert "recall" not in shown  # a column per class is for metrics.csv
    assert "_tile_0" in Path("out/map.html").read_text()
    assert main(["report", "out", "--out", "page"]) == 0
    page = Path("page/report.html").read_text()
    assert "Calibration error (ECE)" in page
    assert "Recall, tumour" in page
    assert "\n## phantom\\_histology\n\nAccuracy: higher is better.\n" in Path("page/table.md").read_text()
    before = Path("out/ledger.jsonl").read_text()
    assert run(*command) == 0
    assert Path("out/ledger.jsonl").read_text() == before


@pytest.mark.slow
def test_a_sweep_of_strategies_shares_its_first_images():
    assert run("-m", *PHANTOM, "budget.rounds=1", "strategy=random,margin,typiclust", "run_dir=sweep") == 0
    ledgers = [Ledger(path, writable=False) for path in Path("sweep").rglob("ledger.jsonl")]
    assert len(ledgers) == 3
    assert len({tuple(ledger.find("queried", 0)["ids"]) for ledger in ledgers}) == 1


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A manifest folder of 24 grey tiles of three classes."""
    root = tmp_path / "tiles"
    root.mkdir()
    rng = np.random.default_rng(0)
    lines = ["id,image,label,group"]
    for i in range(24):
        pixels = rng.integers(0, 60, (40, 40)) + 60 * (i % 3)
        Image.fromarray(pixels.astype(np.uint8)).save(root / f"i{i}.png")
        lines.append(f"t{i},i{i}.png,{('normal', 'benign', 'malignant')[i % 3]},p{i // 2}")
    (root / "manifest.csv").write_text("\n".join(lines) + "\n")
    return root


@pytest.mark.slow
def test_a_folder_of_grey_images_with_labels(folder):
    data = ["data=folder", f"data.root={folder}", "data.size=32"]
    assert run(*data, "learner=classifier", "learner/augmentation=oriented", *LIGHT, "run_dir=out") == 0
    assert {"test/recall_benign", "test/recall_malignant", "test/recall_normal"} <= set(table())


@pytest.mark.slow
def test_wrong_labels_reach_training_and_are_told_but_no_test():
    oracle = ["oracle=confused", "oracle.wrong=1", "oracle.between=[muscle,stroma]"]
    one_round = [*PHANTOM, "budget.rounds=1", "budget.initial=12"]
    assert run(*one_round, *oracle, "run_dir=noisy") == 0
    assert run(*one_round, "run_dir=clean") == 0
    wrong = table("noisy")["labels/annotated_accuracy"]
    assert (wrong < 1).all()
    assert (wrong == table("noisy")["labels/working_accuracy"]).all()
    assert "labels/annotated_accuracy" not in table("clean")
    first = [
        Ledger(Path(f"{out}/ledger.jsonl"), writable=False).find("queried", 0)["ids"] for out in ("noisy", "clean")
    ]
    assert first[0] == first[1]


@pytest.mark.slow
def test_dropout_members_and_confident_pseudo_labels():
    members = ["learner.dropout=0.5", "learner.passes=4", "strategy=bald"]
    pseudo = ["learner.pseudo_entropy=0.99", "learner.pseudo_after=0", "trainer.unlabelled_batch_size=4"]
    assert run(*PHANTOM, *members, *pseudo, "run_dir=out") == 0
    (_, query) = Ledger(Path("out/ledger.jsonl"), writable=False).of("queried")
    assert all(score >= 0 for score in query["scores"])


@pytest.mark.slow
def test_the_learner_that_predicts_its_loss():
    assert run(*PHANTOM, "learner=learning_loss", "strategy=learning_loss", "run_dir=out") == 0


@pytest.mark.slow
def test_the_best_model_goes_by_accuracy():
    assert run(*PHANTOM, "trainer.val_every=1", "trainer.keep=best", "trainer.patience=5", "run_dir=out") == 0


@pytest.mark.slow
@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (
            ["learner=segmenter"],
            "Segmenter is for segmentation, and the data set is for classification; choose learner=classifier",
        ),
        (
            ["data=phantom_carotid"],
            "and the data set is for segmentation; choose learner=segmenter",
        ),
        (["oracle=noisy"], "has class labels; choose oracle=simulated or oracle=confused"),
        (["stopping=plateau"], "stopping.plateau.metric=val/dice: there is no such value; there is val/accuracy"),
        (["trainer.monitor=val/dice"], "trainer.monitor=val/dice: there is no such value; there is val/accuracy"),
        (["strategy=learning_loss"], "strategy=learning_loss"),
        (["data.rare=2"], "data.rare=2: it must be a number from 0 to 1"),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_one_line_for_what_does_not_fit(overrides, message, capfd):
    fixed = PHANTOM if overrides != ["learner=segmenter"] else [o for o in PHANTOM if "learner" not in o]
    if overrides == ["data=phantom_carotid"]:
        fixed = [o for o in PHANTOM if not o.startswith("data")]
    assert run(*fixed, *overrides, "run_dir=out") == 2
    err = capfd.readouterr().err.strip()
    assert len(err.splitlines()) == 1
    assert message in err
    assert not Path("out/ledger.jsonl").exists()
