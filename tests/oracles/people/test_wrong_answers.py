"""Wrong answers: one line each, naming the file and what would be right; the others are kept."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from alseg.data.dataset import Dataset
from alseg.data.folder import load_folder
from alseg.oracles.folder import Folder
from tests.helpers.asked import requested, save_mask
from tests.helpers.manifest_folder import Folder as Written

SHAPE = (12, 10)
MASK = np.zeros(SHAPE, np.uint8)
MASK[3:9, 2:7] = 1
HEAD = "id,label,seconds,annotator,refused\n"


@pytest.fixture
def written(tmp_path: Path) -> Written:
    found = Written(tmp_path / "set")
    for i, name in enumerate("abcd"):
        found.save(f"{name}.png", np.arange(120).reshape(SHAPE) + i)
    return found


@pytest.fixture
def masks(written: Written) -> Dataset:
    for name in "abcd":
        written.save(f"{name}_mask.png", MASK)
    written.table("id,image,mask,group", *(f"{name},{name}.png,{name}_mask.png," for name in "abcd"))
    return load_folder(written.root, 8, classes=["background", "lumen"])


@pytest.fixture
def labels(written: Written) -> Dataset:
    written.table("id,image,label,group", *(f"{n},{n}.png,{'muscle' if n < 'c' else 'stroma'}," for n in "abcd"))
    return load_folder(written.root, 8)


def png(mask: Any = MASK, name: str = "a.png", **options: Any) -> Callable[[Path], None]:
    return lambda answers: save_mask(answers / name, mask, **options)


def table(*rows: str, head: str = HEAD, encoding: str = "utf-8") -> Callable[[Path], None]:
    return lambda answers: (
        (answers / "answers.csv").write_text(head + "".join(f"{row}\n" for row in rows), encoding=encoding) and None
    )


def image(mode: str, *bands: np.ndarray, name: str = "a.png") -> Callable[[Path], None]:
    return lambda answers: Image.merge(mode, [Image.fromarray(band) for band in bands]).save(answers / name)


def both(*steps: Callable[[Path], None]) -> Callable[[Path], None]:
    return lambda answers: [step(answers) for step in steps] and None


def content(name: str, of: bytes) -> Callable[[Path], None]:
    return lambda answers: (answers / name).write_bytes(of) and None


def half(answers: Path) -> None:
    noise = np.random.default_rng(0).integers(0, 2, SHAPE)
    save_mask(answers / "a.png", noise)
    whole = (answers / "a.png").read_bytes()
    (answers / "a.png").write_bytes(whole[: len(whole) // 2])


def folder(answers: Path) -> None:
    (answers / "a.png").mkdir()


def link_out(answers: Path) -> None:
    save_mask(answers.parents[2] / "elsewhere.png", MASK)
    (answers / "a.png").symlink_to(answers.parents[2] / "elsewhere.png")


def link_nowhere(answers: Path) -> None:
    (answers / "a.png").symlink_to(answers / "gone.png")


def pipe(answers: Path) -> None:
    os.mkfifo(answers / "a.png")


def drawn_in_alpha(answers: Path) -> None:
    image("LA", np.full(SHAPE, 255, np.uint8), MASK * 255)(answers)


def deep(value: int) -> Callable[[Path], None]:
    return lambda answers: Image.fromarray(MASK.astype(np.uint16) * value).save(answers / "a.png")


def film(answers: Path) -> None:
    frame = Image.fromarray(MASK)
    frame.save(answers / "a.tif", save_all=True, append_images=[Image.fromarray(1 - MASK)])


COLOURED = np.where(MASK, 200, 0).astype(np.uint8)
WRONG = {
    "mask of another size": (
        png(MASK.T),
        r"a\.png: the mask has 10x12 pixels .* its image 12x10; save it at the size of",
    ),
    "one row too few": (png(MASK[1:]), r"a\.png: the mask has 11x10 pixels"),
    "wrong class id": (
        png(MASK * 7),
        r"a\.png: it holds the value 7; data\.classes names 2 classes, ids 0 to 1, and 255 is",
    ),
    "RGB mask": (
        image("RGB", COLOURED, MASK, MASK),
        r"a\.png: it is a colour image; a mask holds class ids in one channel",
    ),
    "RGBA mask": (image("RGBA", COLOURED, MASK, MASK, COLOURED), r"a\.png: it is a colour image"),
    "mask in the alpha channel": (drawn_in_alpha, r"a\.png: .*transparency.*save it as grey without alpha"),
    "empty file": (content("a.png", b""), r"a\.png: not readable yet \(it is empty\); it is read again"),
    "half of a file": (
        half,
        r"a\.png: not readable yet \(.*\); it is read again with the next start, and if it stays so",
    ),
    "text": (content("a.png", b"sorry"), r"a\.png: not readable yet \(it is not an image; .*save it anew as PNG"),
    "being written": (content("a.png.part", b"x"), r"a\.png\.part: not readable yet"),
    "JPEG": (png(np.random.default_rng(0).integers(0, 2, SHAPE) * 60, "a.jpg"), r"a\.jpg: .*(JPEG|lossy|compress)"),
    "16 bits of other values": (
        deep(300),
        r"a\.png: it holds the value 300; class ids are whole numbers from 0 to 255",
    ),
    "all of it 255": (png(MASK * 0 + 255), r"a\.png: it holds nothing but 255: .*oracle\.mask_255=foreground"),
    "a stack": (film, r"a\.tif: not readable yet \(it holds 2 images"),
    "unknown id": (
        png(name="zz.png"),
        r"zz\.png: no image has this name; the names are in request\.csv, without \.png",
    ),
    "nearly the id": (png(name="a_mask.png"), r"a_mask\.png: no image has this name; did you mean a\?"),
    "image never asked": (png(name="d.png"), r"d\.png: round 0 did not ask for this image; remove the answer"),
    "two answers": (both(png(), png(name="a.tif")), r"a\.png: a\.tif answers id 'a' too; keep one of them"),
    "a folder": (folder, r"a\.png: it is a folder; save one file in its place"),
    "link out of the folder": (link_out, r"a\.png: it is a link that leads out of .*; copy the file itself, or set"),
    "link to nothing": (link_nowhere, r"a\.png: it is a link to a file that is not there; copy the file itself"),
    "a pipe": (pipe, r"a\.png: it is no ordinary file; save an image"),
    "negative seconds": (
        both(png(), table("a,,-5,,")),
        r"answers\.csv: line 2 \(id 'a'\): seconds are '-5'; write a number",
    ),
    "seconds in words": (both(png(), table("a,,one minute,,")), r"answers\.csv: line 2 .*seconds are 'one minute'"),
    "refused and answered": (
        both(png(), table("a,,,,blurred")),
        r"line 2 \(id 'a'\): it is refused \(blurred\) and is answered by ",
    ),
    "a label for a mask": (
        table("a,lumen,,,"),
        r"answers\.csv: line 2 \(id 'a'\): a label is no mask; save the mask as .*NAME\.png",
    ),
    "row of an unknown id": (
        table("q,,9,,"),
        r"answers\.csv: line 2: no image has the id 'q'; the names are in request\.csv",
    ),
    "row of an image never asked": (
        table("d,,9,,"),
        r"answers\.csv: line 2, id 'd': round 0 did not ask for this image",
    ),
    "two rows": (
        both(png(), table("a,,5,,", "b,,,,", "a,,6,,")),
        r"answers\.csv: lines 2 and 4 both answer id 'a'; keep one",
    ),
}
HELD = {
    "not UTF-8": (
        table("a,,,Müller,", encoding="latin-1"),
        r"answers\.csv: it cannot be read: line 2 is not UTF-8; save it as",
    ),
    "columns missing": (
        table("a,5", head="name,seconds\n"),
        r"answers\.csv: column 'id' is missing; it has name, seconds",
    ),
    "column misspelt": (table("a,5", head="id,Seconds\n"), r"answers\.csv: column 'Seconds' must be written 'seconds'"),
    "a row cut short": (table("b,,3,,", "a,"), r"answers\.csv: line 3 has 2 values for 5 columns"),
    "quote not closed": (table('a,"mus', head=HEAD), r"answers\.csv: line 2 opens a quote that is never closed"),
    "no header": (table("a,muscle", head=""), r"answers\.csv: .*(it has no rows|must name the columns)"),
    "workbook": (
        content("answers.csv", b"PK\x03\x04rest"),
        r"answers\.csv: it is a workbook and no text; save it as CSV",
    ),
    "a folder": (
        lambda answers: (answers / "answers.csv").mkdir(),
        r"answers\.csv: it is a folder; save one file in its place",
    ),
    "emptied": (content("answers.csv", b""), r"answers\.csv: not readable yet \(it is empty\)"),
}
FINE = {
    "class ids": png(),
    "palette": lambda answers: _palette(answers / "a.png"),
    "black and white": png(MASK * 255),
    "one bit": lambda answers: Image.fromarray(MASK.astype(bool)).save(answers / "a.png"),
    "16 bits": deep(1),
    "grey in three channels": image("RGB", MASK, MASK, MASK),
    "alpha of one value": image("LA", MASK, MASK * 0 + 255),
    "TIFF": png(name="a.tif"),
    "suffix in large letters": png(name="a.PNG"),
    "beside what systems leave": both(
        png(), content(".DS_Store", b"x"), content("Thumbs.db", b"x"), content("a.png~", b"x")
    ),
    "link within the folder": lambda answers: _linked(answers),
}


def _palette(path: Path) -> None:
    picture = Image.fromarray(MASK)
    picture.putpalette([0, 0, 0, 255, 0, 0])
    picture.save(path)


def _linked(answers: Path) -> None:
    save_mask(answers / ".kept.png", MASK)
    (answers / "a.png").symlink_to(answers / ".kept.png")


def answered(
    dataset: Dataset, run: Path, wrong: Callable[[Path], None], caplog: pytest.LogCaptureFixture
) -> tuple[Any, list[str]]:
    """The answer of the oracle after b and c are well answered and something else was done; and the warnings."""
    oracle, request = Folder(dataset), requested(dataset, run, "a", "b", "c")
    assert oracle.ask(request).ids == ()
    answers = run / "requests" / "round-00" / "answers"
    if dataset.task == "segmentation":
        (answers / "answers.csv").unlink()
        for name in "bc":
            save_mask(answers / f"{name}.png", MASK)
    caplog.clear()
    wrong(answers)
    answer = oracle.ask(request)
    return answer, [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]


@pytest.mark.parametrize("kind", WRONG)
def test_a_wrong_mask(masks: Dataset, tmp_path: Path, caplog: pytest.LogCaptureFixture, kind: str) -> None:
    wrong, line = WRONG[kind]
    answer, said = answered(masks, tmp_path / "run", wrong, caplog)
    assert (answer.ids, answer.refused) == (("b", "c"), ())
    assert np.array_equal(answer.targets, masks.targets[[1, 2]])
    assert len(said) == 1
    assert "\n" not in said[0]
    assert said[0].startswith(str(tmp_path / "run" / "requests" / "round-00" / "answers"))
    assert re.search(line, said[0])


@pytest.mark.parametrize("kind", HELD)
def test_nothing_is_taken_while_the_table_cannot_be_read(
    masks: Dataset, tmp_path: Path, caplog: pytest.LogCaptureFixture, kind: str
) -> None:
    """It may refuse images or say how long they took; once it is mended, all that was there is taken."""
    wrong, line = HELD[kind]
    answer, said = answered(masks, tmp_path / "run", wrong, caplog)
    assert (answer.ids, answer.refused, len(said)) == ((), (), 1)
    assert re.search(line, said[0])
    path = tmp_path / "run" / "requests" / "round-00" / "answers" / "answers.csv"
    if path.is_dir():
        path.rmdir()
    path.write_text(HEAD + "b,,7,Müller,\n", "utf-8")
    answer = Folder(masks).ask(requested(masks, tmp_path / "run", "a", "b", "c"))
    assert (answer.ids, answer.cost.tolist(), answer.annotators) == (("b", "c"), [7, 60], ("Müller", "people"))


@pytest.mark.parametrize("kind", FINE)
def test_masks_that_are_fine(masks: Dataset, tmp_path: Path, caplog: pytest.LogCaptureFixture, kind: str) -> None:
    answer, said = answered(masks, tmp_path / "run", FINE[kind], caplog)
    assert said == []
    assert answer.ids == ("a", "b", "c")
    assert np.array_equal(answer.targets, masks.targets[:3])


WRONG_LABELS = {
    "misspelt": (
        "a,muscel,,,",
        r"answers\.csv: line 2 \(id 'a'\): there is no class 'muscel'; write one of muscle, stroma; 'muscle'\?",
    ),
    "unknown": ("a,7,,,", r"line 2 \(id 'a'\): there is no class '7'; write one of muscle, stroma$"),
    "refused too": (
        "a,muscle,,,blurred",
        r"line 2 \(id 'a'\): it is refused \(blurred\) and has the label 'muscle'; keep one",
    ),
    "negative seconds": ("a,muscle,-1,,", r"line 2 \(id 'a'\): seconds are '-1'"),
    "twice": ("a,muscle,,,\na,stroma,,,", r"lines 2 and 3 both answer id 'a'; keep one of them"),
    "unknown id": ("z,muscle,,,", r"line 2: no image has the id 'z'"),
    "never asked": ("d,muscle,,,", r"line 2, id 'd': round 0 did not ask for this image; remove the answer"),
}


@pytest.mark.parametrize("kind", WRONG_LABELS)
def test_a_wrong_label(labels: Dataset, tmp_path: Path, caplog: pytest.LogCaptureFixture, kind: str) -> None:
    row, line = WRONG_LABELS[kind]
    answer, said = answered(labels, tmp_path / "run", table(row, "b,Stroma,12,ann,", "c,,,,no tissue"), caplog)
    assert (answer.ids, answer.targets.tolist(), answer.cost.tolist(), answer.annotator) == (("b",), [1], [12], "ann")
    assert answer.refused == ("c",)
    assert len(said) == 1
    assert re.search(line, said[0])


def test_a_mask_for_a_label(labels: Dataset, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    answer, said = answered(labels, tmp_path / "run", both(png(), table("b,muscle,,,")), caplog)
    assert answer.ids == ("b",)
    assert len(said) == 1
    assert "a.png: a whole image gets a class; write its name into the column label of" in said[0]


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("id;label;seconds\na;muscle;3,5\nb;stroma;4\n", "utf-8"),
        ("\ufeffid,label,seconds\r\na,muscle,3.5\r\nb,stroma,4\r\n", "utf-8"),
        ("sep=;\nid;label;seconds;\na;Muscle;3,5;\nb;stroma;4;\n;;;\n", "utf-16"),
        ("id\tlabel\tseconds\tfile\na\tmuscle\t3.5\tx\nb\tstroma\t4\ty\n", "utf-8"),
    ],
)
def test_tables_of_spreadsheet_programs(
    labels: Dataset, tmp_path: Path, caplog: pytest.LogCaptureFixture, text: str, encoding: str
) -> None:
    answer, said = answered(labels, tmp_path / "run", content("answers.csv", text.encode(encoding)), caplog)
    assert (answer.ids, answer.targets.tolist(), answer.cost.tolist(), said) == (("a", "b"), [0, 1], [3.5, 4], [])
