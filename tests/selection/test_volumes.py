"""Queries of whole volumes: their slices are averaged, and asked for together."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from alseg.cli import main
from alseg.errors import ConfigError, DataError
from alseg.oracles.simulated import Simulated
from alseg.runs.ledger import Ledger
from alseg.selection.candidates import Candidates
from alseg.selection.cluster_fps import ClusterFPS
from alseg.selection.k_center import KCenter
from alseg.selection.random import Random
from alseg.selection.stratified_random import StratifiedRandom
from alseg.selection.subsample import Subsample
from alseg.selection.top import Top
from alseg.selection.volumes import by_volume, select
from tests.helpers.discs import make_dataset
from tests.helpers.loop_runs import K_CENTER, make_run

VOLUME_OF = {"a1": "A", "a2": "A", "b1": "B", "b2": "B", "b3": "B", "c1": "C", "d1": "D", "d2": "D"}


def slices(**more) -> Candidates:
    """Volume C is labelled, the slices of the others stand in no order."""
    return Candidates(
        ids=("b2", "a1", "d1", "b1", "a2", "b3", "d2"),
        scores=np.array([1, 5, 0, 2, 7, 9, 1], dtype=np.float32),
        features=np.array([[0, 3], [1, 1], [9, 9], [0, 0], [3, 1], [3, 0], [9, 7]], dtype=np.float32),
        probabilities=np.array([[1, 0], [0.5, 0.5], [0, 1], [0, 1], [1, 0], [0.5, 0.5], [0, 1]], dtype=np.float32),
        groups=("p1", "p1", "p2", "p1", "p1", "p1", "p2"),
        labelled_ids=("c1",),
        labelled_features=np.array([[2, 2]], dtype=np.float32),
        labelled_groups=("p3",),
        **more,
    )


def rng():
    return np.random.default_rng(0)


def test_a_volume_is_the_mean_of_its_slices():
    volumes = by_volume(slices(), VOLUME_OF)
    assert volumes.ids == ("A", "B", "D")
    assert volumes.scores.tolist() == [6, 4, 0.5]
    assert volumes.features.tolist() == [[2, 1], [1, 1], [9, 8]]
    assert volumes.probabilities.tolist() == [[0.75, 0.25], [0.5, 0.5], [0, 1]]
    assert volumes.groups == ("p1", "p1", "p2")
    assert (volumes.labelled_ids, volumes.labelled_groups) == (("C",), ("p3",))
    assert volumes.labelled_features.tolist() == [[2, 2]]


def test_what_nobody_gave_stays_away():
    volumes = by_volume(Candidates(("a1", "b1"), labelled_ids=("c1",)), VOLUME_OF)
    assert (volumes.scores, volumes.features, volumes.probabilities, volumes.groups) == (None, None, None, None)
    assert volumes.labelled_features.shape == (0, 0)


def test_all_slices_of_the_picked_volumes_are_asked_for():
    assert select(Top(), slices(), 2, rng(), VOLUME_OF) == ["a1", "a2", "b1", "b2", "b3"]
    assert select(KCenter(), slices(), 1, rng(), VOLUME_OF) == ["d1", "d2"]  # the farthest from C
    assert select(Random(), slices(), 9, rng(), VOLUME_OF) == ["a1", "a2", "b1", "b2", "b3", "d1", "d2"]
    assert select(Random(), slices(), 0, rng(), VOLUME_OF) == []
    assert {"d1", "d2"} < set(select(StratifiedRandom(), slices(), 2, rng(), VOLUME_OF))  # one of each group
    assert select(Top(), slices(), 2, rng()) == ["b3", "a2"]


def test_the_order_of_the_pool_does_not_matter():
    candidates = slices()
    turned = candidates.take(np.arange(len(candidates))[::-1])
    for selector in (Random(), Top(), KCenter()):
        assert select(selector, candidates, 2, rng(), VOLUME_OF) == select(selector, turned, 2, rng(), VOLUME_OF)


def test_notes_speak_of_images():
    candidates = slices()
    picked = select(ClusterFPS(), candidates, 2, rng(), VOLUME_OF)
    notes = json.loads(json.dumps(candidates.notes))
    assert [pick["id"] for pick in notes["picks"]] == picked
    assert all(pick["why"] for pick in notes["picks"])
    assert notes["clusters"].keys() == VOLUME_OF.keys()
    for volume in "ABD":
        assert len({notes["clusters"][id_] for id_ in VOLUME_OF if VOLUME_OF[id_] == volume}) == 1


def test_a_selector_inside_another_one_saw_only_some_volumes():
    volume_of = {f"v{i % 20:02d}s{i // 20}": f"v{i % 20:02d}" for i in range(40)}
    features = np.random.default_rng(1).normal(size=(40, 2)).astype(np.float32)
    candidates = Candidates(tuple(volume_of), features=features)
    picked = select(Subsample(ClusterFPS(), size=10), candidates, 3, rng(), volume_of)
    assert len(candidates.notes["clusters"]) == 2 * 10
    assert set(picked) < set(candidates.notes["clusters"])


def volumes_of_four(n=40):
    dataset = make_dataset(n=n, groups=n // 4)
    return replace(dataset, volumes=tuple(f"volume {group}" for group in dataset.groups))


@pytest.mark.slow
def test_a_run_that_asks_for_volumes(tmp_path):
    dataset = volumes_of_four()
    run = make_run(tmp_path, dataset, budget=(2, 1, 3), strategy=K_CENTER)
    assert run.run().phase == "done"
    table = pd.read_csv(tmp_path / "metrics.csv")
    assert table["n_labelled"].tolist() == [2, 3, 4]
    assert table["n_images"].tolist() == [8, 12, 16]
    assert table["cost"].tolist() == [60 * 8, 60 * 12, 60 * 16]
    ledger = Ledger(tmp_path / "ledger.jsonl")
    for query in ledger.of("queried"):
        asked, whole = set(query["ids"]), set(query["volumes"])
        assert query["volumes"] == [dataset.volumes[dataset.ids.index(id_)] for id_ in query["ids"]]
        assert asked == {id_ for id_, volume in zip(dataset.ids, dataset.volumes) if volume in whole}
        assert len(whole) == (2 if query["round"] == 0 else 1)


@pytest.mark.slow
def test_a_pick_has_the_score_of_its_volume(tmp_path):
    """Rules that stop a run look at what chose, not at single slices; these are in scores.parquet."""
    dataset = volumes_of_four()
    make_run(tmp_path, dataset, budget=(2, 1, 2)).run()
    query = Ledger(tmp_path / "ledger.jsonl").find("queried", 1)
    table = pd.read_parquet(tmp_path / "rounds" / "01" / "scores.parquet")
    means = table.groupby([dataset.volumes[dataset.ids.index(id_)] for id_ in table["id"]])["score"].mean()
    assert query["scores"] == pytest.approx([means.max()] * 4)
    assert table.loc[table["pick"].notna(), "score"].nunique() == 4


@pytest.mark.slow
def test_slices_may_be_refused(tmp_path):
    class Choosy(Simulated):
        def annotate(self, ids):
            answer = super().annotate(ids[1:])
            return replace(answer, refused=(ids[0],))

    dataset = volumes_of_four()
    run = make_run(tmp_path, dataset, budget=(2, 1, 3), oracle=Choosy(dataset))
    assert run.run().phase == "done"
    table = pd.read_csv(tmp_path / "metrics.csv")
    assert table["n_labelled"].tolist() == [2, 3, 4]
    assert table["n_images"].tolist() == [7, 10, 13]


def test_the_same_images_in_other_volumes_are_other_data():
    pools = [make_run(Path("x"), one).pool.fingerprint() for one in (volumes_of_four(), make_dataset(n=40, groups=10))]
    assert pools[0] != pools[1]


def test_the_budget_counts_volumes(tmp_path):
    message = r"3 initial \+ 2 x 2 queried volumes are 7, and the pool has 5; lower budget.initial"
    with pytest.raises(ConfigError, match=message):
        make_run(tmp_path, volumes_of_four(32), budget=(3, 2, 3))


def test_a_volume_lies_in_one_group():
    dataset = make_dataset(n=4, groups=2)
    with pytest.raises(
        DataError, match=r"volume 'x' lies in the groups 'group_0' and 'group_1'; all images of a volume"
    ):
        replace(dataset, volumes=("x", "x", "y", "y"))
    assert replace(dataset, volumes=("x", "y", "x", "z")).images_per_query == 4 / 3


@pytest.mark.slow
def test_from_the_command_line(tmp_path, capsys):
    """Ten patients of two volumes of three slices; half of the images are for validation, at most 5 x 1 volume of them."""
    Image.fromarray(np.arange(1024, dtype=np.uint8).reshape(32, 32)).save(tmp_path / "x.png")
    Image.fromarray(np.eye(32, dtype=np.uint8)).save(tmp_path / "mask.png")
    rows = [f"p{p}v{v}s{s},x.png,mask.png,p{p},p{p}v{v}" for p in range(10) for v in range(2) for s in range(3)]
    (tmp_path / "manifest.csv").write_text("\n".join(["id,image,mask,group,volume", *rows]) + "\n")
    tiny = ["learner.weights=none", "trainer.steps=1", "trainer.accelerator=cpu", "worst=0", "logger=csv", "map=none"]
    tiny += ["data=folder", f"data.root={tmp_path}", "data.size=32", "strategy=random", "run_dir=out", "split.val=0.5"]
    budget = ["budget.initial=1", "budget.query=1", "budget.rounds=2"]
    assert main(["run", *tiny, *budget, "data.unit=volume"]) == 0
    started, *rest = map(json.loads, Path("out/ledger.jsonl").read_text().splitlines())
    assert started["split"] == {"pool": 18, "val": 15, "test": 12}
    assert [len(event["ids"]) for event in rest if event["event"] == "queried"] == [3, 3]
    with pytest.raises(SystemExit) as stop:
        main(["run", *tiny, *budget, "run_dir=other", "data.unit=slab"])
    assert stop.value.code == 2
    assert "data.unit is slab; a query asks for image or volume" in capsys.readouterr().err
