"""The audit of the model on what was drawn at random in every query."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from omegaconf import OmegaConf

from alseg.callbacks.audit import PREDICTIONS, Audit
from alseg.callbacks.callback import Callback
from alseg.callbacks.events import AnnotationEnd
from alseg.composition.schema import Audit as Setting
from alseg.errors import ConfigError
from alseg.loop.job import build, with_audit
from alseg.metrics.audit_rounds import as_it_was, window
from alseg.metrics.audit_table import FILE, audited_pools, joined, read_answers, scores
from alseg.metrics.pool_estimate import pool_estimate
from alseg.runs.ledger import Ledger
from alseg.runs.run_folder import RunFolder
from alseg.selection.audited import NOTE, Audited
from alseg.tracking.tracker import Tracker
from tests.helpers.discs import make_dataset
from tests.helpers.later_oracles import CASES
from tests.helpers.loop_runs import ENTROPY, make_callbacks, make_run
from tests.helpers.run_process import write_config

AUDITED = replace(ENTROPY, selector=Audited(ENTROPY.selector, 0.4))
BUDGET = (3, 5, 4)


def audited_run(folder, **options):
    callbacks = {**make_callbacks(), "audit": Audit(0.4, least=3)} | options.pop("more", {})
    return make_run(folder, budget=BUDGET, strategy=AUDITED, callbacks=callbacks, **options)


def answers(folder, round_):
    return read_answers(folder / "rounds" / f"{round_:02d}" / FILE)


def queried(folder, round_):
    return Ledger(folder / "ledger.jsonl", writable=False).find("queried", round_)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("whole")
    run = audited_run(folder, settings={"checkpoints": "all"})
    run.run()
    return folder, run


def test_answers_are_scored_with_the_model_that_did_not_know_them(whole):
    folder, run = whole
    for round_ in (1, 2, 3):
        table, note = answers(folder, round_), queried(folder, round_)["notes"][NOTE]
        assert table["id"].tolist() == queried(folder, round_)["ids"]
        assert table["id"][table["drawn"] == 1].tolist() == [i for i in table["id"] if i in note["ids"]]
        assert (table["asked"] == round_).all()
        assert (table["rest"] == note["rest"]).all()
        learner, pool = run._models._load(round_ - 1), run.pool
        learner.eval()
        images = pool.images(table["id"].tolist())
        predicted = learner.final(learner.predict_step({"image": images})).argmax(dim=1).byte().numpy()
        truth = pool.dataset.targets[[pool.row(id_) for id_ in table["id"]]]
        expected = scores(predicted, truth, pool.dataset)
        np.testing.assert_allclose(table["dice_disc_1"], expected["dice_disc_1"], atol=1e-6)


def test_estimates_are_of_the_model_of_the_round_before(whole):
    folder, _ = whole
    table = pd.read_csv(folder / "metrics.csv")
    assert table.loc[0].filter(like="audit/").isna().all()
    assert table["audit/model"].tolist()[1:] == [0, 1, 2]
    assert table["audit/labels"].tolist()[1:] == table["n_labelled"].tolist()[:3]
    assert table["audit/drawn"].tolist()[1:] == [2, 2, 2]
    pools = list(audited_pools(joined([answers(folder, round_) for round_ in (1, 2, 3)]), "dice").values())
    for column, some in (
        ("dice", pools[-1:]),
        ("running/dice", window(pools, 3)),
        ("as_it_was/dice", as_it_was(pools)[-1:]),
    ):
        found = pool_estimate(some)
        last = table.iloc[-1][[f"audit/{column}", f"audit/{column}_low", f"audit/{column}_high"]].to_list()
        assert last == pytest.approx([found.value, found.low, found.high], abs=1e-5)


def test_without_a_share_nothing_is_left_behind(tmp_path):
    make_run(tmp_path, budget=(3, 2, 2)).run()
    assert not list(tmp_path.rglob(FILE))
    assert not list(tmp_path.rglob(PREDICTIONS))


class Kill(BaseException):
    pass


@pytest.mark.slow
@pytest.mark.parametrize("hook", ["on_query_end", "on_annotation_end", "on_evaluation_end"])
def test_killed_after_a_hook_and_gone_on_the_estimates_are_the_same(tmp_path, whole, hook):
    calls = iter(["first"])

    def kill(*_):
        if next(calls, "second") == "second":
            raise Kill

    killer = Callback()
    setattr(killer, hook, kill)
    with pytest.raises(Kill):
        audited_run(tmp_path, settings={"checkpoints": "all"}, more={"killer": killer}).run()
    audited_run(tmp_path, settings={"checkpoints": "all"}).run()
    tables = [pd.read_csv(folder / "metrics.csv").filter(like="audit/") for folder in (tmp_path, whole[0])]
    pd.testing.assert_frame_equal(*tables)
    assert (tmp_path / "rounds" / "02" / FILE).read_bytes() == (whole[0] / "rounds" / "02" / FILE).read_bytes()


def test_an_answer_that_is_late_is_scored_with_the_model_of_its_query(whole, tmp_path):
    folder, run = whole
    first, second = (queried(folder, round_)["ids"] for round_ in (1, 2))
    targets = run.pool.dataset.targets[[run.pool.row(id_) for id_ in (*second[:4], first[0])]]
    view, oracle = run.view, run.oracle
    given = replace(oracle.annotate([*second[:4], first[0]]), targets=targets)
    kept = (folder / "rounds" / "02" / FILE).read_bytes()
    view.round = 2
    Audit(0.4).on_annotation_end(view, AnnotationEnd(2, given))
    table = answers(folder, 2)
    (folder / "rounds" / "02" / FILE).write_bytes(kept)
    assert table["asked"].tolist() == [1, 2, 2, 2, 2]
    assert table["id"].tolist() == [first[0], *second[:4]]
    assert table["dice_disc_1"][0] == pytest.approx(answers(folder, 1)["dice_disc_1"][0], abs=1e-6)


@pytest.mark.slow
def test_who_answers_sees_neither_what_was_drawn_nor_what_the_model_says(tmp_path):
    case, dataset = (
        CASES["letterbox"] if "letterbox" in CASES else next(iter(CASES.values())),
        make_dataset(n=40, groups=20),
    )
    seen = []

    def start():
        oracle = case.make(dataset, 1.0)
        ask = oracle.ask
        oracle.ask = lambda request: (seen.append(request), ask(request))[1]
        return audited_run(tmp_path, dataset=dataset, oracle=oracle)

    while (state := start().run()).phase != "done":
        case.answer(dataset, tmp_path, state.round, queried(tmp_path, state.round)["ids"])
    first, later = [r for r in seen if r.round == 0], [r for r in seen if r.round > 0]
    assert {*first[0].reasons} == {"random draw"}
    for request in later:
        assert request.scores is None
        assert request.predictions is None
        assert len({*request.reasons}) == 1
    assert len(pd.read_csv(tmp_path / "metrics.csv")["audit/dice"].dropna()) == 3


def test_a_command_line_sets_the_share(tmp_path):
    config = OmegaConf.load(write_config(tmp_path / "run") / "config.yaml")
    config.audit = {"share": 0.3, "preannotate": True}
    config.callbacks = {"audit": {"_target_": "alseg.callbacks.audit.Audit", "share": 0.3}}
    run = build(config, RunFolder(tmp_path / "run"), Tracker())
    assert (run.strategy.selector.share, run.strategy.selector.preannotate) == (0.3, True)
    assert run.callbacks["audit"].share == 0.3


def test_a_share_that_is_none_is_an_error():
    assert with_audit(ENTROPY, Setting(0.0)) is ENTROPY
    with pytest.raises(ConfigError, match=r"audit\.share=1\.2"):
        with_audit(ENTROPY, Setting(1.2))
    with pytest.raises(ValueError, match="least=1"):
        Audit(0.2, least=1)
