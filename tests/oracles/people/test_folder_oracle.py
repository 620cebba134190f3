"""People who answer by files in a folder."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from alseg.composition.instantiate import factory
from alseg.data.dataset import Dataset
from alseg.data.folder import load_folder
from alseg.loop.controller import ActiveLearningController
from alseg.oracles.folder import Folder
from alseg.oracles.oracle import Oracle
from alseg.oracles.panel import Panel
from alseg.oracles.request import Request
from alseg.oracles.simulated import Simulated
from alseg.runs.arrivals import arrivals
from tests.helpers.asked import requested, save_mask
from tests.helpers.composed import composed
from tests.helpers.discs import make_dataset
from tests.helpers.loop_runs import decisions, make_run


def answers_of(run: Path, round_: int) -> Path:
    return run / "requests" / f"round-{round_:02d}" / "answers"


def test_any_number_in_any_order(dataset: Dataset, tmp_path: Path) -> None:
    """Answers come back in the order of the query; what was taken is not read again, whatever has become of it."""
    oracle, ids = Folder(dataset, seconds_per_image=11), dataset.ids[:4]
    oracle.ask(requested(dataset, tmp_path, *ids))
    answers, truth = answers_of(tmp_path, 0), dict(zip(dataset.ids, dataset.targets))
    for id_ in (ids[3], ids[1]):
        save_mask(answers / f"{id_}.png", truth[id_])
    (answers / "answers.csv").write_text(
        f"id,seconds,annotator,refused\n{ids[1]},30,ann,no\n{ids[0]},,bob,out of focus\n", "utf-8"
    )
    answer = oracle.ask(requested(dataset, tmp_path, *ids))
    assert (answer.ids, answer.refused) == ((ids[1], ids[3]), (ids[0],))
    assert np.array_equal(answer.targets, [truth[ids[1]], truth[ids[3]]])
    assert (answer.cost.tolist(), answer.annotator, answer.annotators) == ([30, 11], "people", ("ann", "people"))
    assert Folder.arrived({}, tmp_path, 0, ids) == [ids[0], ids[1], ids[3]]
    (answers / f"{ids[1]}.png").write_text("no longer a mask")
    again = oracle.ask(requested(dataset, tmp_path, *ids, taken=frozenset({ids[0], ids[1]})))
    assert (again.ids, again.refused) == ((ids[3],), ())


def test_a_folder_of_answers_that_is_not_there_is_said(
    dataset: Dataset, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    Folder(dataset, answers=tmp_path / "msks").ask(requested(dataset, tmp_path / "run", *dataset.ids[:2]))
    assert f"oracle.answers={tmp_path / 'msks'}: there was no such folder, and an empty one is made" in caplog.text


def test_one_folder_for_all_queries(dataset: Dataset, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """It may hold the masks of everything, and more: only what is asked for is read."""
    caplog.set_level("INFO")
    masks = tmp_path / "masks"
    masks.mkdir()
    for id_, target in zip(dataset.ids, dataset.targets):
        save_mask(masks / f"{id_}.png", target)
    oracle = Folder(dataset, answers=masks)
    for round_, ids in enumerate([dataset.ids[:2], dataset.ids[2:5]]):
        answer = oracle.ask(requested(dataset, tmp_path / "run", *ids, round_=round_))
        assert answer.ids == ids
        assert oracle.where(round_) == str(masks)
        assert Folder.arrived({"answers": str(masks)}, tmp_path / "run", round_, ids) == list(ids)
    said = [record.getMessage() for record in caplog.records]
    assert len(said) == 2
    assert f"{masks}: {len(dataset.ids) - 2} answers are to images that round 0 did not ask for" in said[0]
    assert not answers_of(tmp_path / "run", 0).exists()


def test_two_people_need_two_folders(dataset: Dataset) -> None:
    makers = {name: lambda dataset, name=name: Folder(dataset, annotator=name) for name in ("ann", "bob")}
    with pytest.raises(
        ValueError, match=r"annotators: ann and bob answer in the same folder; .* annotators\.bob\.answers=FOLDER"
    ):
        Panel(dataset, makers)


def test_an_answer_in_the_folder_of_another_round(
    dataset: Dataset, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """It says which; and many files of unknown names are not named one by one."""
    oracle, (early, late) = Folder(dataset), dataset.ids[:2]
    for round_, id_ in enumerate((early, late)):
        oracle.ask(requested(dataset, tmp_path, id_, round_=round_))
    save_mask(answers_of(tmp_path, 1) / f"{early}.png", dataset.targets[0])
    for number in range(30):
        (answers_of(tmp_path, 1) / f"other_{number:02d}.png").touch()
    oracle.ask(requested(dataset, tmp_path, late, round_=1))
    said = [record.getMessage() for record in caplog.records]
    assert said[0].endswith(
        f"round 1 did not ask for this image; round 0 did, move the answer to {answers_of(tmp_path, 0)}"
    )
    assert len(said) == 22
    assert said[-1] == f"{answers_of(tmp_path, 1)}: 10 more files have names that no image has"


def test_a_round_of_late_answers_alone(dataset: Dataset, tmp_path: Path) -> None:
    assert Folder(dataset).ask(Request(round=2, ids=(), run=tmp_path)).ids == ()
    assert not (tmp_path / "requests").exists()
    assert Folder.arrived({}, tmp_path, 2, ["a"]) is None


@pytest.mark.parametrize(
    ("settings", "line"),
    [
        ({"images": "move"}, "images=move: it is copy or link"),
        ({"mask_255": "white"}, "mask_255=white: it is one of foreground, ignored, ignored_if_alone, or null"),
        ({"seconds_per_image": -1}, "seconds_per_image=-1: a cost cannot be negative"),
        ({"enough": 0}, "enough=0: it must be a number above 0 to 1"),
        ({"answers": __file__}, "answers=.*: it is a file; give the folder of the answers"),
    ],
)
def test_impossible_settings(dataset: Dataset, settings: dict[str, Any], line: str) -> None:
    with pytest.raises(ValueError, match=line):
        Folder(dataset, **settings)


@pytest.mark.slow
def test_the_config_makes_it(dataset: Dataset) -> None:
    oracle = factory(
        composed("oracle=folder", "oracle.enough=0.8", "data=folder", "data.root=x", "data.mask_255=ignored").oracle
    )(dataset=dataset)
    assert isinstance(oracle, Folder)
    assert (oracle.enough, oracle.mask_255, oracle.place, oracle.simulated) == (0.8, "ignored", None, False)


def test_two_people_are_fused(tmp_path: Path) -> None:
    """Each in a folder of their own; they share the request."""
    dataset = make_dataset(n=4, groups=4)
    names = ("ann", "bob", "eve")
    makers = {name: lambda dataset, name=name: Folder(dataset, tmp_path / name, annotator=name) for name in names}
    panel, (id_, *_) = Panel(dataset, makers), dataset.ids
    assert panel.ask(requested(dataset, tmp_path, id_)).ids == ()
    true, empty = dataset.targets[0], np.zeros_like(dataset.targets[0])
    for name, mask in zip(names, [true, empty, true]):
        save_mask(tmp_path / name / f"{id_}.png", mask)
    answer = panel.ask(requested(dataset, tmp_path, id_))
    assert (answer.ids, answer.cost.tolist()) == ((id_,), [180])
    assert np.array_equal(answer.targets[0], true)


def test_late_answers_are_awaited_where_each_was_asked_for(dataset: Dataset, tmp_path: Path) -> None:
    """A round that is about the late answers to two queries names both of their folders."""
    run = make_run(tmp_path, dataset, oracle=Folder(dataset), budget=(2, 1, 3))
    run.run()
    requests = [requested(dataset, tmp_path, id_, round_=round_) for round_, id_ in enumerate(dataset.ids[:2], start=3)]
    none = replace(requests[0], round=5, ids=())
    waiting = run._annotating._waiting([*requests, none], [run.oracle.ask(r) for r in [*requests, none]], "", None)
    assert waiting.late == 2
    assert waiting.where == f"{answers_of(tmp_path, 3)} and {answers_of(tmp_path, 4)}"


def test_what_has_arrived_at_a_panel(tmp_path: Path) -> None:
    """What all people have answered, so that `alseg status --watch` sees it; noise that is put on answers hides none."""
    folder = "alseg.oracles.folder.Folder"
    people = {n: {"_target_": folder, "answers": str(tmp_path / n), "enough": 1.0} for n in ("ann", "bob")}
    noisy = {"_target_": "alseg.oracles.noisy.Noisy", "of": people["bob"]}
    truth = {"_target_": "alseg.oracles.simulated.Simulated"}
    panel = {"_target_": "alseg.oracles.panel.Panel", "annotators": {"ann": people["ann"], "b": noisy, "c": truth}}
    dataset = make_dataset(n=4, groups=4)
    ids = dataset.ids[:2]
    for name in people:
        Folder(dataset, tmp_path / name).ask(requested(dataset, tmp_path, *ids))
    for name, id_ in (("ann", ids[0]), ("ann", ids[1]), ("bob", ids[1])):
        save_mask(tmp_path / name / f"{id_}.png", dataset.targets[0])
    assert arrivals(panel, tmp_path, 0, ids) == 1
    panel["annotators"]["d"] = {"_target_": "tests.helpers.later_oracles.Letterbox", "enough": 1.0}
    assert arrivals(panel, tmp_path / "elsewhere", 0, ids) is None


@pytest.mark.slow
def test_a_person_who_knows_the_truth_is_asked_what_a_simulation_asks(data_root: Path, tmp_path: Path) -> None:
    """On real images whose masks are larger than what the model sees; the run is started anew for each answer."""
    groups = ["202201121748100022VAS", "202201121806070027VAS", "202201121815070032VAS", "202201121837530038VAS"]
    dataset, whole = (load_folder(data_root / "carotid_lumen", size, where={"group": groups}) for size in (32, 256))
    truth = dict(zip(dataset.ids, whole.targets))

    def go(name: str, oracle: Oracle) -> ActiveLearningController:
        run = make_run(tmp_path / name, dataset, oracle=oracle, budget=(4, 3, 3), split_val=0.0, split_test=0.25)
        run.run()
        return run

    go("simulated", Simulated(dataset))
    for round_, parts in enumerate((1, 2, 1)):
        query = go("live", Folder(dataset, annotator="truth")).ledger.find("queried", round_)
        assert query is not None
        for part in range(parts):
            for id_ in query["ids"][::-1][part::parts]:
                save_mask(answers_of(tmp_path / "live", round_) / f"{id_}.png", truth[id_])
            assert go("live", Folder(dataset, annotator="truth")).ledger.labelled
    assert decisions(tmp_path / "live") == decisions(tmp_path / "simulated")
    assert decisions(tmp_path / "live")[-1]["event"] == "finished"
