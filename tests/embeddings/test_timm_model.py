"""Features of timm networks."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import timm
import torch
import torchvision

from alseg.composition.compose import compose
from alseg.composition.instantiate import instantiate
from alseg.embeddings.embedding import Embedding
from alseg.embeddings.timm_model import TimmModel
from alseg.errors import DataError
from alseg.networks.bf16 import has_bf16
from alseg.networks.weights import timm_options

CPU = {"accelerator": "cpu", "precision": "32"}
"""Equal numbers on every machine, for comparisons with a direct call."""


def images(n: int = 5, channels: int = 1, size: int = 64, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (n, channels, size, size), dtype=np.uint8)


def tiny(pooling: str = "avg", **options) -> TimmModel:
    return TimmModel("vit_tiny_patch16_224", "none", pooling=pooling, size=64, **CPU, **options)


@pytest.mark.slow
def test_packaged_features_are_those_of_a_direct_call() -> None:
    pictures = images(channels=3, size=96)
    network = timm.create_model(
        "tf_efficientnet_lite0", num_classes=0, **timm_options("tf_efficientnet_lite0", "packaged")
    )
    cfg = network.pretrained_cfg
    mean, std = (torch.tensor(cfg[key]).view(3, 1, 1) for key in ("mean", "std"))
    with torch.inference_mode():
        expected = network.eval()((torch.from_numpy(pictures) / 255 - mean) / std).numpy()
    found = TimmModel(size=96, **CPU).extract(pictures)
    assert found.dtype == np.float32
    assert found.shape == (5, 1280)
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-5)


def test_grey_is_repeated_to_three_channels() -> None:
    grey = images()
    np.testing.assert_array_equal(tiny().extract(grey), tiny().extract(np.repeat(grey, 3, axis=1)))


@pytest.mark.slow
def test_deterministic_and_independent_of_the_batch() -> None:
    pictures = images(7)
    first = tiny().extract(pictures)
    np.testing.assert_array_equal(first, tiny().extract(pictures))
    np.testing.assert_allclose(first, tiny(batch_size=2).extract(pictures), rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(first[3:], tiny().extract(pictures[3:]), rtol=1e-4, atol=1e-5)
    assert tiny().extract(pictures[:0]).shape == (0, 192)


@pytest.mark.slow
def test_pooling_of_tokens() -> None:
    torch.manual_seed(0)
    network = timm.create_model("vit_tiny_patch16_224", pretrained=False, num_classes=0)
    network.set_input_size(img_size=64)
    pictures = images(channels=3)
    with torch.inference_mode():
        tokens = network.eval().forward_features(((torch.from_numpy(pictures) / 255) - 0.5) / 0.5)
    assert tokens.shape == (5, 1 + 16, 192)
    for pooling, expected in {
        "cls": tokens[:, 0],
        "head": tokens[:, 0],
        "avg": tokens[:, 1:].mean(dim=1),
        "max": tokens[:, 1:].amax(dim=1),
    }.items():
        np.testing.assert_allclose(tiny(pooling).extract(pictures), expected.numpy(), rtol=1e-3, atol=1e-4)


@pytest.mark.slow
def test_pooling_of_maps_whatever_the_order_of_their_axes() -> None:
    model = "swin_tiny_patch4_window7_224"
    found = TimmModel(model, "none", **CPU).extract(images(1, 3, 224))
    head = TimmModel(model, "none", pooling="head", **CPU).extract(images(1, 3, 224))
    assert found.shape == (1, 768)
    np.testing.assert_allclose(found, head, rtol=1e-3, atol=1e-4)  # its own head averages


@pytest.mark.slow
def test_images_are_resized_to_the_size_of_the_model_or_the_one_asked_for() -> None:
    assert TimmModel().size == (224, 224)
    assert TimmModel(size=[64, 96]).size == (64, 96)
    wide = images(2, 1, 64)[:, :, :32]
    assert TimmModel("resnet18", "none", size=[64, 96], accelerator="cpu").extract(wide).shape == (2, 512)
    flat = np.full((1, 1, 50, 50), 100, np.uint8)
    same = np.full((1, 1, 64, 64), 100, np.uint8)
    np.testing.assert_allclose(tiny().extract(flat), tiny().extract(same), rtol=1e-4, atol=1e-5)


@pytest.mark.slow
def test_identity_tells_weights_and_preprocessing_apart(tmp_path: Path) -> None:
    torch.manual_seed(1)
    path = tmp_path / "weights.pt"
    torch.save(timm.create_model("vit_tiny_patch16_224", num_classes=0).state_dict(), path)
    variants = [
        tiny(),
        tiny("cls"),
        tiny(mean=0.4),
        tiny(std=[0.4, 0.5, 0.5]),
        TimmModel("vit_tiny_patch16_224", "none", size=32, accelerator="cpu"),
        TimmModel("vit_tiny_patch16_224", "path", str(path), size=64, accelerator="cpu"),
    ]
    texts = [json.dumps(variant.identity) for variant in variants]
    assert len(set(texts)) == len(variants)
    assert texts[0] == json.dumps(tiny(batch_size=3, progress=False).identity)
    copy = path.rename(tmp_path / "other.pt")  # where they came from is not what they are
    moved = TimmModel("vit_tiny_patch16_224", "path", str(copy), size=64, accelerator="cpu")
    assert json.dumps(moved.identity) == texts[-1]


def radimagenet(path: Path) -> tuple[Path, torch.nn.Module]:
    """A checkpoint as RadImageNet saves them: the children of a ResNet-50 in a row, without its classifier."""
    torch.manual_seed(0)
    whole = torchvision.models.resnet50(weights=None)
    children = torch.nn.Module()
    children.backbone = torch.nn.Sequential(*list(whole.children())[:9])
    torch.save(children.state_dict(), path)
    return path, children.backbone.eval()


@pytest.mark.slow
def test_a_checkpoint_in_the_layout_of_radimagenet(tmp_path: Path) -> None:
    path, network = radimagenet(tmp_path / "ResNet50.pt")
    pictures = images(2, 1, 64)
    embedding = made("file", f"embedding.weights_path={path}", "embedding.size=64", "embedding.precision=32")
    with torch.inference_mode():
        batch = (torch.from_numpy(pictures).repeat(1, 3, 1, 1).float() - 127.5) * 2 / 255  # as their code scales pixels
        expected = network(batch).flatten(1).numpy()
    found = embedding.extract(pictures)
    assert found.shape == (2, 2048)
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-4)


def made(name: str, *overrides: str) -> Embedding:
    embedding = instantiate(compose([f"embedding={name}", *overrides]).embedding)
    assert isinstance(embedding, Embedding)
    return embedding


@pytest.mark.slow
@pytest.mark.parametrize("name", ["packaged", "pixels", "timm", "file"])
def test_every_embedding_file(name: str, tmp_path: Path) -> None:
    overrides = ["embedding.weights=none"] if name == "timm" else []
    if name == "file":
        overrides = [f"embedding.weights_path={radimagenet(tmp_path / 'weights.pt')[0]}"]
    small = [] if name == "pixels" else ["embedding.size=56"]
    embedding = made(name, *overrides, *small)
    assert embedding.extract(images(2)).shape == (2, embedding.dimensions)
    assert json.loads(json.dumps(embedding.identity)) == embedding.identity


@pytest.mark.slow
def test_files_that_are_not_the_weights(tmp_path: Path) -> None:
    def load(path: Path) -> None:
        TimmModel("resnet50", "path", str(path), size=64, accelerator="cpu")

    with pytest.raises(ValueError, match=r"^weights_path=.*gone\.pt: no such file$"):
        load(tmp_path / "gone.pt")
    (tmp_path / "text.pt").write_text("not a checkpoint")
    with pytest.raises(ValueError, match=r"^weights_path=.*text\.pt: not a file of weights[^\n]*$"):
        load(tmp_path / "text.pt")
    torch.save(timm.create_model("resnet18").state_dict(), tmp_path / "resnet18.pt")
    with pytest.raises(ValueError, match=r"resnet18\.pt: \d+ of \d+ tensors of resnet50 are not in it"):
        load(tmp_path / "resnet18.pt")
    state = timm.create_model("vit_tiny_patch16_224", num_classes=0).state_dict()
    torch.save(state | {"blocks.0.mlp.fc1.weight": torch.zeros(3, 3)}, tmp_path / "shape.pt")
    with pytest.raises(ValueError, match=r"^model=vit_tiny[^ ]* with weights=path: [^\n]*size mismatch"):
        TimmModel("vit_tiny_patch16_224", "path", str(tmp_path / "shape.pt"), accelerator="cpu")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"model": "resnet5"}, r"^model=resnet5: timm has no such model"),
        ({"model": "resnet50"}, r"^weights=packaged: only tf_efficientnet_lite0"),
        ({"pooling": "mean"}, r"^pooling=mean: choose avg, max, cls or head"),
        ({"batch_size": 0}, r"^batch_size=0"),
        ({"size": 0}, r"^size=0"),
        ({"size": [1, 2, 3]}, r"^size=\[1, 2, 3\]"),
        ({"mean": [0.1, 0.2]}, r"^mean=\[0\.1, 0\.2\]"),
        ({"std": 0.0}, r"^std=0\.0: it must be above 0"),
    ],
    ids=["model", "packaged", "pooling", "batch", "size", "sizes", "mean", "std"],
)
def test_impossible_options(options: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        TimmModel(**options)


@pytest.mark.slow
def test_what_the_model_cannot_do() -> None:
    with pytest.raises(ValueError, match=r"^pooling=cls: tf_efficientnet_lite0 has no class token"):
        TimmModel(pooling="cls", accelerator="cpu")
    with pytest.raises(ValueError, match=r"^size=\[50, 50\]: .* patches of 16"):
        TimmModel("vit_tiny_patch16_224", "none", size=50, accelerator="cpu")


@pytest.mark.slow
def test_features_that_are_not_finite(tmp_path: Path) -> None:
    state = timm.create_model("resnet18", num_classes=0).state_dict()
    state["layer4.1.bn2.weight"][:] = torch.nan
    torch.save(state, tmp_path / "nan.pt")
    with pytest.raises(DataError, match="the features of image 0 are not finite"):
        TimmModel("resnet18", "path", str(tmp_path / "nan.pt"), size=32, accelerator="cpu").extract(images(2))


def test_bf16_is_refused_where_it_would_not_pay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("alseg.embeddings.timm_model.has_bf16", lambda device: False)
    with pytest.raises(ValueError, match=r"^precision=bf16: this cpu has none; choose auto or 32"):
        TimmModel("vit_tiny_patch16_224", "none", size=32, accelerator="cpu", precision="bf16")
    assert not TimmModel("vit_tiny_patch16_224", "none", size=32, accelerator="cpu").bf16


@pytest.mark.slow
@pytest.mark.skipif(not has_bf16(TimmModel(size=32).device), reason="needs a GPU or processor with bf16")
def test_bf16_is_near_32_bits_and_the_same_every_time() -> None:
    """Not near enough for equal picks: see docs."""
    pictures = images(8, 1, 96)
    exact, half = (TimmModel(size=96, precision=precision) for precision in ("32", "bf16"))
    found = half.extract(pictures)
    assert np.array_equal(found, TimmModel(size=96, precision="bf16").extract(pictures))
    assert 0 < np.linalg.norm(found - exact.extract(pictures)) < 0.1 * np.linalg.norm(found)
