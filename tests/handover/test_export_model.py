"""``alseg export --model``: the last model as a file that needs no alseg."""

from __future__ import annotations

import importlib.util
import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors import safe_open
from safetensors.torch import load_file

from alseg.cli import main
from alseg.data.folder import load_folder
from alseg.embeddings.pixels import Pixels
from alseg.errors import AlsegError, ConfigError
from alseg.handover.exportable import exportable
from alseg.handover.images import data_set_images
from alseg.handover.last_model import LastModel, last_model
from alseg.handover.onnx_model import keep_if_same
from alseg.handover.real_images import real_images
from alseg.learners.learner import DataSpec
from alseg.learners.probe import Probe
from alseg.runs.run_config import config_of
from alseg.runs.run_folder import RunFolder
from tests.helpers.handed_run import SIZE

MISSING = [name for name in ("onnx", "onnxscript", "onnxruntime") if importlib.util.find_spec(name) is None]
needs_onnx = pytest.mark.skipif(
    bool(MISSING), reason=f"{', '.join(MISSING)} not installed: pip install 'alseg[export]'"
)


def model_of(run: Path) -> LastModel:
    return last_model(RunFolder(run), config_of(RunFolder(run)))


def probabilities(model: LastModel, images: np.ndarray) -> np.ndarray:
    with torch.inference_mode():
        prediction = model.learner.predict_step({"image": torch.from_numpy(images)})
        found: np.ndarray = model.learner.final(prediction).softmax(dim=1).numpy()
        return found


def test_safetensors(discs_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["export", str(discs_run), "--model", "safetensors", "--out", "model.safetensors"]) == 0
    state = torch.load(discs_run / "rounds" / "01" / "model.ckpt", weights_only=True)["state_dict"]
    found = load_file(tmp_path / "model.safetensors")
    assert found.keys() == state.keys()
    assert all(torch.equal(found[name], state[name]) for name in state)
    with safe_open(tmp_path / "model.safetensors", "pt") as file:
        inside = json.loads(file.metadata()["alseg"])
    beside = json.loads((tmp_path / "model.safetensors.json").read_text())
    assert inside == beside
    assert beside["classes"] == ["background", "class_1"]
    assert beside["input"] | {"shape": ["batch", 1, *SIZE], "fit": "stretch", "window": "percentile"} == beside["input"]
    assert beside["normalisation"] == {"of": "image / 255", "mean": pytest.approx([0.4]), "std": pytest.approx([0.3])}
    assert beside["run"]["round"] == 1
    assert "model of round 1" in capsys.readouterr().out


def test_all_between_pixels_and_probabilities_is_inside(discs_run: Path, discs_root: Path) -> None:
    model, images = model_of(discs_run), load_folder(discs_root, list(SIZE)).images
    with torch.inference_mode():
        found = exportable(model.learner)(torch.from_numpy(images)).numpy()
    assert np.allclose(found, probabilities(model, images), atol=1e-6)
    assert np.allclose(found.sum(axis=1), 1, atol=1e-6)


def test_images_to_compare_on_are_those_the_data_set_holds(discs_run: Path, discs_root: Path) -> None:
    run, dataset = RunFolder(discs_run), load_folder(discs_root, list(SIZE))
    files = data_set_images(run, config_of(run)).files
    assert np.array_equal(real_images(model_of(discs_run), files, count=6), dataset.images[::4])
    assert len(real_images(model_of(discs_run), files, count=100)) == 24


def test_what_is_no_network_is_said() -> None:
    probe = Probe(DataSpec("classification", ("a", "b"), 3, (16, 16), "px"), 1, embedding=Pixels(4))
    with pytest.raises(ConfigError, match="looks at Pixels, which is no network"):
        exportable(probe)


def test_a_missing_package_is_said_with_the_command(
    discs_run: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("alseg.handover.onnx_model.NEEDED", ("onnx_of_another_world",))
    assert main(["export", str(discs_run), "--model", "onnx", "--out", "model.onnx"]) == 2
    assert "onnx_of_another_world is not installed: pip install 'alseg[export]'" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--model", "onnx", "--out", "model.pt"], "ends in .onnx"),
        (["--model", "safetensors", "--out", "model.safetensors", "--images", "x"], "--images: it is for --model onnx"),
        (["--to", "folder", "--out", "x", "--images", "x"], "--images: it is for --model onnx"),
    ],
)
def test_bad_input(
    arguments: list[str], said: str, discs_run: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["export", str(discs_run), *arguments]) == 2
    assert said in capsys.readouterr().err
    assert not [path for path in tmp_path.iterdir() if path.suffix]


@needs_onnx
@pytest.mark.slow
def test_onnx(discs_run: Path, discs_root: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of a run whose data set is gone: any number of images, and metadata; one that answers otherwise is refused."""
    import onnx
    import onnxruntime

    run: Any = shutil.copytree(discs_run, tmp_path / "run")
    (run / "config.yaml").write_text((run / "config.yaml").read_text().replace(str(discs_root), "/gone"))
    assert main(["export", str(run), "--model", "onnx", "--out", "model.onnx"]) == 2
    assert "or --images DIR names some" in capsys.readouterr().err
    some = shutil.copytree(discs_root / "images", tmp_path / "some")
    Image.fromarray(np.zeros((9, 9, 3), dtype=np.uint8)).save(some / "a_colour.png")
    assert main(["export", str(run), "--model", "onnx", "--out", "model.onnx", "--images", str(some)]) == 0
    assert "on 16 real images" in capsys.readouterr().out
    session = onnxruntime.InferenceSession(str(tmp_path / "model.onnx"), providers=["CPUExecutionProvider"])
    model, images = model_of(discs_run), load_folder(discs_root, list(SIZE)).images
    for n in (1, 5, 24):
        (found,) = session.run(None, {"image": images[:n]})
        assert found.shape == (n, 2, *SIZE)
        assert np.abs(found - probabilities(model, images[:n])).max() < 1e-5
    (given,) = session.get_inputs()
    assert (given.name, given.type, given.shape) == ("image", "tensor(uint8)", ["batch", 1, *SIZE])
    properties = {p.key: p.value for p in onnx.load(tmp_path / "model.onnx").metadata_props}
    beside = json.loads((tmp_path / "model.onnx.json").read_text())
    assert json.loads(properties["alseg"]) == {key: value for key, value in beside.items() if key != "compared"}
    assert json.loads(properties["classes"]) == ["background", "class_1"]
    assert beside["compared"]["images"] == 16
    assert beside["compared"]["difference"] < 1e-5
    content = (tmp_path / "model.onnx").read_bytes()
    with torch.no_grad():
        model.learner.get_submodule("head").bias[1] += 0.001
    with pytest.raises(AlsegError, match=r"not written: its probabilities differ from PyTorch's by up to 0\.0002"):
        keep_if_same(tmp_path / "other.onnx", content, exportable(model.learner), images)
    assert not (tmp_path / "other.onnx").exists()
