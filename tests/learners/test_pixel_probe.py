"""Pixel probes: heads on the maps of a frozen network."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from alseg.acquisition.bald import BALD
from alseg.acquisition.pld import PseudoLabelDivergence
from alseg.data.dataset import Dataset
from alseg.embeddings.pyramid import Pyramid
from alseg.learners.learner import DataSpec
from alseg.learners.pixel_probe import PixelProbe, drawn_pixels
from alseg.networks.heads import Heads
from alseg.runs.ledger import Ledger
from alseg.selection.top import Top
from alseg.strategy import Strategy
from tests.helpers.discs import make_dataset
from tests.helpers.fits import training
from tests.helpers.loop_runs import Crash, decisions, make_run
from tests.helpers.pools import make_pool

LIGHT = {
    "encoder": "test_efficientnet",
    "weights": "none",
    "hidden": (16,),
    "epochs": 60,
    "batch": 256,
    "pixels": 64,
}


def probe(data: Dataset, **options) -> PixelProbe:
    return PixelProbe(DataSpec.of(data), 3, **(LIGHT | options))


def fitted(tmp_path, data: Dataset, targets=None, **options) -> PixelProbe:
    pool, learner = make_pool(data), probe(data, **options)
    pool.label(data.ids[:8], (data.targets if targets is None else targets)[:8])
    pool.begin_round(0, uses_unlabelled=False)
    torch.manual_seed(0)
    report = training(gradient_clip=1.0).fit(learner, pool, [], tmp_path / "model.ckpt")
    assert report["steps"] == 1
    learner.report, learner.pool = report, pool
    return learner.eval()


def answer(learner: PixelProbe, data: Dataset) -> torch.Tensor:
    with torch.inference_mode():
        prediction = learner.predict_step({"image": torch.from_numpy(data.images), "row": torch.arange(len(data))})
        return torch.stack([*prediction.logits, learner.final(prediction)])


def test_pixels_of_a_pyramid_are_its_maps_enlarged() -> None:
    pyramid = Pyramid((24, 40), "test_efficientnet", "none")
    images = np.random.default_rng(0).integers(0, 256, (2, 1, 24, 40), dtype=np.uint8)
    features = torch.from_numpy(pyramid.extract(images))
    assert features.shape == (2, pyramid.dimensions)
    maps = pyramid.maps(features)
    large = [torch.nn.functional.interpolate(one, (24, 40), mode="bilinear", align_corners=False) for one in maps]
    pixels = torch.tensor([[0, 39, 500], [959, 41, 7]])
    found = pyramid.at(features, pixels)
    for image in range(2):
        expected = torch.cat([one[image].flatten(1)[:, pixels[image]] for one in large])
        torch.testing.assert_close(found[image, :, :-2], expected.T, atol=1e-4, rtol=1e-4)
    np.testing.assert_allclose(found[0, 1, -2:].numpy(), [1 / 24 - 1, 1 - 1 / 40], atol=1e-6)


def test_the_heads_answer_for_whole_images_as_for_single_pixels() -> None:
    data = make_dataset(n=3, classes=3)
    learner = probe(data, members=2, hidden=(5, 4))
    layers = [(torch.randn_like(w) / 10, torch.randn_like(b)) for w, b in learner.heads.layers]
    features = torch.from_numpy(learner.embedding.extract(data.images))
    pixels = torch.randint(32 * 32, (3, 20))
    logits = learner.segmented(Heads(tuple(layers)), features)
    assert logits.shape == (2, 3, 3, 32, 32)
    rows = learner.embedding.at(features, pixels)
    for image in range(3):
        expected = Heads(tuple(layers))(rows[image])
        torch.testing.assert_close(logits[:, image].flatten(2)[:, :, pixels[image]].mT, expected, atol=1e-3, rtol=1e-3)


def test_weights_of_drawn_pixels_make_their_sum_that_of_all() -> None:
    labels = torch.zeros(3, 10, 10, dtype=torch.uint8)
    labels[0, :2, :2] = 1
    labels[1, 5:] = 255
    labels[2] = 255
    pixels, weight = drawn_pixels(labels, 4000, torch.Generator().manual_seed(0))
    assert (labels[1].flatten()[pixels[1]] == 0).all()
    assert (weight[2] == 0).all()
    foreground = labels[0].flatten()[pixels[0]] == 1
    assert 0.49 < foreground.float().mean() < 0.55  # one half, and those among the other half
    assert float((weight[0] * foreground).mean()) == pytest.approx(0.04, abs=0.003)
    assert float(weight[:2].mean()) == pytest.approx(1, abs=0.05)


@pytest.mark.slow
def test_it_learns_discs_and_ignored_pixels_teach_nothing(tmp_path) -> None:
    data = make_dataset(n=24)
    found = answer(fitted(tmp_path, data), data)
    right = found[-1].argmax(dim=1)[18:] == torch.from_numpy(data.targets)[18:]
    assert right.float().mean() > 0.93
    hidden = data.targets.copy()
    hidden[:, 16:] = 255
    wrong = np.where(np.arange(32)[:, None] >= 16, 1 - data.targets, data.targets)
    wrong[:, 16:] = 255
    torch.testing.assert_close(
        answer(fitted(tmp_path, data, hidden), data), answer(fitted(tmp_path, data, wrong), data), rtol=0, atol=0
    )


def test_student_and_teacher_differ_and_the_teacher_repairs_what_is_wrong(tmp_path) -> None:
    data = make_dataset(n=24)
    damaged = data.targets.copy()
    damaged[:8, :, 16:] = 0  # half of every image was left as background
    options = {"members": 2, "vary": "teacher", "repairs": 1, "confidence": 0.6, "epochs": 30}
    learner = fitted(tmp_path, data, damaged, **options)
    student, teacher, final = answer(learner, data)
    assert torch.equal(teacher, final)
    assert (student - teacher).abs().max() > 0.01
    (repair,) = learner.report["refined"]
    assert repair["ids"] == list(data.ids[:8])
    working = learner.pool.labels(data.ids[:8])
    changed = (working != damaged[:8]).reshape(8, -1).sum(axis=1)
    assert changed.tolist() == repair["corrected"]


@pytest.mark.slow
@pytest.mark.parametrize("acquisition", [BALD(), PseudoLabelDivergence()], ids=["bald", "pld"])
def test_a_run_that_is_killed_in_a_fit_ends_as_one_that_was_not(tmp_path, monkeypatch, acquisition) -> None:
    vary = "teacher" if isinstance(acquisition, PseudoLabelDivergence) else "bootstrap"
    options = LIGHT | {"members": 2, "vary": vary, "repairs": int(vary == "teacher")}

    def make(folder):
        learner = lambda spec, steps: PixelProbe(spec, steps, **options)  # noqa: E731
        return make_run(tmp_path / folder, make_learner=learner, strategy=Strategy("s", Top(), acquisition))

    make("whole").run()
    inner, fits = PixelProbe.solve, []

    def killed(self, *arguments):
        fits.append(inner(self, *arguments))
        if len(fits) == 2:
            raise Crash
        return fits[-1]

    monkeypatch.setattr(PixelProbe, "solve", killed)
    with pytest.raises(Crash):
        make("killed").run()
    make("killed").run()
    assert decisions(tmp_path / "killed") == decisions(tmp_path / "whole")
    assert len(Ledger(tmp_path / "whole" / "ledger.jsonl", writable=False).labelled) == 7


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"vary": "teacher"}, r"^members=1: with vary=teacher there are 2"),
        ({"repairs": 1}, r"^repairs=1: a teacher repairs"),
        ({"vary": "chance"}, r"^vary=chance: choose bootstrap or teacher"),
        ({"hidden": [0]}, r"^hidden=0: at least 1"),
        ({"encoder": "nonsense_5"}, r"^encoder=nonsense_5: timm has no such model"),
    ],
)
def test_impossible_options(options, message) -> None:
    with pytest.raises(ValueError, match=message):
        probe(make_dataset(n=2), **options)
