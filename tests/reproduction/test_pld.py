"""The numbers of experiments/pld: its signal by hand, and its comparisons on numbers made up for it."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch

from alseg.callbacks.events import EvaluationEnd, QueryEnd
from alseg.learners.refinement.self_refinement import SelfRefinement
from alseg.oracles.partial import Partial
from alseg.prediction import Prediction
from alseg.reproduction.readme import markdown
from alseg.selection.candidates import Candidates
from experiments.pld import analyse, signal
from tests.helpers.discs import make_dataset


class Folder:
    def __init__(self, path):
        self.path = path

    def round(self, number):
        return self.path


class Run:
    """What the callback asks of a run."""

    def __init__(self, path, dataset):
        self.pool = type("Pool", (), {"dataset": dataset})()
        self.config = {"oracle": {"_target_": "alseg.oracles.partial.Partial", "_partial_": True, "share": 0.5}}
        self.folder, self.round, self.metrics = Folder(path), 1, {}

    def write_file(self, name, content):
        (self.folder.path / name).write_bytes(content)

    def log_metrics(self, values):
        self.metrics |= values


def test_the_signal_is_measured_on_each_candidate_against_its_hidden_truth(tmp_path):
    dataset = make_dataset()
    run = Run(tmp_path, dataset)
    callback = signal.Signal()
    callback.on_run_start(run)
    rows = np.arange(4)
    truth = torch.from_numpy(np.stack([dataset.targets[row] for row in rows])).long()
    classes = len(dataset.classes)
    sure = 8 * torch.nn.functional.one_hot(truth, classes).movedim(-1, 1).float()
    sure[1, :, :2] = sure[1, :, :2].roll(1, 0)  # the second image: two rows are predicted wrongly, and surely so
    student = sure.clone()
    student[2] /= 4  # the student of the third is less sure
    prediction = Prediction(torch.stack([student, sure]), torch.zeros(4, 1))
    callback.on_predict_start(None, None)
    learner = SimpleNamespace(refine=SelfRefinement(confidence=0.8, contradiction=0.3))
    callback.on_predict_batch_end(None, learner, prediction, {"row": torch.from_numpy(rows)})
    ids = [dataset.ids[row] for row in rows]
    callback.on_query_end(run, QueryEnd(1, "pld", ids[:1], None, ["g"], Candidates(tuple(ids[:3]))))
    table = pd.read_csv(tmp_path / signal.FILE).set_index("id")

    assert list(table.index) == ids[:3]  # the fourth is no candidate
    assert table["error"].tolist() == pytest.approx([0, 2 / truth.shape[1], 0])
    assert table["pld"].idxmax() == ids[2]
    assert table.loc[ids[0], "pld"] == pytest.approx(0, abs=1e-6)
    traced = Partial(dataset, share=0.5).annotate(ids[:1]).targets[0]
    missing = float(np.mean(traced != dataset.targets[0]))
    assert missing > 0
    assert table.loc[ids[0], "gain"] == pytest.approx(
        missing
    )  # all that was not traced is filled by a teacher that is right

    callback.on_evaluation_end(run, EvaluationEnd(1, None, {}))
    assert set(run.metrics) == set(analyse.SIGNALS)
    assert run.metrics["signal/pld_error"] == pytest.approx(
        table[["pld", "error"]].corr("spearman").loc["pld", "error"]
    )


def test_a_round_without_a_look_at_the_pool_has_no_signal(tmp_path):
    run = Run(tmp_path, make_dataset())
    callback = signal.Signal()
    callback.on_run_start(run)
    callback.on_query_end(run, QueryEnd(1, "random", ["a"], None, ["g"], Candidates(("a",))))
    callback.on_evaluation_end(run, EvaluationEnd(1, None, {}))
    assert run.metrics == {}


def rows(dice, data="carotid_lumen", metric="test/dice", seeds=range(5)):
    lines = []
    for strategy, gained in dice.items():
        for seed in seeds:
            for n in (20, 30, 40):
                value = 0.9 if n == 20 else 0.8 + gained + 0.01 * seed + (n - 30) / 1000 + 0.001 * (seed == 1) * gained
                lines.append({"data": data, "strategy": strategy, "seed": seed, "n_labelled": n, metric: value})
    return pd.DataFrame(lines)


def test_the_trainings_after_the_shared_one_count():
    found = analyse.over_budgets(rows({"random": 0.0, "pld": 0.02}))["carotid_lumen"]
    assert found["random"] == {seed: pytest.approx(0.805 + 0.01 * seed) for seed in range(5)}
    lacking = rows({"random": 0.0})
    lacking = lacking[~((lacking["seed"] == 2) & (lacking["n_labelled"] == 40))]
    assert set(analyse.over_budgets(lacking)["carotid_lumen"]["random"]) == {0, 1, 3, 4}


def test_each_query_is_compared_with_the_control_that_was_registered():
    made = rows({"random": 0.0, "stratified_random": 0.03, "pld": 0.02, "pld_per_group": 0.02})
    table = analyse.compared(made)
    assert table[["ours", "control"]].to_numpy().tolist() == [["pld", "random"], ["pld_per_group", "stratified_random"]]
    column = next(name for name in table if name.startswith("difference"))
    assert [cell.split()[0] for cell in table[column]] == ["+0.0200", "-0.0100"]


def test_one_seed_compares_nothing_and_the_page_says_so():
    rows = pd.DataFrame(
        [("phantom_carotid", name, 0, n, 0.5) for name in ("pld", "random") for n in analyse.BUDGETS],
        columns=["data", "strategy", "seed", "n_labelled", "test/dice"],
    )
    assert markdown(analyse.compared(rows)) == "*This table has no lines yet.*"
