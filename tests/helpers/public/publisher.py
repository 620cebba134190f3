"""A publisher on localhost: archives made in code, served with resumption, and with accidents where a test wants them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from alseg.cli import main
from alseg.data.dataset import Dataset
from alseg.data.public.home import data_home
from alseg.data.public.load import load_public
from alseg.data.public.registry import datasets

Files = dict[str, bytes]
# timm's smallest: a network of which building and one step take milliseconds
NETWORK = "test_efficientnet"
LEARNERS = {
    "segmentation": [
        "learner=segmenter",
        f"learner.encoder={NETWORK}",
        "+learner.architecture_options={encoder_depth:3,decoder_channels:[8,8,8]}",
    ],
    "classification": ["learner=classifier", f"learner.backbone={NETWORK}"],
}


@dataclass
class Publisher:
    """Files by their path, what was asked for, and what goes wrong."""

    files: Files = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    cut_after: list[int] = field(default_factory=list)
    """Bytes after which the next connections are lost, one number for each."""
    resumes: bool = True
    url: str = ""

    def put(self, dataset: str, name: str, content: bytes) -> None:
        self.files[f"/{dataset}/{name}"] = content

    def get(self, name: str, *options: str) -> int:
        """``alseg data get NAME --yes``."""
        return main(["data", "get", name, "--yes", *options])

    def run(self, *overrides: str) -> int:
        """``alseg run``."""
        try:
            return main(["run", "logger=csv", "map=none", *overrides])
        except SystemExit as stop:
            return int(stop.code or 0)

    def short_run(self, name: str) -> pd.DataFrame:
        """``alseg run data=NAME`` with everything as small as it gets: one label, one round of one step; its metrics."""
        task = datasets()[name].task
        sizes = ["data.size=32", "trainer.steps=1", "trainer.batch_size=2", "budget.initial=1", "budget.rounds=1"]
        parts = ["strategy=random", "split.val=0", "worst=0", "learner.weights=none", "trainer.accelerator=cpu"]
        assert self.run(f"data={name}", f"run_dir=run_{name}", *LEARNERS[task], *sizes, *parts) == 0
        metrics = pd.read_csv(f"run_{name}/metrics.csv")
        assert metrics["n_labelled"].tolist() == [1]
        assert metrics["test/dice" if task == "segmentation" else "test/accuracy"].between(0, 1).all()
        return metrics

    def load(self, name: str, size: int | tuple[int, int] = 16, **options: Any) -> Dataset:
        """``data=NAME``."""
        side = size if isinstance(size, int) else max(size)
        assert main(["data", "check", name, "--size", str(side)]) == 0
        return load_public(name, data_home() / name, size, progress=False, **options)
