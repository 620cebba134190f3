"""What every oracle that answers later must bear: kills at every step, refusals, late answers, and rounds that go on early."""

import logging
import re

import numpy as np
import pandas as pd
import pytest

from alseg.errors import QueryError
from alseg.oracles.oracle import Annotations, Oracle
from alseg.runs.ledger import Ledger
from alseg.runs.run_folder import RunFolder, State
from tests.helpers.discs import make_dataset
from tests.helpers.later_oracles import CASES, Letterbox
from tests.helpers.loop_runs import ENTROPY, decisions, make_run


class Kill(BaseException):
    """Stands for SIGKILL: nothing in alseg catches it."""


@pytest.fixture(params=CASES)
def case(request):
    return CASES[request.param]


@pytest.fixture(scope="module")
def dataset():
    return make_dataset(n=40, groups=20)


def start(case, folder, dataset, enough=1.0, **options):
    return make_run(folder, dataset, oracle=case.make(dataset, enough), strategy=ENTROPY, **options)


def asked(folder, round_):
    return Ledger(folder / "ledger.jsonl", writable=False).find("queried", round_)["ids"]


def by_and_by(case, folder, dataset, **options) -> State:
    """A run whose people answer each query in two parts, until it ends."""
    while True:
        state = start(case, folder, dataset, **options).run()
        if state.phase == "done":
            return state
        ids = asked(folder, state.round)
        case.answer(dataset, folder, state.round, ids[:1])
        assert start(case, folder, dataset, **options).run() == state
        case.answer(dataset, folder, state.round, ids)


@pytest.fixture(scope="module", params=CASES)
def undisturbed(request, tmp_path_factory, dataset):
    case, folder = CASES[request.param], tmp_path_factory.mktemp("undisturbed")
    by_and_by(case, folder, dataset)
    return case, folder


@pytest.mark.slow
def test_people_who_tell_the_truth_are_asked_what_the_simulated_annotator_is_asked(tmp_path, undisturbed, dataset):
    case, folder = undisturbed
    make_run(tmp_path, dataset, strategy=ENTROPY).run()
    live, simulated = decisions(folder), decisions(tmp_path)
    assert [(e["event"], e.get("ids"), e.get("metrics")) for e in live] == [
        (e["event"], e.get("ids"), e.get("metrics")) for e in simulated
    ]
    shown = case.shown(folder)
    assert len(shown) == len(set(shown)) == 7
    assert not (folder / "awaiting.json").exists()


WAITING = ("requests.open", "oracle.ask", "folder.save_waiting")
GOING_ON = ("folder.save_annotations", "hooks.annotation_end", "ledger.record", "folder.save_state")


@pytest.mark.slow
def test_killed_before_and_after_each_step_nothing_is_asked_twice_and_no_answer_is_lost(tmp_path, undisturbed, dataset):
    case, whole = undisturbed
    kills = [(step, when) for step in WAITING for when in ("before", "after")]
    killed_in_order(case, tmp_path, dataset, kills)
    case.answer(dataset, tmp_path, 0, asked(tmp_path, 0)[:1])
    killed_in_order(case, tmp_path, dataset, kills)
    case.answer(dataset, tmp_path, 0, asked(tmp_path, 0))
    killed_in_order(case, tmp_path, dataset, [(step, when) for step in GOING_ON for when in ("before", "after")])
    assert by_and_by(case, tmp_path, dataset).phase == "done"
    assert decisions(tmp_path) == decisions(whole)
    shown = case.shown(tmp_path)
    assert len(shown) == len(set(shown)) == 7
    labels = [[RunFolder(folder).load_annotations(r) for r in range(3)] for folder in (tmp_path, whole)]
    for (ids, targets), (other_ids, other_targets) in zip(*labels):
        assert ids == other_ids
        assert np.array_equal(targets, other_targets)


def killed_in_order(case, folder, dataset, kills):
    """Starts of a run, each killed in its first call of a step."""
    for step, when in kills:
        run = start(case, folder, dataset)
        part, name = step.split(".")
        target = getattr(run._annotating, part)
        object.__setattr__(target, name, killing(getattr(target, name), when))
        with pytest.raises(Kill):
            run.run()


