import json
import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from alseg.errors import ConfigError, RunFolderError
from alseg.maps.from_run import map_of_run
from alseg.runs.run_folder import RunFolder
from tests.helpers.discs import make_dataset
from tests.helpers.part_labelled import with_targets


def test_what_a_run_left_behind(run_folder):
    dataset = make_dataset()
    found = map_of_run(RunFolder(run_folder), dataset)
    assert found.ids == dataset.ids[:20]
    assert found.groups == dataset.groups[:20]
    assert found.xy[3].tolist() == [3, -1.5]
    assert np.array_equal(found.thumbnails, dataset.images[:20, 0])
    assert found.clusters is not None
    assert found.clusters.tolist() == [i % 2 for i in range(20)]
    assert found.classes is None  # one foreground class: no two images differ by it
    assert found.shares == pytest.approx(dataset.targets[:20].mean(axis=(1, 2)))
    first, second = found.rounds
    assert (first.number, first.strategy, first.scores) == (0, "cluster_fps", None)
    assert first.picks == ("image_004", "image_001")
    assert first.reasons == ("medoid of cluster 0", "medoid of cluster 1")
    assert first.refused == ("image_001",)
    assert (second.picks, second.reasons, second.refused) == (("image_007",), ("",), ())
    assert second.scores == {"image_007": 0.9, "image_000": 0.25}


def test_what_people_have_labelled_in_the_run_has_a_label(run_folder):
    dataset = make_dataset()
    found = map_of_run(RunFolder(run_folder), with_targets(dataset, dataset.ids[:2]))
    assert found.labelled is not None
    assert [id_ for id_, there in zip(found.ids, found.labelled) if there] == ["image_000", "image_001", "image_004"]


def test_metadata_of_the_data_set_come_along(run_folder):
    dataset = make_dataset()
    sites = pd.DataFrame({"site": [f"site {i % 2}" for i in range(24)]}, index=pd.Index(dataset.ids, name="id"))
    found = map_of_run(RunFolder(run_folder), replace(dataset, metadata=sites), colour="site")
    assert found.metadata == {"site": ["site 0", "site 1"] * 10}
    with pytest.raises(ConfigError, match="--colour=stain: .* there are site"):
        map_of_run(RunFolder(run_folder), replace(dataset, metadata=sites), colour="stain")


def test_clusters_of_the_file_go_first(run_folder):
    lines = (run_folder / "map.csv").read_text().splitlines()
    clustered = [f"{lines[0]},cluster", *(f"{line},5" for line in lines[1:])]
    (run_folder / "map.csv").write_text("\n".join(clustered) + "\n")
    found = map_of_run(RunFolder(run_folder), make_dataset())
    assert found.clusters is not None
    assert set(found.clusters) == {5}


def test_the_main_class_of_an_image(run_folder):
    dataset = make_dataset(classes=3)
    dataset.targets[0] = 0
    dataset.targets[1] = 255
    dataset.targets[2, 0] = 255
    dataset.targets[2, 1:] = np.where(np.arange(32) < 10, 1, 2)
    found = map_of_run(RunFolder(run_folder), dataset)
    assert found.classes is not None
    assert found.shares is not None
    assert found.classes[:3] == ("only background", "only background", "disc_2")
    assert found.shares[:3].tolist() == [0, 0, 1]


def test_a_run_without_ledger_is_a_map_without_picks(run_folder):
    (run_folder / "ledger.jsonl").unlink()
    found = map_of_run(RunFolder(run_folder), make_dataset())
    assert found.rounds == ()
    assert found.clusters is None


def test_broken_folders(run_folder):
    def fails(said: str) -> None:
        with pytest.raises(RunFolderError, match=said) as error:
            map_of_run(RunFolder(run_folder), make_dataset())
        assert "\n" not in str(error.value)

    scores = run_folder / "rounds" / "01" / "scores.parquet"
    shutil.copy(scores, run_folder / "kept")
    scores.write_bytes(b"no parquet")
    fails("scores.parquet: the scores cannot be read")
    shutil.copy(run_folder / "kept", scores)
    with (run_folder / "ledger.jsonl").open("a") as ledger:
        ledger.write(json.dumps({"event": "queried", "round": 2, "strategy": "x", "ids": ["image_021"]}) + "\n")
    fails("'image_021', picked in round 2, is not in it")
    (run_folder / "map.csv").write_text("id,x,y\nstranger,1,2\n")
    fails("data set discs has no image 'stranger'; has data.root changed")
    (run_folder / "map.csv").unlink()
    fails(r"map\.csv: there is no such file")
