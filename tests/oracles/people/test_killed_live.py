"""A run that people answer is killed at every step: nothing is asked twice, and no answer is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from alseg.loop.controller import ActiveLearningController
from alseg.oracles.folder import Folder
from tests.helpers.asked import save_mask
from tests.helpers.discs import make_dataset
from tests.helpers.dying import Life
from tests.helpers.loop_runs import decisions, make_run


@pytest.mark.slow
def test_killed_at_every_step(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Each start gets two changes of the disk further than the one before, until the run waits, or is done."""
    dataset, life = make_dataset(n=24, groups=12), Life()
    truth = dict(zip(dataset.ids, dataset.targets))

    def run(name: str) -> ActiveLearningController:
        oracle = Folder(dataset, annotator="truth")
        return make_run(tmp_path / name, dataset, oracle=oracle, budget=(3, 2, 2), split_val=0.0)

    def answer(name: str, round_: int) -> None:
        query = run(name).ledger.find("queried", round_)
        assert query is not None
        folder = tmp_path / name / "requests" / f"round-{round_:02d}" / "answers"
        first = folder / f"{query['ids'][0]}.png"
        save_mask(first, truth[query["ids"][0]])
        if name == "killed":  # the program that writes it is not done yet
            whole = first.read_bytes()
            first.write_bytes(whole[: len(whole) // 2])
            caplog.clear()
            assert run(name).run().phase == "annotate"
            assert "not readable yet" in caplog.text
            first.write_bytes(whole)
        for id_ in query["ids"][1:]:
            save_mask(folder / f"{id_}.png", truth[id_])

    for round_ in range(2):
        assert run("whole").run().phase == "annotate"
        answer("whole", round_)
    assert run("whole").run().phase == "done"

    deaths = 0
    for round_ in range(3):
        step = 0
        while life.ends_before(lambda: run("killed").run(), step):
            step += 2
            deaths += 1
        if round_ < 2:
            answer("killed", round_)
    assert decisions(tmp_path / "killed") == decisions(tmp_path / "whole")
    assert deaths > 15
