import csv
import shutil
from pathlib import Path

import numpy as np
import pytest
import yaml
from PIL import Image

from alseg.cli import main
from alseg.maps.map_file import read_places

PIXELS = ["embedding=pixels", "embedding.size=4", "map.early=20", "map.steps=20"]


@pytest.fixture
def classes_folder(tmp_path: Path) -> Path:
    """24 images of two classes, one dark and one light, in a folder with labels."""
    root = tmp_path / "scans"
    root.mkdir()
    rng = np.random.default_rng(0)
    lines = ["id,image,label,group"]
    for i in range(24):
        Image.fromarray(rng.integers(0, 100, (16, 16), dtype=np.uint8) + np.uint8(150 * (i % 2))).save(
            root / f"{i}.png"
        )
        lines.append(f"image_{i:03d},{i}.png,{'light' if i % 2 else 'dark'},patient_{i // 2}")
    (root / "manifest.csv").write_text("\n".join(lines) + "\n")
    return root


@pytest.mark.slow
def test_a_classification_folder_and_its_first_picks(classes_folder, tmp_path, capsys):
    words = ["data=folder", f"data.root={classes_folder}", "data.size=16", "cold_start=cluster_fps", "budget.initial=5"]
    assert main(["map", "--data", *words, *PIXELS, "--out", str(tmp_path / "out")]) == 0
    assert "Map of 24 images" in capsys.readouterr().out
    names = ["map.csv", "map.html", "map.png", "map.svg", "picks.csv"]
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == names
    places = read_places(tmp_path / "out" / "map.csv")
    assert len(places.ids) == 24
    assert places.clusters is not None
    assert places.clusters.min() == 0
    picks = list(csv.DictReader((tmp_path / "out" / "picks.csv").open()))
    assert [row["order"] for row in picks] == list("12345")
    assert len({row["id"] for row in picks}) == 5
    assert picks[0]["reason"] == "medoid of cluster 0"
    assert picks[0]["group"] == f"patient_{int(picks[0]['id'][-3:]) // 2}"


@pytest.mark.slow
def test_columns_of_the_manifest_colour_the_map_and_stand_beside_the_picks(classes_folder, tmp_path, capsys):
    first, *rows = (classes_folder / "manifest.csv").read_text().splitlines()
    sites = [f"{row},{'=Lyon' if i % 3 else 'Utrecht'}" for i, row in enumerate(rows)]
    (classes_folder / "manifest.csv").write_text("\n".join([f"{first},site", *sites]) + "\n")
    words = [
        "data=folder",
        f"data.root={classes_folder}",
        "data.size=16",
        "cold_start=random",
        "budget.initial=6",
        *PIXELS,
    ]
    assert main(["map", "--data", *words, "--colour", "stain", "--out", str(tmp_path / "out")]) == 2
    assert "--colour=stain: the manifest has no such column of metadata; there are site" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()
    assert main(["map", "--data", *words, "--colour", "site", "--out", str(tmp_path / "out")]) == 0
    for row in csv.DictReader((tmp_path / "out" / "picks.csv").open()):
        assert row["site"] == ("'=Lyon" if int(row["id"][-3:]) % 3 else "Utrecht")
    assert '"colourings":{"column 0":{"title":"site"' in (tmp_path / "out" / "map.html").read_text().replace(": ", ":")


@pytest.mark.slow
def test_only_what_may_be_trained_on_is_mapped(classes_folder, tmp_path):
    rows = (classes_folder / "manifest.csv").read_text().splitlines()
    split = [f"{rows[0]},split", *(f"{row},{'train' if i < 16 else 'test'}" for i, row in enumerate(rows[1:]))]
    (classes_folder / "manifest.csv").write_text("\n".join(split) + "\n")
    words = ["data=folder", f"data.root={classes_folder}", "data.size=16", "cold_start=random", "budget.initial=16"]
    assert main(["map", "--data", *words, *PIXELS, "--out", str(tmp_path / "out")]) == 0
    assert read_places(tmp_path / "out" / "map.csv").ids == tuple(f"image_{i:03d}" for i in range(16))


@pytest.mark.slow
def test_first_picks_of_whole_volumes(classes_folder, tmp_path):
    words = ["data=folder", f"data.root={classes_folder}", "data.size=16", "cold_start=cluster_fps", "budget.initial=3"]
    assert main(["map", "--data", *words, "data.unit=volume", *PIXELS, "--out", str(tmp_path / "out")]) == 0
    picks = list(csv.DictReader((tmp_path / "out" / "picks.csv").open()))
    assert [row["order"] for row in picks] == list("123456")
    assert len({row["group"] for row in picks}) == 3  # both images of each patient
    assert all(row["reason"] for row in picks)


@pytest.mark.slow
def test_the_map_of_a_run_is_made_anew(run_folder, classes_folder, tmp_path, capsys):
    data = {"_target_": "alseg.data.folder.load_folder", "name": "scans", "root": str(classes_folder), "size": 16}
    (run_folder / "config.yaml").write_text(yaml.safe_dump({"data": data}))
    assert main(["map", str(run_folder)]) == 0
    page = (run_folder / "map.html").read_bytes()
    assert (run_folder / "map.png").exists()
    moved = tmp_path / "elsewhere"
    shutil.move(classes_folder, moved)
    assert main(["map", str(run_folder)]) == 2
    said = capsys.readouterr().err
    assert f"data.root={classes_folder} is not there" in said
    assert said.count("\n") == 1
    assert main(["map", str(run_folder), f"data.root={moved}", "--out", str(tmp_path / "again")]) == 0
    assert (tmp_path / "again" / "map.html").read_bytes() == page


@pytest.mark.slow
@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "name a run folder"),
        (["nowhere"], "nowhere: there is no config.yaml"),
        (["--data", "data=folder"], "--out"),
        (["--data", "data=folders", "--out", "out"], "did you mean folder"),
        (["--data", "data=folder", "--out", "out"], "data.root: no value was given"),
        (["--data", "embedding=pixels", "map=none", "--out", "out"], "choose map=tsne"),
        (["--data", "cold_start=cluster_fpss", "--out", "out"], "did you mean cluster_fps"),
    ],
    ids=["nothing", "no run", "no out", "data", "root", "no map", "cold start"],
)
def test_bad_input_is_one_line(words, said, capsys):
    assert main(["map", *words]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert error.count("\n") == 1


@pytest.mark.slow
def test_more_picks_than_images(classes_folder, capsys):
    words = ["data=folder", f"data.root={classes_folder}", "data.size=16", "budget.initial=25"]
    assert main(["map", "--data", *words, *PIXELS, "--out", "out"]) == 2
    assert "budget.initial=25: from 1 to 24" in capsys.readouterr().err
