"""``alseg export --model``: the last model of a run as a file that needs no alseg."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from alseg.errors import ConfigError, RunFolderError
from alseg.files import write_text
from alseg.handover.description import describe
from alseg.handover.images import data_set_images, images_to_predict
from alseg.handover.last_model import last_model
from alseg.handover.onnx_model import check_installed, write_onnx
from alseg.handover.real_images import real_images
from alseg.handover.safetensors_model import write_safetensors
from alseg.runs.run_config import config_of
from alseg.runs.run_folder import RunFolder
from alseg.terminal import working

FORMATS = ("onnx", "safetensors")


def run(path: Path, moved: Sequence[str], kind: str, out: Path, images: str | None) -> str:
    """Write the model and its description; return what was written, in words."""
    if out.suffix != f".{kind}":
        raise ConfigError(f"--out {out}: name a file that ends in .{kind}")
    if kind == "onnx":
        check_installed()
    folder = RunFolder(path)
    config = config_of(folder, moved)
    with working("loading the model"):
        model = last_model(folder, config)
    description = {"format": kind, **describe(model)}
    if kind == "onnx":
        try:
            files = data_set_images(folder, config) if images is None else images_to_predict(images, folder, config)
        except RunFolderError as error:
            raise RunFolderError(f"{error}; or --images DIR names some to compare the model on") from None
        with working("writing the model and comparing it with PyTorch"):
            compared = write_onnx(out, model, real_images(model, files.files), description)
        description["compared"] = compared._asdict()
        said = (
            f"on {compared.images} real image{'s' * (compared.images > 1)} its probabilities differ from PyTorch's by at most "
            f"{compared.difference:.1e}, and {compared.decided:.4%} of the decisions are the same"
        )
    else:
        said = f"{write_safetensors(out, model, description)} tensors, read back and compared"
    sidecar = out.with_name(f"{out.name}.json")
    write_text(sidecar, json.dumps(description, indent=2) + "\n")
    return f"{out}: the model of round {model.round}; {said}. Classes and preprocessing: {sidecar}"
