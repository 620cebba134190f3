"""Runs on data sets of which nothing or only a part is labelled."""

import logging
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from alseg.errors import ConfigError
from alseg.oracles.given import Given
from alseg.oracles.panel import Panel
from alseg.oracles.request import Request
from alseg.oracles.simulated import Simulated
from alseg.runs.ledger import Ledger
from alseg.runs.run_folder import RunFolder
from alseg.selection.k_center import KCenter
from alseg.selection.labelled import Labelled
from alseg.strategy import Strategy
from tests.helpers.discs import make_dataset
from tests.helpers.loop_runs import make_run
from tests.helpers.part_labelled import Person, with_targets
from tests.helpers.two_heads import TwoHeads, tiles

LABELLED = Strategy("labelled", Labelled())
TRUTH = make_dataset(n=24, groups=24)
GIVEN = TRUTH.ids[3:7]


def events(folder, kind):
    return list(Ledger(folder / "ledger.jsonl", writable=False).of(kind))


@pytest.mark.slow
def test_nothing_is_labelled(tmp_path, caplog):
    dataset, person = with_targets(TRUTH, ()), Person(TRUTH)
    with caplog.at_level(logging.INFO, "alseg"):
        make_run(tmp_path, dataset, oracle=person, budget=(3, 2, 2), worst=2).run()
    table = pd.read_csv(tmp_path / "metrics.csv")
    assert table["n_labelled"].tolist() == [3, 5]
    assert [name for name in table if name.startswith(("test/", "val/", "labels/"))] == []
    assert [path.name for path in tmp_path.rglob("*") if path.name in ("cases.csv", "worst.jpg", "cimt.csv")] == []
    assert events(tmp_path, "started")[0]["split"] == {"pool": 24, "val": 0, "test": 0}
    assert "no image of the pool has a label yet: all labels of its 24 images are asked for" in caplog.text
    assert "there is no test set: no model is tested, and there are no test/* metrics" in caplog.text
    assert "there is no validation set: every training ends with its last weights" in caplog.text


def test_no_callback_pretends_that_there_was_a_test(tmp_path):
    dataset = with_targets(replace(TRUTH, cimt="disc_1"), ())
    controller = make_run(tmp_path, dataset, oracle=Person(TRUTH), budget=(3, 2, 1))
    controller.view.log_metrics({"test/area_error": float("nan"), "labels/mine": 1.0})
    controller.run()
    assert list(events(tmp_path, "evaluated")[0]["metrics"]) == ["labels/mine"]


@pytest.mark.slow
def test_the_labels_that_are_there_come_first_and_cost_nothing(tmp_path, caplog):
    dataset, person = with_targets(TRUTH, GIVEN), Person(TRUTH)
    run = make_run(tmp_path, dataset, oracle=person, cold_start=LABELLED, split_test=0, split_val=0)
    with caplog.at_level(logging.INFO, "alseg"):
        run.run()
    queried, annotated = events(tmp_path, "queried"), events(tmp_path, "annotated")
    assert queried[0]["ids"] == annotated[0]["ids"] == sorted(GIVEN)
    assert (annotated[0]["annotator"], annotated[0]["cost"]) == ("data set", [0.0] * 4)
    assert set(person.asked) == {id_ for query in queried[1:] for id_ in query["ids"]}
    assert not set(person.asked) & set(GIVEN)
    assert pd.read_csv(tmp_path / "metrics.csv")["cost"].tolist() == [0.0, 60.0, 120.0]
    assert "4 of 24 images of the pool have labels already" in caplog.text
    ids, targets = RunFolder(tmp_path).load_annotations(0)
    assert np.array_equal(targets, TRUTH.targets[[TRUTH.ids.index(id_) for id_ in ids]])