def killing(method, when):
    def kill(*arguments, **options):
        if arguments and arguments[0] in ("started", "trained", "evaluated", "queried"):  # the ledger's other events
            return method(*arguments, **options)
        if when == "after":
            method(*arguments, **options)
        raise Kill

    return kill


@pytest.mark.slow
def test_refused_images_end_the_waiting_and_are_never_asked_for_again(tmp_path, case, dataset):
    start(case, tmp_path, dataset).run()
    first = asked(tmp_path, 0)
    case.refuse(tmp_path, 0, first[:1])
    assert start(case, tmp_path, dataset).run().phase == "annotate"
    waiting = RunFolder(tmp_path).load_waiting()
    assert (waiting.asked, waiting.answered, waiting.refused, waiting.awaited) == (3, 0, 1, 2)
    case.answer(dataset, tmp_path, 0, first[1:])
    assert start(case, tmp_path, dataset).run().round == 1
    annotated = Ledger(tmp_path / "ledger.jsonl").find("annotated", 0)
    assert (annotated["ids"], annotated["refused"]) == (first[1:], first[:1])
    assert not set(first) & set(asked(tmp_path, 1))


@pytest.mark.slow
def test_a_part_may_be_enough_and_late_answers_join_the_next_round(tmp_path, case, dataset):
    budget = (4, 2, 3)
    start(case, tmp_path, dataset, 0.75, budget=budget).run()
    first = asked(tmp_path, 0)
    case.answer(dataset, tmp_path, 0, first[1:3])
    assert start(case, tmp_path, dataset, 0.75, budget=budget).run().round == 0
    case.answer(dataset, tmp_path, 0, first[1:])
    assert start(case, tmp_path, dataset, 0.75, budget=budget).run() == State(1, "annotate")
    second = asked(tmp_path, 1)
    assert first[0] not in second
    assert RunFolder(tmp_path).load_waiting().late == 1
    case.answer(dataset, tmp_path, 0, first[:1])
    assert start(case, tmp_path, dataset, 0.75, budget=budget).run().round == 1  # the query of round 1 is what counts
    case.answer(dataset, tmp_path, 1, second)
    run = start(case, tmp_path, dataset, 0.75, budget=budget)
    assert run.run().round == 2
    ledger = Ledger(tmp_path / "ledger.jsonl")
    assert ledger.find("annotated", 0)["ids"] == first[1:]
    assert ledger.find("annotated", 1)["ids"] == [first[0], *second]
    assert len(ledger.find("annotated", 1)["cost"]) == 3
    assert run.pool.labelled == (*first[1:], first[0], *second)
    assert [row["n_labelled"] for row in ledger.rows()] == [3, 6]
    shown = case.shown(tmp_path)
    assert len(shown) == len(set(shown)) == 8
    # A start anew has the same pool.
    assert start(case, tmp_path, dataset, 0.75, budget=budget).run().round == 2
    assert set(asked(tmp_path, 2)).isdisjoint([*first, *second])


@pytest.mark.slow
def test_proceed_goes_on_once_with_what_is_there(tmp_path, case, dataset, caplog):
    start(case, tmp_path, dataset).run()
    with caplog.at_level(logging.WARNING):
        assert start(case, tmp_path, dataset, proceed=True).run() == State(0, "annotate")
    assert "nothing to go on with" in caplog.text
    first = asked(tmp_path, 0)
    case.answer(dataset, tmp_path, 0, first[:1])
    assert start(case, tmp_path, dataset, proceed=True).run() == State(1, "annotate")
    assert Ledger(tmp_path / "ledger.jsonl").labelled == first[:1]
    assert not set(first) & set(asked(tmp_path, 1))


@pytest.mark.slow
def test_with_the_whole_pool_asked_for_the_run_still_waits_for_what_is_open(tmp_path, case, dataset):
    budget = (None, 1, 3)
    start(case, tmp_path, dataset, 0.5, budget=(None, 1, 1)).run()
    first = asked(tmp_path, 0)
    case.answer(dataset, tmp_path, 0, first[:-2])
    state = unchecked(case, tmp_path, dataset, budget).run()
    assert state == State(1, "annotate")
    assert asked(tmp_path, 1) == []
    assert "waits for 2 images of earlier rounds" in RunFolder(tmp_path).load_waiting().paragraph()
    assert unchecked(case, tmp_path, dataset, budget).run() == state
    case.answer(dataset, tmp_path, 0, first)
    run = unchecked(case, tmp_path, dataset, budget)
    assert run.run().phase == "done"
    assert next(run.ledger.of("finished"))["reason"] == "the whole pool is labelled or refused"
    assert set(run.ledger.labelled) == set(first)


