"""Training, evaluation and scan of a round's model with Lightning: a fresh Trainer and callbacks every time.

A reused Trainer trains 0 steps the second time, and reused callbacks carry the last round's best score.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import torch
from pytorch_lightning.callbacks import EarlyStopping, ModelCheckpoint
from pytorch_lightning.loggers import CSVLogger, Logger

from alseg import distributed
from alseg.acquisition.acquisition import Acquisition
from alseg.composition.schema import Training as TrainingConfig
from alseg.data.pool import PoolDataModule
from alseg.errors import AlsegError, ConfigError
from alseg.learners.learner import Learner
from alseg.loop.fit_checkpoint import FitCheckpoint
from alseg.loop.progress import RoundProgress
from alseg.loop.restore_sigterm import RestoreSigterm
from alseg.loop.scan import scan
from alseg.selection.candidates import Candidates


class Training:
    """Trains, evaluates and scans with Lightning.

    Args:
        config: see ``conf/trainer/default.yaml``.

    Raises:
        ConfigError: if settings contradict each other or the device lacks what they ask for.
    """

    def __init__(self, config: TrainingConfig) -> None:
        _check(config)
        self.config = config
        self.title = ""
        """What progress bars begin with, such as the round."""
        cuda = config.accelerator in ("auto", "gpu") and torch.cuda.is_available()
        bf16 = cuda and torch.cuda.is_bf16_supported()
        self.precision = config.precision if config.precision != "auto" else "bf16-mixed" if bf16 else "32-true"

    def prepare(self, learner: Learner) -> Learner:
        """Apply the configured memory layout and compilation."""
        learner.accelerate(channels_last=self.config.channels_last, compile=self.config.compile)
        return learner

    def monitored(self, learner: Learner) -> str:
        """Name of the validation metric that decides on patience and the best model.

        Raises:
            ConfigError: if the learner is known not to log it.
        """
        monitor, known = self.config.monitor or learner.monitor, learner.validation_values()
        if known and monitor not in known:
            raise ConfigError(f"trainer.monitor={monitor}: there is no such value; there is {', '.join(known)}")
        return monitor

    def fit(
        self,
        learner: Learner,
        pool: PoolDataModule,
        callbacks: Sequence[pl.Callback],
        checkpoint: Path,
        loggers: Sequence[Logger] = (),
    ) -> dict[str, Any]:
        """Train a learner on the pool's labels and write its weights to ``checkpoint``.

        A training that was killed goes on from the last ``fit.ckpt`` beside it.

        Returns:
            ``steps`` taken, the last ``loss``, and what the learner has to report.
        """
        under_way = checkpoint.with_name("fit.ckpt")
        best = checkpoint.with_name("best.ckpt")
        together = [*callbacks, *self._fit_callbacks(checkpoint.parent, self.monitored(learner))]
        csv = CSVLogger(str(checkpoint.parent), name="", version="")
        trainer = self._trainer(
            together,
            logger=[csv, *loggers],
            max_steps=self.config.steps,
            val_check_interval=self.config.val_every,
            check_val_every_n_epoch=None,
            limit_val_batches=None if self.config.val_every and pool.split.val else 0,
            gradient_clip_val=self.config.gradient_clip,
            log_every_n_steps=max(1, min(10, self.config.steps // 5)),
        )
        if under_way.exists():
            _loaded(under_way, "; remove it, and this round's training begins anew")
        with _lightning():
            trainer.fit(learner, pool, ckpt_path=under_way if under_way.exists() else None, weights_only=True)
        loss = float(trainer.callback_metrics["train/loss"])
        if self.config.keep == "best" and best.exists():
            load_weights(learner, best)
        temporary = checkpoint.with_name(f".{checkpoint.name}.tmp")
        trainer.save_checkpoint(temporary, weights_only=True)
        if distributed.rank() == 0:
            with temporary.open("rb") as file:
                os.fsync(file.fileno())  # the ledger will say that it is there
            temporary.replace(checkpoint)
            for path in (under_way, best):
                path.unlink(missing_ok=True)
        if distributed.world_size() > 1:
            # Each rank has batch-norm statistics of its own; the model of the round is the one on disk.
            distributed.broadcast("written")
            load_weights(learner, checkpoint)
        return {"steps": trainer.global_step, "loss": loss, **learner.fit_report()}

    def evaluate(
        self, learner: Learner, pool: PoolDataModule, test_callbacks: Sequence[pl.Callback] = ()
    ) -> dict[str, float]:
        """Compute ``val/*`` and ``test/*`` metrics, each if there is such a set; callbacks act in the test alone."""
        with _lightning():
            metrics = dict(self._trainer([]).validate(learner, pool, verbose=False)[0]) if pool.split.val else {}
            if pool.split.test:
                metrics |= self._trainer([*test_callbacks]).test(learner, pool, verbose=False)[0]
        return metrics

    def scan(
        self,
        learner: pl.LightningModule,
        pool: PoolDataModule,
        acquisition: Acquisition | None,
        *,
        keep_features: bool,
        keep_probabilities: bool = False,
        keep_class_scores: bool = False,
        callbacks: Sequence[pl.Callback] = (),
    ) -> Candidates:
        """See :func:`alseg.loop.scan.scan`."""
        keep = {"keep_features": keep_features, "keep_probabilities": keep_probabilities}
        keep["keep_class_scores"] = keep_class_scores

        # bfloat16 has three digits: networks that differ by less would differ by its rounding alone.
        exact = acquisition is not None and acquisition.exact
        precision = "32-true" if exact else self.config.scan_precision or self.precision

        def trainer(scanning: list[pl.Callback]) -> pl.Trainer:
            return self._trainer([*scanning, *callbacks], precision=precision)

        with _lightning():
            return scan(trainer, learner, pool, acquisition, **keep)

    def _fit_callbacks(self, folder: Path, monitor: str) -> list[pl.Callback]:
        config = self.config
        minutes = timedelta(minutes=config.checkpoint_minutes)
        common: dict[str, Any] = {"dirpath": folder, "enable_version_counter": False}
        callbacks: list[pl.Callback] = [FitCheckpoint(filename="fit", train_time_interval=minutes, **common)]
        if config.patience is not None:
            callbacks.append(EarlyStopping(monitor, patience=config.patience, mode=config.monitor_mode))
        if config.keep == "best":
            best = ModelCheckpoint(
                filename="best", monitor=monitor, mode=config.monitor_mode, save_weights_only=True, **common
            )
            callbacks.append(best)
        return callbacks

    def _trainer(self, callbacks: list[pl.Callback], **options: Any) -> pl.Trainer:
        config = self.config
        callbacks = [RestoreSigterm(), *callbacks]
        progress = config.progress if config.progress is not None else sys.stderr.isatty()
        fitting = "max_steps" in options
        with _lightning():
            return pl.Trainer(
                accelerator=config.accelerator,
                devices=config.devices,
                strategy="ddp" if config.devices > 1 else "auto",
                precision=options.pop("precision", self.precision),
                deterministic="warn" if config.deterministic else None,
                benchmark=not config.deterministic,
                # The pool's loaders give every rank its part themselves, without padding.
                use_distributed_sampler=False,
                callbacks=[*callbacks, RoundProgress(self.title)] if progress else callbacks,
                enable_progress_bar=progress,
                enable_model_summary=False,
                enable_checkpointing=fitting,
                num_sanity_val_steps=0,
                logger=options.pop("logger", False),
                **options,
            )


def load_weights(learner: Learner, checkpoint: Path) -> None:
    """Load the weights of a checkpoint into a learner; nothing in the file is executed.

    Raises:
        AlsegError: if the file cannot be read.
    """
    learner.load_state_dict(_loaded(checkpoint)["state_dict"])


def _loaded(checkpoint: Path, advice: str = "") -> dict[str, Any]:
    try:
        content: dict[str, Any] = torch.load(checkpoint, map_location="cpu", weights_only=True)
        content["state_dict"]
    except Exception as error:
        reason = (str(error) or repr(error)).splitlines()[0]
        raise AlsegError(f"{checkpoint}: the checkpoint cannot be read ({reason}){advice}") from error
    return content


def _check(config: TrainingConfig) -> None:
    choices: dict[str, tuple[str | None, ...]] = {
        "weights_from": ("fresh", "same", "previous"),
        "keep": ("last", "best"),
        "checkpoints": ("last", "all"),
        "monitor_mode": ("min", "max"),
        "accelerator": ("auto", "cpu", "gpu", "mps"),
        "precision": ("auto", "32-true", "bf16-mixed", "16-mixed"),
        "scan_precision": (None, "32-true", "bf16-mixed"),
    }
    for key, allowed in choices.items():
        if getattr(config, key) not in allowed:
            names = ["null" if one is None else one for one in allowed]
            raise ConfigError(f"trainer.{key}={getattr(config, key)}: choose {', '.join(names[:-1])} or {names[-1]}")
    for key in ("steps", "batch_size", "unlabelled_batch_size", "eval_batch_size", "devices"):
        if getattr(config, key) < 1:
            raise ConfigError(f"trainer.{key}={getattr(config, key)}: at least 1")
    if config.gradient_clip is not None and config.gradient_clip <= 0:
        raise ConfigError(f"trainer.gradient_clip={config.gradient_clip}: above 0, or null")
    if config.checkpoint_minutes <= 0:
        raise ConfigError(f"trainer.checkpoint_minutes={config.checkpoint_minutes}: above 0")
    if config.monitor is not None and not config.monitor.startswith("val/"):
        raise ConfigError(f"trainer.monitor={config.monitor}: a metric on the validation set, such as val/dice")
    for key in ("patience", "keep"):
        if getattr(config, key) not in (None, "last") and config.val_every is None:
            raise ConfigError(
                f"trainer.{key}={getattr(config, key)} watches validations during training; set trainer.val_every too"
            )
    if config.val_every is not None and not 1 <= config.val_every <= config.steps:
        raise ConfigError(f"trainer.val_every={config.val_every}: between 1 and trainer.steps={config.steps}")
    if config.accelerator == "gpu" and not torch.cuda.is_available():
        raise ConfigError("trainer.accelerator=gpu: PyTorch sees no GPU here; choose auto or cpu")


@contextmanager
def _lightning() -> Iterator[None]:
    """Wrap every call of a Trainer.

    Silences warnings about what alseg does on purpose (no worker processes, one long epoch, ...), and turns Lightning's
    exit with code 1 after Ctrl-C back into a KeyboardInterrupt.
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", module="pytorch_lightning.*|lightning_fabric.*")
        try:
            yield
        except SystemExit as stop:
            if isinstance(stop.__context__, KeyboardInterrupt):
                raise KeyboardInterrupt from None
            raise
