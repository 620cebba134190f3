"""TensorBoard: read back from its event files."""

import importlib.util
import io
import sys

import numpy as np
import pytest
from PIL import Image

from alseg.cli import main
from alseg.tracking.tensorboard import TensorBoardTracker

needs_tensorboard = pytest.mark.skipif(
    importlib.util.find_spec("tensorboard") is None, reason="needs tensorboard: pip install 'alseg[tensorboard]'"
)


@needs_tensorboard
@pytest.mark.slow
def test_a_run_is_in_its_event_files(tmp_path, show):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    (tmp_path / "map.html").touch()
    Image.new("RGB", (8, 6), (200, 0, 0)).save(tmp_path / "map.png")
    show(TensorBoardTracker(), tmp_path)
    events = EventAccumulator(str(tmp_path / "tensorboard"), size_guidance={"images": 0}).Reload()
    scalars = {tag: [(e.step, round(e.value, 5)) for e in events.Scalars(tag)] for tag in events.Tags()["scalars"]}
    assert scalars["test/dice"] == [(10, 0.75)]
    assert scalars["by_cost/dice"] == [(60, 0.75)]
    assert scalars["cost"] == [(10, 60.2)]
    assert scalars["labels/working_dice"] == [(10, 0.5)]
    assert scalars["fit/loss/round_02"] == [(10, 0.5)]
    assert "seconds_scan" not in scalars
    (sheet,) = events.Images("query/entropy")
    assert (sheet.step, sheet.height, sheet.width) == (1, 40, 3 * 50)  # side by side
    (drawn,) = events.Images("map")
    assert np.asarray(Image.open(io.BytesIO(drawn.encoded_image_string)))[0, 0].tolist() == [200, 0, 0]
    texts = "".join(str(events.Tensors(tag)[0].tensor_proto.string_val) for tag in events.Tags()["tensors"])
    for word in ("| strategy | entropy |", "| budget | low 10+3x5 |", "| seed | 3 |", "| 2 | i2 | g | 0.3 |"):
        assert word in texts


@pytest.mark.slow
@pytest.mark.parametrize("name", ["tensorboard", "mlflow"])
def test_a_missing_package_is_one_line(name, tmp_path, monkeypatch, capsys):
    find = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda of, *more: None if of == name else find(of, *more))
    monkeypatch.setitem(sys.modules, name, None)
    settings = ["experiment=demo", f"logger={name}", f"run_dir={tmp_path / 'run'}"]
    with pytest.raises(SystemExit) as stop:
        main(["run", *settings])
    assert stop.value.code == 2
    told = capsys.readouterr().err
    assert f"logger: the package {name} is not installed: pip install 'alseg[{name}]'" in told
    assert not (tmp_path / "run" / "ledger.jsonl").exists()
