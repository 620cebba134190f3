"""``metadata.parquet``: what is written is read, whatever a cell holds, and a change is named."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from alseg.data.metadata import metadata_texts
from alseg.errors import DataError
from alseg.identity.metadata import metadata_changes, metadata_table, read_metadata, write_metadata
from tests.helpers.discs import make_dataset

HOSTILE = ["=1+1", "<b>x</b>", 'a,"b"', "", " ", "zeile\nzwei", "é" * 5000, "\u202etxt.exe"]


def described(**columns):
    dataset = make_dataset(n=8)
    return replace(dataset, metadata=pd.DataFrame(columns, index=pd.Index(dataset.ids, name="id")))


def split_of(dataset):
    return {"pool": dataset.ids[4:], "val": dataset.ids[:1], "test": dataset.ids[1:4]}


def test_what_is_written_is_read(tmp_path):
    dataset = described(site=HOSTILE, **{"=cmd": [str(i) for i in range(8)]})
    table = metadata_table(dataset, split_of(dataset))
    write_metadata(tmp_path / "m.parquet", table)
    found = read_metadata(tmp_path / "m.parquet")
    assert list(found.columns) == ["split", "group", "site", "=cmd"]
    assert found.astype(str).equals(table.astype(str))
    assert found.loc["image_000"].tolist() == ["val", "group_0", "=1+1", "0"]
    assert found.loc[list(dataset.ids), "site"].tolist() == HOSTILE
    assert found["split"].tolist() == ["pool"] * 4 + ["val"] + ["test"] * 3


def test_values_that_are_no_text_are_written_as_python_writes_them():
    dataset = described(angle=np.linspace(0, 3.5, 8), side=["left", None] * 4, n=range(8), split=["a"] * 8)
    texts = metadata_texts(dataset, ["image_007", "image_000"])
    assert texts == {"angle": ["3.5", "0.0"], "side": ["", "left"], "n": ["7", "0"]}
    assert metadata_texts(make_dataset(), ["image_000"]) == {}


def test_changes_are_named():
    old = described(site=list("aabbccdd"), old=["x"] * 8)
    new = described(site=list("aabbccdc"), b=["y"] * 8)
    tables = [metadata_table(d, split_of(d)) for d in (old, new)]
    assert metadata_changes(*tables) == [
        "new column 'b'",
        "column 'old' is gone",
        "column 'site' of 1 image, e.g. id image_007",
    ]
    assert metadata_changes(tables[0], tables[0]) == []


@pytest.mark.parametrize("content", [b"", b"PAR1", b"no parquet at all"])
def test_a_damaged_file_is_one_line(tmp_path, content):
    (tmp_path / "m.parquet").write_bytes(content)
    with pytest.raises(DataError, match=r"m\.parquet: cannot be read as metadata") as caught:
        read_metadata(tmp_path / "m.parquet")
    assert "\n" not in str(caught.value)


def test_a_parquet_of_something_else(tmp_path):
    pd.DataFrame({"id": ["a", "a"], "split": ["pool"] * 2, "group": ["g"] * 2}).to_parquet(tmp_path / "twice.parquet")
    pd.DataFrame({"id": ["a"], "x": [1]}).to_parquet(tmp_path / "other.parquet")
    for name, said in (
        ("twice", "occurs more than once"),
        ("other", "column split is missing"),
        ("none", "cannot be read as metadata"),
    ):
        with pytest.raises(DataError, match=said):
            read_metadata(tmp_path / f"{name}.parquet")
