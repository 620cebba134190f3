"""Names of pretrained models that timm's own list does not have."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import timm
import torch
from huggingface_hub import constants
from safetensors.torch import save_file

from alseg.embeddings.timm_model import TimmModel
from alseg.networks.weights import trained_input

MEAN, STD = [0.7, 0.6, 0.7], [0.2, 0.2, 0.2]
PICTURES = np.random.default_rng(0).integers(0, 256, (2, 3, 32, 32), dtype=np.uint8)


def repository(folder: Path) -> torch.nn.Module:
    """What the hub has of a vision transformer with layer scale, as UNI is one: weights, and a configuration."""
    torch.manual_seed(1)
    arguments = {"init_values": 1e-5, "num_classes": 0, "img_size": 32, "embed_dim": 32, "depth": 2, "num_heads": 2}
    network = timm.create_model("vit_tiny_patch16_224", **arguments)
    folder.mkdir(parents=True)
    save_file(network.state_dict(), folder / "model.safetensors")
    cfg = {"input_size": [3, 32, 32], "mean": MEAN, "std": STD, "num_classes": 0, "first_conv": "patch_embed.proj"}
    whole = {"architecture": "vit_tiny_patch16_224", "pretrained_cfg": cfg, "model_args": arguments}
    (folder / "config.json").write_text(json.dumps(whole))
    return network.eval()


def expected(network: torch.nn.Module) -> np.ndarray:
    with torch.inference_mode():
        batch = (torch.from_numpy(PICTURES).float() / 255 - torch.tensor(MEAN).view(3, 1, 1)) / 0.2
        return network.forward_features(batch)[:, 0].numpy()


def test_a_folder_with_what_the_hub_has(tmp_path: Path) -> None:
    network = repository(tmp_path / "uni")
    made = TimmModel(f"local-dir:{tmp_path / 'uni'}", "hub", pooling="cls", accelerator="cpu", precision="32")
    assert made.size == (32, 32)
    np.testing.assert_allclose(made.extract(PICTURES), expected(network), rtol=1e-4, atol=1e-5)
    assert trained_input(f"local-dir:{tmp_path / 'uni'}").std == tuple(STD)


def test_a_repository_of_the_hub_out_of_its_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The hub's own code, without a network."""
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", True)
    place = tmp_path / "models--MahmoodLab--uni"
    network = repository(place / "snapshots" / "abc")
    (place / "refs").mkdir()
    (place / "refs" / "main").write_text("abc")
    made = TimmModel("hf-hub:MahmoodLab/uni", "hub", pooling="cls", accelerator="cpu", precision="32")
    np.testing.assert_allclose(made.extract(PICTURES), expected(network), rtol=1e-4, atol=1e-5)
    with pytest.raises(
        ValueError, match=r"^model=hf-hub:MahmoodLab/uni2: its configuration cannot be had \([^\n]*local-dir"
    ):
        TimmModel("hf-hub:MahmoodLab/uni2", "hub")


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ("MahmoodLab/uni", r"^model=MahmoodLab/uni: write hf-hub:MahmoodLab/uni for the Hugging Face hub"),
        ("local-dir:/nowhere", r"^model=local-dir:/nowhere: its configuration cannot be had"),
        (
            "vit_small_patch16_dinov33",
            r"^model=vit_small_patch16_dinov33: timm has no such model; it has vit_small_patch16_dinov3",
        ),
    ],
)
def test_names_that_lead_nowhere(model: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        TimmModel(model, "hub")


def test_a_configuration_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"architecture": "resnet18", "pretrained_cfg": {"mean": [0, 0, 0]}}')
    with pytest.raises(ValueError, match=r"does not say 'std', so it is no timm model"):
        trained_input(f"local-dir:{tmp_path}")


@pytest.mark.slow
@pytest.mark.parametrize(("model", "size"), [("vit_small_patch14_dinov2", 28), ("vit_small_patch16_dinov3", 32)])
def test_dino_networks_give_class_token_and_patches(model: str, size: int) -> None:
    for pooling in ("cls", "avg"):
        made = TimmModel(model, "none", pooling=pooling, size=size, accelerator="cpu")
        assert made.extract(PICTURES).shape == (2, 384)


@pytest.mark.slow
def test_options_reach_the_model() -> None:
    scaled = TimmModel("vit_tiny_patch16_224", "none", size=32, options={"init_values": 1e-5}, accelerator="cpu")
    plain = TimmModel("vit_tiny_patch16_224", "none", size=32, accelerator="cpu")
    assert scaled.identity != plain.identity
    with pytest.raises(ValueError, match=r"^model=vit_tiny_patch16_224 with weights=none: [^\n]*nonsense"):
        TimmModel("vit_tiny_patch16_224", "none", size=32, options={"nonsense": 1}, accelerator="cpu")
