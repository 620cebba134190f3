"""A run leaves the metadata of its images once; a change ends nothing, and is said."""

from dataclasses import replace

import pandas as pd
import pytest

from alseg.identity.metadata import FILE, read_metadata
from alseg.runs.metadata import record_metadata
from alseg.runs.run_folder import RunFolder
from tests.helpers.loop_runs import decisions, make_run
from tests.helpers.pools import make_pool


def with_sites(dataset, sites):
    metadata = pd.DataFrame(
        {"site": [sites[i % len(sites)] for i in range(len(dataset))]}, index=pd.Index(dataset.ids, name="id")
    )
    return replace(dataset, metadata=metadata)


def test_it_is_written_once_and_compared(tmp_path, dataset, caplog):
    record_metadata(RunFolder(tmp_path), make_pool(with_sites(dataset, "ab")))
    table = read_metadata(tmp_path / FILE)
    assert table["split"].value_counts().to_dict() == {"pool": 16, "val": 2, "test": 6}
    assert table.loc["image_003", ["site", "group"]].tolist() == ["b", "group_3"]
    stamp = (tmp_path / FILE).stat().st_mtime_ns
    record_metadata(RunFolder(tmp_path), make_pool(with_sites(dataset, "ab")))
    assert (tmp_path / FILE).stat().st_mtime_ns == stamp
    assert caplog.text == ""


def test_a_change_is_said_and_taken_over(tmp_path, dataset, caplog):
    record_metadata(RunFolder(tmp_path), make_pool(dataset))
    record_metadata(RunFolder(tmp_path), make_pool(with_sites(dataset, "ab")))
    assert "the metadata have changed since this run began (new column 'site')" in caplog.text
    assert read_metadata(tmp_path / FILE)["site"].tolist()[:3] == ["a", "b", "a"]


def test_a_damaged_or_missing_file_is_written_anew(tmp_path, dataset, caplog):
    (tmp_path / FILE).write_bytes(b"damaged")
    record_metadata(RunFolder(tmp_path), make_pool(with_sites(dataset, "ab")))
    assert set(read_metadata(tmp_path / FILE)["site"]) == {"a", "b"}
    assert caplog.text == ""


@pytest.mark.slow
def test_a_run_decides_the_same_whatever_its_metadata_say(tmp_path, dataset):
    for name, data in (("plain", dataset), ("sites", with_sites(dataset, "ab"))):
        make_run(tmp_path / name, data).run()
    assert decisions(tmp_path / "plain") == decisions(tmp_path / "sites")
    assert "site" in read_metadata(tmp_path / "sites" / FILE)
    assert list(read_metadata(tmp_path / "plain" / FILE)) == ["split", "group"]