def unchecked(case, folder, dataset, budget):
    """A run whose budget is more than the pool, as it becomes by answers that are late."""
    run = start(case, folder, dataset, 0.9, budget=(None, 1, 1))
    run.budget.rounds = budget[2]
    return run


@pytest.mark.slow
def test_resuming_says_where_it_goes_on_and_how_much_is_there(tmp_path, case, dataset, caplog):
    start(case, tmp_path, dataset).run()
    case.answer(dataset, tmp_path, 0, asked(tmp_path, 0)[:2])
    with caplog.at_level(logging.INFO):
        start(case, tmp_path, dataset).run()
    assert f"{tmp_path}: goes on with round 0, phase annotate: 2 of 3 answers are there" in caplog.messages
    text = RunFolder(tmp_path).load_waiting().paragraph()
    assert text.startswith("Round 0 waits for 1 of its 3 images, asked for on ")
    assert re.search(r"asked for on 20\d\d-\d\d-\d\d \d\d:\d\d UTC", text)
    assert "--proceed" in text


@pytest.mark.slow
def test_the_request_tells_why_and_what_the_model_thinks_also_after_a_restart(tmp_path, dataset):
    seen = []

    class Curious(Letterbox):
        def ask(self, request):
            if request.predictions is not None:
                seen.append((request, request.predictions(request.ids)))
            return super().ask(request)

    case = CASES["letterbox"]
    make_run(tmp_path, dataset, oracle=Curious(dataset)).run()
    case.answer(dataset, tmp_path, 0, asked(tmp_path, 0))
    for _ in range(2):  # by the model in memory, and by its checkpoint
        make_run(tmp_path, dataset, oracle=Curious(dataset)).run()
    (request, live), (again, loaded) = seen
    assert request == again
    assert live.shape == (2, 2, 32, 32)
    assert live.dtype == np.float32
    assert np.array_equal(live, loaded)
    assert live.sum(axis=1) == pytest.approx(1, abs=1e-5)
    scores = [-(p * np.log2(p)).sum(axis=0).mean() for p in live]  # as a share of the most, ln 2
    assert scores == pytest.approx(list(request.scores), abs=1e-4)
    assert request.reasons[0].startswith(f"entropy {request.scores[0]:.3g}, highest of 25")
    assert request.reasons[1].startswith(f"entropy {request.scores[1]:.3g}, 2nd highest of 25")
    query = Ledger(tmp_path / "ledger.jsonl").find("queried", 1)
    assert query["reasons"] == list(request.reasons)
    assert request.asked == query["time"]
    assert request.run == tmp_path
    assert pd.read_csv(tmp_path / "rounds" / "01" / "picks.csv")["reason"].tolist() == list(request.reasons)
    assert pd.read_csv(tmp_path / "rounds" / "00" / "picks.csv")["reason"].tolist() == ["random draw"] * 3


@pytest.mark.slow
def test_who_answered_is_kept_image_by_image(undisturbed):
    _, folder = undisturbed
    annotated = Ledger(folder / "ledger.jsonl").find("annotated", 1)
    with np.load(folder / "rounds" / "01" / "annotations.npz") as file:
        kept = list(file["annotators"]) if "annotators" in file else None
    assert annotated.get("annotators") == kept
    assert kept is None or len(kept) == len(annotated["ids"])


def test_an_answer_and_a_refusal_of_one_image_are_caught(tmp_path, dataset):
    class Undecided(Oracle):
        def annotate(self, ids):
            targets = np.zeros((len(ids), 32, 32), np.uint8)
            return Annotations(tuple(ids), targets, np.ones(len(ids)), "undecided", tuple(ids[:1]))

    with pytest.raises(QueryError, match="one twice"):
        make_run(tmp_path, dataset, oracle=Undecided()).run()
