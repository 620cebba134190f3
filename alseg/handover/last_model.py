"""The last trained model of a run, and what it was made for, with or without the run's data set."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import cast

import torch
from omegaconf import DictConfig, OmegaConf

from alseg.composition.instantiate import instantiate
from alseg.errors import RunFolderError
from alseg.handover.preprocessing import Preprocessing
from alseg.handover.spec import spec_of
from alseg.learners.learner import DataSpec, Learner
from alseg.learners.solved_learner import SolvedLearner
from alseg.loop.training import load_weights
from alseg.runs.ledger import Ledger
from alseg.runs.run_folder import RunFolder


@dataclass(frozen=True)
class LastModel:
    """A trained learner in evaluation mode, and how images are brought to it.

    Args:
        run: the folder it comes from.
        round: that trained it.
        digest: of the checkpoint.
        learner: on no device yet.
        preprocessing: of image files.
        config: of the run.
    """

    run: Path
    round: int
    digest: str
    learner: Learner
    preprocessing: Preprocessing
    config: DictConfig

    @property
    def spec(self) -> DataSpec:
        """Task, classes, channels and size."""
        return self.learner.spec


def last_model(run: RunFolder, config: DictConfig) -> LastModel:
    """Load the model of the last finished training.

    Raises:
        RunFolderError: if nothing was trained yet, the checkpoint is gone, or neither run nor data set say what it is for.
    """
    ledger = Ledger(run.ledger, writable=False)
    trained = [event["round"] for event in ledger.of("trained")]
    if not trained:
        raise RunFolderError(f"{run.path}: no round is trained yet, so there is no model")
    checkpoint = run.checkpoint(max(trained))
    if not checkpoint.is_file():
        raise RunFolderError(f"{checkpoint}: the model of round {max(trained)} is not there")
    spec = spec_of(run, config, ledger)
    learner = _made(config, spec)
    load_weights(learner, checkpoint)
    digest = blake2b(checkpoint.read_bytes(), digest_size=16).hexdigest()
    return LastModel(
        run.path, max(trained), digest, learner.eval(), Preprocessing.of(config.data, spec.size, spec.channels), config
    )


def _made(config: DictConfig, spec: DataSpec) -> Learner:
    """The learner with any weights: its own come from the checkpoint, so that no file of pretrained ones must be there."""
    bare = cast(DictConfig, OmegaConf.merge(config, {}))
    if config.learner.get("weights") is not None:
        OmegaConf.update(bare, "learner.weights", "none")
        OmegaConf.update(bare, "learner.weights_path", None)
    steps = int(config.trainer.steps)
    with torch.random.fork_rng(devices=[]):
        learner: Learner = instantiate(bare.learner, spec=spec, steps=steps)
        if isinstance(learner, SolvedLearner):  # its frozen network is in no checkpoint
            learner = instantiate(config.learner, spec=spec, steps=steps)
    return learner
