"""Montgomery and Shenzhen."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from alseg.data.public.home import data_home
from alseg.data.public.sets.montgomery import reading
from alseg.data.public.sets.shenzhen import reading as reading_of_shenzhen
from tests.helpers.public.chest import SIDE, montgomery, shenzhen


@pytest.mark.slow
def test_montgomery_from_download_to_a_run(publisher, picture, zipped, capfd):
    publisher.put("montgomery", "NLM-MontgomeryCXRSet.zip", zipped(montgomery(picture)))
    assert publisher.run("data=montgomery", "run_dir=out") == 2
    assert "get it with: alseg data get montgomery" in capfd.readouterr().err
    assert publisher.get("montgomery") == 2
    assert (
        "12 images where the publisher states 138; 12 groups where the publisher states 135" in capfd.readouterr().err
    )
    assert not (data_home() / "montgomery").exists()
    assert publisher.get("montgomery", "--accept-differences") == 0
    shown = capfd.readouterr()
    assert "Jaeger S" in shown.out
    assert "licence" in shown.out
    assert "12 images where the publisher states 138; accepted" in shown.err
    dataset = publisher.load("montgomery", SIDE)
    assert dataset.classes == ("background", "lung")
    assert dataset.unit == "mm"
    assert dataset.spacing[0] == pytest.approx([0.0875, 0.0875 * 28 / 24])
    assert dataset.images[0, 0, 12, 6] < 60 < 180 < dataset.images[0, 0, 1, 1]  # 12 bits in 16 fill the range
    assert set(dataset.groups) == {f"MCUCXR_{i + 1:04d}" for i in range(12)}
    assert dataset.metadata.loc["MCUCXR_0002_1"].to_dict() == {
        "tuberculosis": "1",
        "sex": "F",
        "age": "28",
        "finding": "normal",
    }
    mask = np.asarray(Image.open(data_home() / "montgomery/masks/MCUCXR_0001_0.png"))
    assert mask.sum() == 255 * 2 * 16 * 9
    assert "test/hd95_mm" in publisher.short_run("montgomery")


def test_montgomery_records_of_one_patient(publisher, picture, zipped):
    """0001 by the reading of 0003, which 0004's makes three; 0113 and 0117 although there is no reading."""
    files = montgomery(picture, 4)
    for number, text in (("0003_0", "stable (same pt as MCUCXR_0001_0)"), ("0004_1", "Same patient as MCUCXR_0003_0")):
        files[f"MontgomerySet/ClinicalReadings/MCUCXR_{number}.txt"] += f"{text}\n".encode()
    for number in ("0113_1", "0117_1"):
        for part in ("CXR_png", "ManualMask/leftMask", "ManualMask/rightMask"):
            files[f"MontgomerySet/{part}/MCUCXR_{number}.png"] = files[f"MontgomerySet/{part}/MCUCXR_0001_0.png"]
    publisher.put("montgomery", "NLM-MontgomeryCXRSet.zip", zipped(files))
    assert publisher.get("montgomery", "--accept-differences") == 0
    groups = publisher.load("montgomery", SIDE).groups
    assert [group.removeprefix("MCUCXR_") for group in groups] == ["0001", "0002", "0001", "0001", "0113", "0113"]


def test_a_mask_is_missing(publisher, picture, zipped, capfd):
    files = montgomery(picture, 2)
    del files["MontgomerySet/ManualMask/rightMask/MCUCXR_0002_1.png"]
    publisher.put("montgomery", "NLM-MontgomeryCXRSet.zip", zipped(files))
    assert publisher.get("montgomery") == 2
    assert "MCUCXR_0002_1.png: no such file, and MCUCXR_0002_1.png needs its mask" in capfd.readouterr().err


def test_readings(tmp_path):
    path = tmp_path / "x.txt"
    path.write_bytes(b"Patient's Sex: M\r\nPatient's Age: 004Y\r\nscar in the RUL,\r\n old \xe9 TB\r\n")
    assert reading(path) == {"sex": "M", "age": "4", "finding": "scar in the RUL, old \ufffd TB"}
    assert reading(tmp_path / "none.txt") == {"sex": "", "age": "", "finding": ""}
    path.write_text("female 30yrs\nleft secondary PTB\n")
    assert reading_of_shenzhen(path) == {"sex": "F", "age": "30", "reading": "left secondary PTB"}
    path.write_text("Patient's Sex: F\nPatient's Age: 006M\n")
    assert reading(path) == {"sex": "F", "age": "0.5", "finding": ""}


@pytest.mark.parametrize(
    ("first", "sex", "age"),
    [
        ("male 45yrs", "M", "45"),
        ("femal 32yrs", "F", "32"),
        ("female24yrs", "F", "24"),
        ("Female, 28yrs", "F", "28"),
        ("male , 29yrs  \t", "M", "29"),
        ("male 42", "M", "42"),
        ("male 16month", "M", "1.33"),
        ("female 64days", "F", "0.175"),
        ("male 101 years", "M", "101"),
        ("male 3 decades", "M", ""),  # no guess: d are days, and decades are not
        ("45yrs", "", "45"),
        ("normal", "", ""),
    ],
)
def test_readings_of_shenzhen(tmp_path, first, sex, age):
    path = tmp_path / "x.txt"
    path.write_text(f"{first}\r\nnormal\nATB")
    assert reading_of_shenzhen(path) == {"sex": sex, "age": age, "reading": "normal ATB"}


@pytest.mark.slow
def test_shenzhen(publisher, picture, zipped):
    publisher.put("shenzhen", "ChinaSet_AllFiles.zip", zipped(shenzhen(picture)))
    assert publisher.get("shenzhen", "--accept-differences") == 0
    dataset = publisher.load("shenzhen", 4)
    assert dataset.channels == 1
    assert dataset.images[:, 0, 0, 0].tolist() == [0, 10, 20, 30]
    assert [dataset.classes[target] for target in dataset.targets] == ["normal"] * 2 + ["tuberculosis"] * 2
    assert dataset.metadata["age"].tolist() == ["45"] * 4
    publisher.short_run("shenzhen")


def test_a_shenzhen_file_with_colours(publisher, picture, zipped, capfd):
    files = shenzhen(picture)
    files["ChinaSet_AllFiles/CXR_png/CHNCXR_0002_0.png"] = picture(np.full((8, 6, 3), (9, 9, 8)))
    publisher.put("shenzhen", "ChinaSet_AllFiles.zip", zipped(files))
    assert publisher.get("shenzhen", "--accept-differences") == 2
    assert "CHNCXR_0002_0.png: it has colours, and every picture of this data set is grey" in capfd.readouterr().err


@pytest.mark.slow
def test_shenzhen_with_the_masks_of_others(publisher, picture, zipped, lay, capfd):
    brought = lay({"ChinaSet_AllFiles.zip": zipped(shenzhen(picture))})
    assert publisher.get("shenzhen_lungs", "--from", str(brought), "--accept-differences") == 2
    assert "has no masks named *_mask.png" in capfd.readouterr().err
    mask = np.zeros((8, 6))
    mask[:4] = 255
    lay({f"mask/mask/CHNCXR_{i:04d}_{i // 3}_mask.png": picture(mask) for i in (1, 3)})
    assert publisher.get("shenzhen_lungs", "--from", str(brought), "--accept-differences") == 0
    dataset = publisher.load("shenzhen_lungs", 4)
    assert dataset.ids == ("CHNCXR_0001_0", "CHNCXR_0003_1")
    assert dataset.targets[0].mean() == 0.5
    publisher.short_run("shenzhen_lungs")
    assert publisher.asked == []
