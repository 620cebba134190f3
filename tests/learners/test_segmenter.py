"""The segmenter over architectures, encoders, sizes and weights."""

import pytest
import timm
import torch

from alseg.errors import ConfigError
from alseg.learners.learner import DataSpec
from alseg.learners.schedules import one_cycle
from alseg.networks import weights
from tests.helpers.segmenters import images, segmenter


@pytest.mark.slow
@pytest.mark.parametrize("architecture", ["Unet", "UnetPlusPlus", "FPN", "DeepLabV3Plus", "MAnet", "Segformer"])
def test_any_architecture(architecture):
    learner = segmenter(f"learner.architecture={architecture}").eval()
    learner.try_out()
    prediction = learner.predict_step({"image": images()})
    assert prediction.logits.shape == (1, 2, 3, 64, 96)
    assert prediction.features.shape == (2, 320)


@pytest.mark.slow
@pytest.mark.parametrize("encoder", ["resnet18", "convnext_atto", "test_efficientnet", "swin_s3_tiny_224"])
def test_any_encoder(encoder):
    extra = ["+learner.architecture_options.img_size=[64,96]"] if encoder.startswith("swin") else []
    learner = segmenter(f"learner.encoder={encoder}", "learner.weights=none", *extra).eval()
    prediction = learner.predict_step({"image": images()})
    assert prediction.logits.shape == (1, 2, 3, 64, 96)
    assert prediction.features.shape[0] == 2


@pytest.mark.slow
def test_packaged_weights_are_timms_tensors():
    learner = segmenter(spec=DataSpec("segmentation", ("background", "a"), 3, (64, 64), "px"))
    state = weights._packaged(weights.PACKAGED)
    encoder = learner.network.model.encoder.model.state_dict()
    assert len(encoder) > 250
    assert all(torch.equal(value, state[name]) for name, value in encoder.items())


@pytest.mark.slow
def test_grey_images_see_the_sum_of_the_colour_filters():
    learner = segmenter()
    stem = learner.network.model.encoder.model.conv_stem.weight
    colour = weights._packaged(weights.PACKAGED)["conv_stem.weight"]
    assert torch.allclose(stem, colour.sum(dim=1, keepdim=True))


@pytest.mark.slow
def test_weights_from_a_file(tmp_path):
    source = timm.create_model("resnet18", pretrained=False)
    torch.save(source.state_dict(), tmp_path / "r18.pth")
    spec = DataSpec("segmentation", ("background", "a"), 3, (64, 64), "px")
    learner = segmenter(
        "learner.encoder=resnet18", "learner.weights=path", f"learner.weights_path={tmp_path}/r18.pth", spec=spec
    )
    assert torch.equal(learner.network.model.encoder.model.layer4[1].conv2.weight, source.layer4[1].conv2.weight)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        (["learner.encoder=resnet81"], r"^learner\.encoder=resnet81: timm has no such model"),
        (["learner.encoder=resnet18"], r"^learner\.weights=packaged: only tf_efficientnet_lite0"),
        (["learner.weights=imagenet"], r"^learner\.weights=imagenet: choose hub, packaged, path or none"),
        (["learner.weights=path"], r"^learner\.weights=path: name the file with weights_path=FILE"),
        (["learner.weights=path", "learner.weights_path=/no/file"], r"^learner\.weights_path=/no/file: no such file"),
        (["learner.architecture=Unnet"], r"^learner\.architecture=Unnet"),
        (["learner.architecture=DPT"], r"^learner\.architecture=DPT"),
    ],
)
def test_what_does_not_exist(overrides, message):
    with pytest.raises(ConfigError, match=message):
        segmenter(*overrides)


@pytest.mark.slow
def test_a_file_of_another_network(tmp_path):
    torch.save(timm.create_model("resnet18").state_dict(), tmp_path / "r18.pth")
    with pytest.raises(ConfigError, match=r"^learner\.weights_path=.*is it another network"):
        segmenter("learner.weights=path", f"learner.weights_path={tmp_path}/r18.pth")


@pytest.mark.slow
def test_a_file_that_would_run_code(tmp_path):
    torch.save({"state_dict": print}, tmp_path / "bad.pth")
    with pytest.raises(ConfigError, match=r"^learner\.weights_path=.*(cannot|safely)"):
        segmenter("learner.weights=path", f"learner.weights_path={tmp_path}/bad.pth")


@pytest.mark.slow
def test_a_size_that_the_network_does_not_take():
    spec = DataSpec("segmentation", ("background", "a"), 1, (100, 100), "px")
    segmenter(spec=spec).try_out()
    learner = segmenter("learner.architecture=MAnet", spec=spec)
    with pytest.raises(ConfigError, match=r"data\.size=\[100, 100\].*divisible by 32"):
        learner.try_out()


def test_a_classification_set_is_refused():
    with pytest.raises(ConfigError, match="Segmenter is for segmentation"):
        segmenter(spec=DataSpec("classification", ("a", "b"), 1, (64, 64), "px"))


@pytest.mark.slow
def test_channels_last_changes_the_layout_not_the_result():
    learner = segmenter().eval()
    batch = {"image": images()}
    with torch.inference_mode():
        plain = learner.predict_step(batch)
        learner.accelerate(channels_last=True, compile=False)
        other = learner.predict_step(batch)
    assert learner.network.model.segmentation_head[0].weight.is_contiguous(memory_format=torch.channels_last)
    assert torch.allclose(plain.logits, other.logits, atol=1e-3)


@pytest.mark.slow
def test_a_step_trains_every_parameter():
    learner = segmenter()
    learner.log = lambda *_, **__: None
    targets = torch.randint(0, 3, (2, 64, 96), dtype=torch.uint8)
    learner.training_step({"image": images(), "target": targets}).backward()
    missing = [name for name, p in learner.named_parameters() if p.grad is None]
    assert missing == []


@pytest.mark.slow
def test_one_cycle_over_exactly_the_steps():
    learner = segmenter(steps=10)
    configured = learner.configure_optimizers()
    optimizer, schedule = configured["optimizer"], configured["lr_scheduler"]["scheduler"]
    rates = []
    for _ in range(10):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    assert max(rates) == pytest.approx(1e-3, rel=0.05)
    assert rates[0] < 0.1 * max(rates)
    assert rates[-1] < 0.1 * max(rates)


@pytest.mark.parametrize("warmup", [0.0, 0.1, 0.2, 0.5, 1.0])
@pytest.mark.parametrize("steps", [1, 2, 3, 4, 9, 150])
def test_one_cycle_over_any_number_of_steps(steps, warmup):
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
    schedule = one_cycle(optimizer, steps, warmup)
    rates = []
    for _ in range(steps):
        rates.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        schedule.step()
    assert 0 < min(rates) <= max(rates) <= 0.1 + 1e-9
    if warmup and steps > 1:
        assert rates[0] == pytest.approx(0.1 / 25)