@pytest.mark.slow
@pytest.mark.parametrize(("initial", "asked"), [(6, 2), (2, 0)])
def test_another_cold_start_asks_for_what_they_lack_to_the_first_labels(tmp_path, caplog, initial, asked):
    dataset, person = with_targets(TRUTH, GIVEN), Person(TRUTH)
    with caplog.at_level(logging.INFO, "alseg"):
        make_run(tmp_path, dataset, oracle=person, budget=(initial, 2, 1), split_test=0, split_val=0).run()
    query, annotated = events(tmp_path, "queried")[0], events(tmp_path, "annotated")[0]
    assert query["ids"][:4] == sorted(GIVEN)
    assert query["ids"][4:] == person.asked
    assert len(person.asked) == len({*person.asked} - {*GIVEN}) == asked
    assert annotated["ids"] == query["ids"]
    assert annotated["cost"] == [0.0] * 4 + [30.0] * asked
    if asked:
        assert annotated["annotators"] == ["data set"] * 4 + ["person"] * asked
        assert "cold_start=random asks for 2 more (cold_start=labelled would for none)" in caplog.text


@pytest.mark.slow
def test_a_cold_start_that_compares_images_knows_what_is_labelled(tmp_path):
    """Farthest from the labels that are there: by brute force."""
    dataset = with_targets(TRUTH, GIVEN)
    features = {id_: image.ravel().astype(np.float32) for id_, image in zip(TRUTH.ids, TRUTH.images)}

    class Pixels:
        needs_learner = False
        has_map = False

        def check(self, space):
            pass

        def features(self, space, ids):
            return np.stack([features[id_] for id_ in ids])

    start = Strategy("k_center", KCenter(normalise=False), space="embedding")
    run = make_run(
        tmp_path,
        dataset,
        oracle=Person(TRUTH),
        cold_start=start,
        budget=(5, 2, 1),
        space=Pixels(),
        split_test=0,
        split_val=0,
    )
    run.run()
    to_nearest = {
        id_: min(((features[id_] - features[other]) ** 2).sum() for other in GIVEN)
        for id_ in TRUTH.ids
        if id_ not in GIVEN
    }
    assert events(tmp_path, "queried")[0]["ids"][4:] == [max(to_nearest, key=to_nearest.__getitem__)]


@pytest.mark.slow
def test_a_run_that_goes_on_has_the_same_labels(tmp_path):
    dataset, person = with_targets(TRUTH, GIVEN), Person(TRUTH)
    options = {"cold_start": LABELLED, "split_test": 0, "split_val": 0}
    make_run(tmp_path / "once", dataset, oracle=person, **options).run()

    class Killed(BaseException):
        pass

    class Killer(Person):
        def annotate(self, ids):
            if not self.asked:
                self.asked.append("")
                raise Killed
            return super().annotate(ids)

    killer = Killer(TRUTH)
    with pytest.raises(Killed):
        make_run(tmp_path / "twice", dataset, oracle=killer, **options).run()
    make_run(tmp_path / "twice", dataset, oracle=killer, **options).run()
    once, twice = (Ledger(tmp_path / name / "ledger.jsonl", writable=False).decisions() for name in ("once", "twice"))
    assert [event["ids"] for event in once if "ids" in event] == [event["ids"] for event in twice if "ids" in event]


@pytest.mark.slow
def test_parts_of_what_is_labelled_are_validated_and_tested_on(tmp_path):
    """Ten of 24 have a target: one is validated on and two are tested on; the others are first labels."""
    given = TRUTH.ids[:10]
    dataset, person = with_targets(TRUTH, given), Person(TRUTH)
    controller = make_run(tmp_path, dataset, oracle=person, cold_start=LABELLED)
    controller.run()
    split = controller.pool.split
    assert (len(split.val), len(split.test)) == (1, 2)
    assert {*split.val, *split.test, *controller.pool.given} == {*given}
    table = pd.read_csv(tmp_path / "metrics.csv")
    assert table["test/dice"].notna().all()
    assert not {*person.asked} & {*given}


