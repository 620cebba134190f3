"""The moment of a training whose student and teacher are compared."""

import pytest
import torch

from alseg.acquisition.entropy import Entropy
from alseg.acquisition.pld import PseudoLabelDivergence
from alseg.callbacks.fit_guard import FitGuard
from alseg.learners.learner import DataSpec
from alseg.learners.query_state import QueryState
from alseg.learners.sequal import Sequal
from alseg.selection.top import Top
from alseg.strategy import Strategy
from tests.helpers.discs import make_dataset
from tests.helpers.fits import KillAt, Killed, training
from tests.helpers.loop_runs import make_run
from tests.helpers.pools import make_pool
from tests.helpers.segmenters import segmenter


class Tiny(torch.nn.Module):
    """A segmentation network of two layers."""

    def __init__(self, classes):
        super().__init__()
        self.body, self.norm = torch.nn.Conv2d(1, 4, 3, padding=1), torch.nn.BatchNorm2d(4)
        self.head = torch.nn.Conv2d(4, classes, 1)

    def forward(self, images):
        maps = self.norm(self.body(images)).relu()
        return self.head(maps), maps.mean(dim=(2, 3))


@pytest.fixture
def pair(monkeypatch):
    monkeypatch.setattr(Sequal, "make_network", lambda self: Tiny(len(self.spec.classes)))

    def make(spec, steps, at=0.5):
        options = ["learner.refine=null", "learner.consistency=0", "learner/schedule=constant"]
        return segmenter("learner=sequal", *options, f"learner.query_at={at}", spec=spec, steps=steps)

    return make


class Networks(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.student, self.teacher = torch.nn.Linear(2, 1), torch.nn.BatchNorm1d(2)
        self.kept = QueryState()

    @property
    def both(self):
        return [self.student, self.teacher]


def test_what_is_kept_travels_in_the_checkpoint(tmp_path):
    torch.manual_seed(0)
    before, after = Networks(), Networks()
    before.kept.keep(before.both)
    weight = before.student.weight.clone()
    with torch.no_grad():
        before.student.weight.add_(1)
        before.teacher.running_mean.add_(3)
    torch.save(before.state_dict(), tmp_path / "model.ckpt")
    after.load_state_dict(torch.load(tmp_path / "model.ckpt", weights_only=True))
    assert torch.equal(after.student.weight, weight + 1)  # the model as it ended
    after.kept.restore(after.both)
    assert torch.equal(after.student.weight, weight)
    assert torch.equal(after.teacher.running_mean, torch.zeros(2))


def test_a_checkpoint_of_an_earlier_moment_leaves_what_is_kept():
    """The best of the validations may be older than the query's moment."""
    networks = Networks()
    earlier = networks.state_dict()
    networks.kept.keep(networks.both)
    networks.load_state_dict(earlier)
    assert len(networks.kept.states) == 2
    networks.kept.forget()
    assert networks.kept.states == []


@pytest.fixture(scope="module")
def dataset():
    return make_dataset(n=40, groups=20)


@pytest.mark.slow
def test_scores_of_disagreement_are_of_that_moment_and_all_else_of_the_end(dataset, tmp_path, pair):
    pld, entropy = (Strategy("s", Top(), score) for score in (PseudoLabelDivergence(), Entropy()))
    fits = training(steps=4, batch_size=4)
    active = make_run(tmp_path, dataset, budget=(3, 2, 2), strategy=pld, make_learner=pair, training=fits)
    active.pool.steps = 4
    active.run()
    last = active.last_learner()
    assert active._models.for_scan(entropy, 2) is last
    scanned = active._models.for_scan(pld, 2)
    assert equal(last.query_state.states, scanned)
    assert not equal(last.query_state.states, last)
    # And so after a kill: the checkpoint has it.
    again = active._models._load(1)
    assert equal(last.query_state.states, again.for_query())
    assert all(torch.equal(value, again.state_dict()[name]) for name, value in _plain(last))


@pytest.mark.slow
def test_a_fit_that_was_killed_keeps_the_state_of_the_same_step(dataset, tmp_path, pair, monkeypatch):
    def attempt(folder, at=0.5, steps=6, kill=()):
        pool = make_pool(dataset, steps=steps)
        pool.label(dataset.ids[:6], dataset.targets[:6])
        pool.begin_round(0, uses_unlabelled=True)
        fits = training(steps=steps, checkpoint_minutes=1e-9)
        make = fits._trainer
        monkeypatch.setattr(fits, "_trainer", lambda callbacks, **o: make([*callbacks, *kill], **o))
        torch.manual_seed(0)
        learner = pair(DataSpec.of(dataset), steps, at)
        guard = FitGuard(seed=0, round_=0, labelled=pool.labelled)
        fits.fit(learner, pool, [guard], tmp_path / folder / "model.ckpt", [])
        return learner

    whole = attempt("whole")
    for step in (2, 3, 5):  # before the moment, at it, and after it
        with pytest.raises(Killed):
            attempt(f"killed_{step}", kill=[KillAt(step)])
        assert equal(whole.query_state.states, attempt(f"killed_{step}").for_query())
    # The rate is constant, so a fit of three steps ends where one of six was at its middle.
    short = attempt("short", at=1.0, steps=3)
    assert equal(whole.query_state.states, short)
    assert short.for_query() is short  # compared as it ended
    assert not equal(whole.query_state.states, whole)


def _plain(learner):
    return [(name, value) for name, value in learner.state_dict().items() if isinstance(value, torch.Tensor)]


def equal(states, learner):
    """True if the networks of a learner are in these states."""
    pairs = zip(states, learner.networks(), strict=True)
    return all(torch.equal(value, net.state_dict()[name]) for state, net in pairs for name, value in state.items())
