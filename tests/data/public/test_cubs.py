"""CUBS: boundaries of several readers become masks in mm."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
from PIL import Image

from alseg.data.public.home import data_home
from alseg.data.public.load import load_public
from alseg.data.public.profiles import between, common_columns, mean_boundary, read_number, read_profile
from alseg.data.public.sets.cubs import _patients
from alseg.errors import DataError
from tests.helpers.public.cubs import archive


def test_both_orientations_of_a_profile(tmp_path):
    rows, columns = tmp_path / "rows.txt", tmp_path / "columns.txt"
    rows.write_text("10.0 5.5\n12,5 6\n11 5.75\n")
    columns.write_text("10.0 12.5 11\n5.5 6 5.75\n")
    expected = [[10, 5.5], [11, 5.75], [12.5, 6]]
    assert read_profile(rows).tolist() == read_profile(columns).tolist() == expected
    rows.write_text("10 100\n20 101\n")  # two points: x increases down the rows
    assert read_profile(rows).tolist() == [[10, 100], [20, 101]]
    rows.write_text("30 40\n5 6\n")  # a row of x and a row of y
    assert read_profile(rows).tolist() == [[30, 5], [40, 6]]


@pytest.mark.parametrize("text", ["", "1 2\n3\n", "a b\n", "1 2 3\n4 5 6\n7 8 9\n", "1 nan\n2 3\n"])
def test_no_profile(tmp_path, text):
    path = tmp_path / "x-LI.txt"
    path.write_text(text)
    with pytest.raises(DataError, match=r"x-LI\.txt: it (is no table of numbers|holds)"):
        read_profile(path)


def test_numbers(tmp_path):
    path = tmp_path / "x_CF.txt"
    path.write_text(" 0,0833 \n")
    assert read_number(path) == 0.0833
    for text in ("0", "-1", "nan", "inf", "", "x"):
        path.write_text(text)
        with pytest.raises(DataError, match=r"x_CF\.txt: it holds"):
            read_number(path)


def test_the_band_between_two_boundaries():
    """x from 1.5 to 4 in common: columns 2, 3, 4; LI falls from 2 to 3 on the way, MA lies at 5."""
    li = np.array([[0, 2], [2, 2], [4, 3], [6, 3]], dtype=float)
    ma = np.array([[1.5, 5], [4, 5]], dtype=float)
    mask = between(li, ma, (7, 6))
    expected = np.zeros((7, 6), int)
    expected[2:5, 2] = expected[2:5, 3] = expected[3:5, 4] = 255  # 2.5 is rounded to the even 2
    assert mask.tolist() == expected.tolist()
    assert between(li, ma + np.array([20, 0]), (7, 6)).sum() == 0


def test_the_mean_of_boundaries():
    """x from 1.5 to 4 in common: columns 2, 3, 4; one lies at 2, one falls from 3 to 5."""
    level = np.array([[1.5, 2], [5, 2]], dtype=float)
    falling = np.array([[0, 3], [2, 3], [4, 5]], dtype=float)
    assert mean_boundary([level, falling]).tolist() == [[2, 2.5], [3, 3], [4, 3.5]]
    assert mean_boundary([falling]).tolist() == [[0, 3], [1, 3], [2, 3], [3, 4], [4, 5]]
    assert common_columns([level, falling]).tolist() == [2, 3, 4]
    assert common_columns([level, falling + np.array([5, 0])]).tolist() == [5]
    apart = mean_boundary([level, falling + np.array([9, 0])])
    assert apart.shape == (0, 2)
    assert between(apart, level, (7, 6)).sum() == 0


@pytest.mark.slow
def test_clinical(publisher, picture, zipped, lay):
    brought = lay({"cubs.zip": zipped(archive(picture, clinical=True))})
    assert publisher.get("cubs_clinical", "--from", str(brought), "--accept-differences") == 0
    dataset = publisher.load("cubs_clinical", 40, cimt="intima-media")
    assert dataset.classes == ("background", "intima-media")
    assert dataset.groups == ("clin_0001", "clin_0001", "clin_0006", "clin_0006")
    assert dataset.unit == "mm"
    assert dataset.spacing[:, 1] == pytest.approx([0.05, 0.06, 0.07, 0.08])
    root = data_home() / "cubs_clinical"
    mask = np.asarray(Image.open(root / "masks/clin_0001_L.png"))
    assert mask.shape == (30, 40)
    assert (mask[10:16, 5:35] == 255).all()
    assert mask.sum() == 255 * 6 * 30
    second = dataset.metadata["mask Manual-A2"]
    assert second["clin_0001_R"] == ""
    assert np.asarray(Image.open(root / second["clin_0001_L"])).sum() == 255 * 8 * 30
    assert dataset.metadata["region"].tolist() == ["5 8 30 12"] * 4
    assert dataset.metadata["side"].tolist() == ["L", "R"] * 2
    assert dataset.metadata["clinical hospital"].tolist() == ["Nicolaides - Cyprus"] * 4
    assert dataset.metadata["clinical Sex"].tolist() == ["1"] * 2 + ["0"] * 2
    assert dataset.metadata["clinical Sex 2"].tolist() == ["F"] * 2 + ["M"] * 2
    assert dataset.metadata["clinical BMI"].tolist() == ["24.5"] * 2 + ["-1.25"] * 2
    assert "test/hd95_mm" in publisher.short_run("cubs_clinical")


def test_the_clinical_table(tmp_path):
    """The hospital holds until the next one is named; every column keeps a name of its own."""
    path = tmp_path / "ClinicalDatabase-CUBS.csv"
    path.write_text(
        ";Patient ID;Sex;Sex;Sex 2;\nCyprus;clin_1;a;b;c;d\n;clin_2;;;;\nPisa;clin_3;;;;\n;;;;;\n;clin_4;;;;\n"
    )
    found = _patients(path)
    assert [row["clinical hospital"] for row in found.values()] == ["Cyprus", "Cyprus", "Pisa", "Pisa"]
    columns = ("hospital", "Sex", "Sex 2", "Sex 2 2", "column 5")
    assert found["clin_1"] == {f"clinical {name}": cell for name, cell in zip(columns, ["Cyprus", *"abcd"])}
    path.write_text("Center;Patient ID\nCyprus;clin_1\n;clin_2\n")
    assert _patients(path) == {"clin_1": {"clinical Center": "Cyprus"}, "clin_2": {"clinical Center": ""}}


def test_another_reader_the_fusion_and_the_region(publisher, picture, lay):
    files = archive(picture, clinical=False)
    top = "DATASET_CUBS/LIMA-Profiles"
    # The third reader drew the last image alone, from column 15 on: LI at 13, MA at 25.
    files[f"{top}/Manual-A3/tech_003-LI.txt"] = b"15 20 34\n13 13 13\n"
    files[f"{top}/Manual-A3/tech_003-MA.txt"] = b"15 20 34\n25 25 25\n"
    brought = lay(files)
    assert publisher.get("cubs_technical", "--from", str(brought), "--accept-differences") == 0
    load = partial(load_public, "cubs_technical", data_home() / "cubs_technical")
    fusion = load([30, 40], mask="mask fusion")
    expected = np.zeros((3, 30, 40), int)
    expected[0, 10:17, 5:35] = 1  # A1 and A2: LI at 10, MA at 16 and 18; A1s would make it 16.67
    expected[1, 10:16, 5:35] = 1  # A1 alone
    expected[2, 11:20, 15:35] = 1  # LI at 10, 10 and 13, MA at 16, 18 and 25: 11 and 19.67
    assert fusion.targets.tolist() == expected.tolist()
    cut = load([12, 30], mask="mask Manual-A1s", region="region")
    assert cut.targets.tolist() == [[[int(2 <= row < 9)] * 30 for row in range(12)]] * 3  # 10 to 17, from 8 on
    assert cut.spacing[:, 0].tolist() == [0.05, 0.06, 0.07]
    second = load(40, mask="mask Manual-A2", where={"mask Manual-A2": "*"})
    assert second.ids == ("tech_001", "tech_003")
    everyone = load(40, mask="mask Manual-A2")  # what this reader did not draw waits for somebody who does
    assert everyone.has_target == (True, False, True)
    assert set(everyone.targets[1].flat) == {255}


def test_readers_that_have_no_column_in_common(publisher, picture, lay):
    files = archive(picture, clinical=False)
    files["DATASET_CUBS/LIMA-Profiles/Manual-A2/tech_001-LI.txt"] = b"36 37 38\n13 13 13\n"
    files["DATASET_CUBS/LIMA-Profiles/Manual-A2/tech_001-MA.txt"] = b"36 37 38\n20 20 20\n"
    brought = lay(files)
    assert publisher.get("cubs_technical", "--from", str(brought), "--accept-differences") == 0
    assert (publisher.load("cubs_technical", 40).metadata["mask fusion"] == "").tolist() == [True, False, False]


def test_readers_whose_mean_boundaries_meet(publisher, picture, lay):
    """A1 draws row 10 and A2 row 11; the means of 10.4 and 11.4, and of 10.6 and 11.6, are both rounded to 11."""
    files = archive(picture, clinical=False)
    for reader, li in (("Manual-A1", 10.4), ("Manual-A2", 11.4)):
        for name, y in (("LI", li), ("MA", li + 0.2)):
            files[f"DATASET_CUBS/LIMA-Profiles/{reader}/tech_001-{name}.txt"] = f"5 20 34\n{y} {y} {y}\n".encode()
    assert publisher.get("cubs_technical", "--from", str(lay(files)), "--accept-differences") == 0
    assert (publisher.load("cubs_technical", 40).metadata["mask fusion"] == "").tolist() == [True, False, False]


@pytest.mark.slow
def test_technical(publisher, picture, lay):
    brought = lay(archive(picture, clinical=False))  # unpacked by the user
    assert publisher.get("cubs_technical", "--from", str(brought), "--accept-differences") == 0
    dataset = publisher.load("cubs_technical", 40)
    assert dataset.groups == dataset.ids == ("tech_001", "tech_002", "tech_003")
    assert np.asarray(Image.open(data_home() / "cubs_technical/masks/tech_003.png")).sum() == 255 * 6 * 30
    publisher.short_run("cubs_technical")


def test_what_is_missing(publisher, picture, lay, capfd):
    files = archive(picture, clinical=False)
    brought = lay(files)
    (brought / "DATASET_CUBS/CF/tech_002_CF.txt").unlink()
    assert publisher.get("cubs_technical", "--from", str(brought)) == 2
    assert "tech_002_CF.txt: it holds no number of mm per pixel" in capfd.readouterr().err
    lay(files)
    (brought / "DATASET_CUBS/LIMA-Profiles/Manual-A1/tech_003-MA.txt").unlink()
    assert publisher.get("cubs_technical", "--from", str(brought)) == 2
    assert "it has no boundaries of tech_003.tiff" in capfd.readouterr().err
