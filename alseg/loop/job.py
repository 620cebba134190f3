"""Run one resolved config, from its start to DONE or FAILED."""

from __future__ import annotations

import contextlib
import json
import logging
import sys
import traceback
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any, NoReturn, cast

from omegaconf import DictConfig, OmegaConf

from alseg import children, distributed, randomness, termination
from alseg.callbacks.callback import Callback
from alseg.callbacks.tracking import Tracking
from alseg.composition.compose import resolve
from alseg.composition.instantiate import instantiate
from alseg.composition.schema import Audit, Config
from alseg.data.dataset import Dataset
from alseg.data.pool import PoolDataModule
from alseg.data.split import split_by_group
from alseg.errors import AlsegError, ConfigError, RunFolderError, of_disk
from alseg.files import write_text
from alseg.identity.content import Content, content_of
from alseg.identity.sources import sources_of
from alseg.loop.controller import ActiveLearningController
from alseg.loop.feature_space import FeatureSpace, FrozenSpace
from alseg.loop.learned_space import LearnedSpace
from alseg.loop.training import Training
from alseg.runs.going_on import Changed, opens_again, take_up
from alseg.runs.provenance import record_start
from alseg.runs.resuming import check_settings, warn_if_data_changed
from alseg.runs.rewinding import finish_rewinding, is_under_way
from alseg.runs.run_folder import RunFolder, State
from alseg.selection.audited import Audited
from alseg.strategy import Strategy
from alseg.terminal import working
from alseg.termination import Terminated
from alseg.tracking.tracker import Tracker

log = logging.getLogger(__name__)


def run_job(config: DictConfig, folder: Path) -> State:
    """Run one config in its folder, or resume it; a finished run is left alone, unless its settings say more is to come.

    Raises:
        AlsegError: if the config, the data or the folder cannot be used, or a disk is full.
        Exception: whatever else went wrong; ``FAILED`` holds the traceback, and the same call goes on.
    """
    try:
        return _run_or_resume(config, folder)
    except AlsegError:
        raise
    except Exception as error:
        if (fault := of_disk(error)) is None:
            raise
        where = f"{fault.filename}: " if fault.filename else ""
        raise RunFolderError(
            f"run_dir={folder}: {where}{fault.strerror}; once there is room, the same command goes on"
        ) from error


def _run_or_resume(config: DictConfig, folder: Path) -> State:
    run = RunFolder(folder)
    config = resolve(config)
    if is_under_way(run) and distributed.rank() == 0:
        with run.lock():
            finish_rewinding(run)
    changed = check_settings(run, _plain(config))
    if run.done.exists() and not opens_again(changed):
        log.info("%s is done already", folder)
        warn_if_data_changed(run, _plain(config), _content)
        return run.load_state()
    if config.trainer.devices > 1 and not distributed.is_launched():
        with run.lock():
            take_up(run, check_settings(run, _plain(config)))
        return _launch(config, run)
    distributed.join_group()
    if distributed.rank() > 0:
        return build(config, run).run()
    with run.lock():
        changed = check_settings(run, _plain(config))
        if run.done.exists() and not opens_again(changed):  # by a process that held the lock until now
            return run.load_state()
        return _run_recorded(config, run, changed)


def build(config: DictConfig, run: RunFolder, tracker: Tracker | None = None) -> ActiveLearningController:
    """Build the controller from a resolved config; the tracker is called after all other callbacks."""
    settings = cast(Config, OmegaConf.to_object(OmegaConf.merge(OmegaConf.structured(Config), config)))
    if settings.seed < 0:
        raise ConfigError(f"seed={settings.seed}: a seed is 0 or more")
    training = Training(settings.trainer)
    sources = sources_of(_plain(config))  # before the images are read: later edits change the stamp
    strategy, cold_start = (
        with_audit(instantiate(config.strategy), settings.audit),
        instantiate(config.cold_start),
    )
    callbacks = _callbacks(config)
    if tracker is not None:
        callbacks["logger"] = Tracking(tracker)
    dataset: Dataset = instantiate(config.data)
    initial = settings.budget.initial
    split = split_by_group(
        dataset,
        test=settings.split.test,
        val=settings.split.val,
        max_val=None if initial is None else round(settings.split.val_per_initial * initial * dataset.images_per_query),
        rng=randomness.generator(settings.seed, 0, "split"),
    )
    pool = PoolDataModule(
        dataset,
        split,
        seed=settings.seed,
        steps=settings.trainer.steps,
        batch_size=settings.trainer.batch_size,
        unlabelled_batch_size=settings.trainer.unlabelled_batch_size,
        eval_batch_size=settings.trainer.eval_batch_size,
    )
    # Learners on frozen features have the embedding for a part.
    compared = strategy.needs_embedding or cold_start.needs_embedding or "embedding" in config.learner
    return ActiveLearningController(
        pool=pool,
        # Made anew each round, with all its parts.
        make_learner=lambda spec, steps: instantiate(config.learner, spec=spec, steps=steps),
        cold_start=cold_start,
        strategy=strategy,
        oracle=instantiate(config.oracle, dataset=dataset),
        training=training,
        budget=settings.budget,
        folder=run,
        seed=settings.seed,
        space=_feature_space(config, pool, settings, compared),
        callbacks=callbacks,
        config=_plain(config),
        sources=sources,
        proceed=settings.proceed,
    )


