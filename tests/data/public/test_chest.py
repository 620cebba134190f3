"""Montgomery and Shenzhen."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from alseg.data.public.home import data_home
from alseg.data.public.sets.montgomery import reading
from alseg.data.public.sets.shenzhen import reading as reading_of_shenzhen

SIDE = 24


def montgomery(picture, people: int = 12) -> dict[str, bytes]:
    """The archive: 12 bits in 16, a mask for each lung of one bit, a reading with blanks at the end of lines."""
    files = {"MontgomerySet/NLM-MontgomeryCXRSet-ReadMe.pdf": b"%PDF", "MontgomerySet/CXR_png/Thumbs.db": b"\0"}
    rng = np.random.default_rng(0)
    for i in range(people):
        name = f"MCUCXR_{i + 1:04d}_{i % 2}"
        left, right = np.zeros((2, SIDE, SIDE + 4), np.uint8)
        left[4:20, 15:24], right[4:20, 3:12] = 255, 255
        image = np.where(left | right, 500, 3000) + rng.integers(0, 400, left.shape)
        files[f"MontgomerySet/CXR_png/{name}.png"] = picture(image, dtype=np.uint16)
        for side, mask in (("left", left), ("right", right)):
            files[f"MontgomerySet/ManualMask/{side}Mask/{name}.png"] = picture(Image.fromarray(mask).convert("1"))
        text = f"Patient's Sex: F \nPatient's Age: {27 + i:03d}Y \nnormal \n"
        files[f"MontgomerySet/ClinicalReadings/{name}.txt"] = text.encode("latin-1")
    return files


def test_montgomery_from_download_to_a_run(publisher, picture, zipped, capfd):
    publisher.put("montgomery", "NLM-MontgomeryCXRSet.zip", zipped(montgomery(picture)))
    assert publisher.run("data=montgomery", "run_dir=out") == 2
    assert "get it with: alseg data get montgomery" in capfd.readouterr().err
    assert publisher.get("montgomery") == 2
    assert "12 images where the publisher states 138; 12 groups where" in capfd.readouterr().err
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
    path.write_text("male 45yrs\r\nnormal")
    assert reading_of_shenzhen(path) == {"sex": "M", "age": "45", "reading": "normal"}


def shenzhen(picture) -> dict[str, bytes]:
    """Grey values as a palette of colours, as published."""
    files = {}
    for i in range(4):
        grey = Image.fromarray(np.full((8, 6), 10 * i, np.uint8))
        name = f"CHNCXR_{i + 1:04d}_{i // 2}"
        files[f"ChinaSet_AllFiles/CXR_png/{name}.png"] = picture(grey.convert("P"))
        files[f"ChinaSet_AllFiles/ClinicalReadings/{name}.txt"] = b"male 45yrs\nnormal"
    return files


def test_shenzhen(publisher, picture, zipped):
    publisher.put("shenzhen", "ChinaSet_AllFiles.zip", zipped(shenzhen(picture)))
    assert publisher.get("shenzhen", "--accept-differences") == 0
    dataset = publisher.load("shenzhen", 4)
    assert dataset.channels == 1
    assert dataset.images[:, 0, 0, 0].tolist() == [0, 10, 20, 30]
    assert [dataset.classes[target] for target in dataset.targets] == ["normal"] * 2 + ["tuberculosis"] * 2
    assert dataset.metadata["age"].tolist() == ["45"] * 4
    publisher.short_run("shenzhen")


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
