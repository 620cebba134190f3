"""Configs of runs, as commands read them afterwards."""

import pytest

from alseg.errors import RunFolderError
from alseg.runs.run_config import config_of, read_config, root_of
from alseg.runs.run_folder import RunFolder

DAMAGED = (b"a: b: c", b"\xff\xfe\x00", b"- 1\n", b"3", b"", b"a: [", b"!!python/object:os.system {}", b"a: ${b")


@pytest.mark.parametrize("content", DAMAGED)
def test_a_damaged_config_is_one_line(tmp_path, content):
    (tmp_path / "config.yaml").write_bytes(content)
    with pytest.raises(RunFolderError) as said:
        read_config(tmp_path / "config.yaml")
    assert str(said.value).startswith(f"{tmp_path / 'config.yaml'}: ")
    assert "restore it, or take another run_dir" in str(said.value)
    assert "\n" not in str(said.value)


def test_a_root_that_moved_is_taken_as_it_was_typed(tmp_path):
    (tmp_path / "config.yaml").write_text("data: {root: /gone}\n")
    assert str(root_of(config_of(RunFolder(tmp_path), ["data.root=/a ${b}"]))) == "/a ${b}"