@pytest.mark.slow
def test_classification(tmp_path):
    truth = tiles()
    given = truth.ids[:6]
    dataset, person = with_targets(truth, given), Person(truth)
    run = make_run(
        tmp_path,
        dataset,
        oracle=person,
        cold_start=LABELLED,
        make_learner=TwoHeads,
        split_test=0,
        split_val=0,
        budget=(1, 2, 2),
    )
    run.run()
    assert events(tmp_path, "annotated")[0]["ids"] == sorted(given)
    assert (RunFolder(tmp_path).load_annotations(0)[1] >= 0).all()
    assert not {*person.asked} & {*given}


@pytest.mark.parametrize("dataset", [with_targets(TRUTH, ()), with_targets(TRUTH, TRUTH.ids[1:])])
def test_a_simulated_oracle_has_no_answer(dataset):
    panel = {"one": lambda dataset: Simulated(dataset), "two": lambda dataset: Person(TRUTH)}
    for make in (lambda: Simulated(dataset), lambda: Panel(dataset, panel)):
        with pytest.raises(ConfigError) as caught:
            make()
        assert "of 24 images have no mask" in str(caught.value)
        assert "oracle=folder or oracle=label_studio" in str(caught.value)
        assert '"data.where={mask:*}"' in str(caught.value)


@pytest.mark.parametrize("given", [(), TRUTH.ids])
def test_no_labels_to_begin_with(tmp_path, given):
    with pytest.raises(ConfigError, match="cold_start=labelled: it begins with the labels"):
        make_run(
            tmp_path,
            replace(with_targets(TRUTH, given), has_target=None) if given else with_targets(TRUTH, given),
            oracle=Person(TRUTH),
            cold_start=LABELLED,
        )


def test_a_budget_that_counts_labels_that_are_there(tmp_path):
    dataset = with_targets(TRUTH, GIVEN)
    with pytest.raises(ConfigError, match="11 initial .* the pool has 24, 4 of which have labels already"):
        make_run(tmp_path, dataset, oracle=Person(TRUTH), budget=(15, 10, 2), split_test=0, split_val=0)


def test_people_are_shown_what_has_no_label_alone():
    seen = []

    class Later(Person):
        def ask(self, request):
            seen.append(request)
            return self.annotate(request.open[1:])

    request = Request(
        0,
        (*GIVEN, *TRUTH.ids[:3]),
        groups=tuple("abcdefg"),
        reasons=tuple("1234567"),
        metadata={"site": list("tuvwxyz")},
        taken=frozenset(GIVEN[:1]),
    )
    answer = Given(with_targets(TRUTH, GIVEN), GIVEN, Later(TRUTH)).ask(request)
    assert (seen[0].ids, seen[0].groups, seen[0].reasons) == (TRUTH.ids[:3], ("e", "f", "g"), ("5", "6", "7"))
    assert seen[0].metadata == {"site": ("x", "y", "z")}
    assert seen[0].pick(TRUTH.ids[1]) == {"order": 1, "group": "f", "score": None, "reason": "6"}
    assert answer.ids == (*GIVEN[1:], *TRUTH.ids[1:3])  # one was taken already, and one is still awaited


def test_what_is_asked_of_people_is_answered_by_them():
    """What is asked of the inner oracle never names an image of the data set's own labels."""
    dataset, person = with_targets(TRUTH, GIVEN), Person(TRUTH)
    answer = Given(dataset, GIVEN, person).annotate([TRUTH.ids[0], GIVEN[1], TRUTH.ids[1]])
    assert answer.ids == (GIVEN[1], TRUTH.ids[0], TRUTH.ids[1])
    assert answer.annotators == ("data set", "person", "person")
    assert answer.cost.tolist() == [0, 30, 30]
    assert person.asked == [TRUTH.ids[0], TRUTH.ids[1]]
    assert np.array_equal(answer.targets, TRUTH.targets[[4, 0, 1]])
