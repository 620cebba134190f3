"""Files that are made to do harm where they are read; the campaign (``benchmarks/campaign``) has many more."""

from __future__ import annotations

import io
import zipfile

import numpy as np
import pytest
import torch
from numpy.lib.format import write_array_header_1_0

from alseg.cli import main
from alseg.errors import AlsegError, RunFolderError
from alseg.files import arrays_in
from alseg.report.read.damaged import DamagedError
from alseg.report.statistics.coverage import read_shown
from alseg.runs.run_config import read_config
from alseg.runs.run_folder import RunFolder
from benchmarks.campaign.traps import Executed
from tests.helpers.discs import make_dataset
from tests.helpers.loop_runs import make_run


def bomb(path, size=10**15, packed=10**6):
    """An archive that says it unpacks to so much; its directory alone is asked."""
    header = io.BytesIO()
    write_array_header_1_0(header, {"descr": "|u1", "fortran_order": False, "shape": (size,)})
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("targets.npy", header.getvalue())
        archive.filelist[0].file_size, archive.filelist[0].compress_size = size, packed
    return path


def test_an_archive_that_would_fill_the_memory_is_refused(tmp_path):
    path = bomb(tmp_path / "rounds" / "00" / "annotations.npz")
    with pytest.raises(RunFolderError, match=r"annotations.npz: the labels cannot be read"):
        RunFolder(tmp_path).load_annotations(0)
    with pytest.raises(DamagedError, match=r"its 1.0 MB would become 1000000.0 GB"):
        read_shown(path)
    bomb(tmp_path / "data.npz")
    assert RunFolder(tmp_path).load_content() == ((), {})
    assert RunFolder(tmp_path).load_stamp() == ""


def test_more_targets_than_ids_are_not_read(tmp_path):
    """A megabyte that becomes a gigabyte fits the memory, and is not what it should be."""
    path = tmp_path / "rounds" / "00" / "annotations.npz"
    path.parent.mkdir(parents=True)
    np.savez_compressed(path, ids=np.array(["a", "b"]), targets=np.zeros((2, 4, 4), np.uint8))
    assert RunFolder(tmp_path).load_annotations(0)[0] == ["a", "b"]
    np.savez_compressed(path, ids=np.array(["a", "b"]), targets=np.zeros((3, 4, 4), np.uint8))
    with pytest.raises(RunFolderError, match=r"annotations.npz: the labels cannot be read"):
        RunFolder(tmp_path).load_annotations(0)


def test_empty_masks_pack_well_and_are_no_such_archive(tmp_path):
    np.savez_compressed(tmp_path / "a.npz", targets=np.zeros((200, 512, 512), np.uint8))
    assert (tmp_path / "a.npz").stat().st_size < 200 * 512 * 512 / 900
    with arrays_in(tmp_path / "a.npz") as stored:
        assert stored["targets"].shape == (200, 512, 512)


def test_a_checkpoint_of_a_fit_executes_nothing_and_is_one_line(tmp_path):
    """It is read where a training goes on."""
    path = tmp_path / "run" / "rounds" / "00" / "fit.ckpt"
    path.parent.mkdir(parents=True)
    torch.save({"state_dict": {}, "callbacks": Executed(tmp_path / "executed")}, path)
    run = make_run(tmp_path / "run", make_dataset(n=24, groups=12), budget=(3, 2, 1))
    with pytest.raises(AlsegError, match=r"fit\.ckpt: the checkpoint cannot be read \(.*\); remove it") as error:
        run.run()
    assert "\n" not in str(error.value)
    assert not (tmp_path / "executed").exists()


def test_a_tag_in_a_choice_executes_nothing_and_is_one_line(tmp_path, capsys):
    path = tmp_path / "conf" / "strategy" / "evil.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(f"name: evil\nof: !!python/object/apply:os.mkdir ['{tmp_path / 'executed'}']\n")
    assert main(["run", "--config-dir", str(tmp_path / "conf"), "strategy=evil", "--cfg", "job"]) == 2
    said = capsys.readouterr().err
    assert said.startswith(f"alseg run: {path}: line 2: could not determine a constructor for the tag")
    assert said.count("\n") == 1
    assert not (tmp_path / "executed").exists()


def test_an_interpolation_in_the_config_of_a_run_passes_on_no_variable(tmp_path, monkeypatch):
    monkeypatch.setenv("TOKEN", "secret")
    path = tmp_path / "config.yaml"
    for written in ("a ${oc.env:TOKEN}", '"\\x24{oc.env:TOKEN}"', "[{b: '${worst} ${ oc.env:TOKEN}'}]"):
        path.write_text(f"worst: 8\nname: ${{worst}}\ndata:\n  name: {written}\n")
        with pytest.raises(
            RunFolderError, match=r"config\.yaml: it holds \$\{ ?oc\.env:\.\.\.\}, which a run never"
        ) as error:
            read_config(path)
        assert "secret" not in str(error.value)
    path.write_text("worst: 8\nname: ${worst}\ndata:\n  name: a \\${oc.env:TOKEN}\n")
    assert read_config(path).data.name == "a ${oc.env:TOKEN}"