def with_audit(strategy: Strategy, audit: Audit) -> Strategy:
    """The strategy, with a share of every query drawn at random.

    Raises:
        ConfigError: if it is no share.
    """
    if not 0 <= audit.share <= 1:
        raise ConfigError(f"audit.share={audit.share}: it is a share of every query, from 0 (no audit) to 1")
    if not audit.share:
        return strategy
    return replace(strategy, selector=Audited(strategy.selector, audit.share, preannotate=audit.preannotate))


def _callbacks(config: DictConfig) -> dict[str, Callback]:
    """Callbacks by name, then stopping rules."""
    callbacks: dict[str, Callback] = {}
    for group in ("callbacks", "stopping"):
        for name, node in (config.get(group) or {}).items():  # runs before 0.2 name no callbacks
            if str(name) in callbacks:
                raise ConfigError(f"{group}.{name}: a callback has this name too; choose another one")
            if node is not None:
                callbacks[str(name)] = instantiate(node)
    return callbacks


def _feature_space(config: DictConfig, pool: PoolDataModule, settings: Config, compared: bool) -> FeatureSpace:
    # Map and extractor are made on first use: openTSNE and scikit-learn take a second to import.
    make_map = (lambda: instantiate(config.map)) if "_target_" in config.map else None
    if "_target_" in config.embedding:
        return FrozenSpace(pool, lambda: instantiate(config.embedding), make_map, settings.seed, compared)
    gpu, progress = settings.trainer.accelerator in ("auto", "gpu"), settings.trainer.progress is not False
    return LearnedSpace(pool, make_map, settings.seed, gpu=gpu, progress=progress)


def _run_recorded(config: DictConfig, run: RunFolder, changed: Changed) -> State:
    """Run, and leave DONE or FAILED behind."""
    run.failed.unlink(missing_ok=True)
    try:
        controller = build(config, run, instantiate(config.logger))
        take_up(run, changed)
        # Not before: what build refuses must not tie the folder to this config.
        write_text(run.config, OmegaConf.to_yaml(config))
        record_start(run, config.trainer.accelerator)
        state = controller.run()
        if state.phase == "done":
            write_text(run.done, "")
    except AlsegError as error:
        if not run.done.exists():  # one that is done stays so where more cannot be had
            _leave_failed(run, f"{error}\n")
        raise
    except Exception as error:
        fault = of_disk(error)
        _leave_failed(run, f"{fault}\n" if fault else traceback.format_exc())
        raise
    return state


def _leave_failed(run: RunFolder, why: str) -> None:
    with contextlib.suppress(OSError):  # the disk is full: the error itself says so
        write_text(run.failed, why)


def _launch(config: DictConfig, run: RunFolder) -> State:
    """Run on several devices: one process each, started by torchrun from the config in the run folder."""
    write_text(run.config, OmegaConf.to_yaml(config))
    torchrun = [
        sys.executable,
        "-m",
        "alseg.loop.torchrun",
        "--standalone",
        f"--nproc-per-node={config.trainer.devices}",
    ]
    code = children.run([*torchrun, "-m", "alseg.loop.job", str(run.path)])
    if code or run.failed.exists():
        if not run.ledger.exists():
            run.config.unlink(missing_ok=True)  # it never began: a corrected config may take the folder
        reason = run.failed.read_text(encoding="utf-8").splitlines() if run.failed.exists() else [f"exit code {code}"]
        raise AlsegError(f"{run.path}: the run on {config.trainer.devices} devices failed: {reason[-1]}")
    return run.load_state()


def quiet_libraries() -> None:
    """Silence Lightning's advertisements and its lines about devices in every round."""
    for library in ("pytorch_lightning", "lightning_fabric", "timm"):
        logging.getLogger(library).setLevel(logging.ERROR)  # their imports, which set levels of their own, are above


@lru_cache(maxsize=64)
def _content(nodes: str, touched: str) -> Content:  # noqa: ARG001
    """Content of a data set and its oracle, cached for all runs of a sweep while the stamp ``touched`` is the same."""
    node = cast(DictConfig, OmegaConf.create(json.loads(nodes)))
    with working("comparing the data set with that of a finished run"):
        dataset: Dataset = instantiate(node.data)
        return content_of(dataset, instantiate(node.oracle, dataset=dataset).answers())


def _plain(config: DictConfig) -> dict[str, Any]:
    return cast(dict[str, Any], OmegaConf.to_container(config))


def go_as_rank(folder: str) -> NoReturn:
    """Go through the run of a folder as one of several processes; torchrun starts this on every rank.

    Bad input is reported in FAILED to the process that started torchrun; a failed rank would have torchrun print a page of its own.
    """
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    logging.getLogger("alseg").setLevel(logging.INFO if distributed.rank() == 0 else logging.ERROR)
    quiet_libraries()
    termination.raise_on_signals()
    try:
        with contextlib.suppress(AlsegError):
            run_job(cast(DictConfig, OmegaConf.load(Path(folder) / "config.yaml")), Path(folder))
    except Terminated as end:
        distributed.leave(end.exit_code)
    distributed.leave()


if __name__ == "__main__":
    go_as_rank(sys.argv[1])
