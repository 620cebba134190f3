"""One run, from its resolved config to DONE or FAILED."""

from __future__ import annotations

import contextlib
import inspect
import json
import logging
import sys
import traceback
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

from hydra.errors import InstantiationException
from hydra.utils import get_object, instantiate
from omegaconf import DictConfig, MissingMandatoryValue, OmegaConf

from alseg import children, distributed, randomness, termination
from alseg.composition.schema import Config
from alseg.data.dataset import Dataset
from alseg.data.pool import PoolDataModule
from alseg.data.split import split_by_group
from alseg.errors import AlsegError, ConfigError
from alseg.files import write_text
from alseg.identity.content import Content, content_of
from alseg.identity.resuming import check_settings, tell_if_data_has_changed
from alseg.identity.sources import sources_of
from alseg.loop.controller import ActiveLearner
from alseg.loop.feature_space import FeatureSpace, FrozenSpace
from alseg.loop.learned_space import LearnedSpace
from alseg.loop.training import Training
from alseg.runs.run_folder import RunFolder, State
from alseg.settle import settled
from alseg.terminal import working
from alseg.termination import Terminated
from alseg.tracking.tracker import INTERRUPTED, Tracker

log = logging.getLogger(__name__)


def run_job(config: DictConfig, folder: Path) -> State:
    """Run one config in its folder, or go on with what is there; a finished run is left alone.

    Raises:
        AlsegError: if the config, the data or the folder cannot be used.
        Exception: whatever else went wrong; ``FAILED`` holds the traceback, and the same call goes on.
    """
    run = RunFolder(folder)
    config = resolve(config)
    check_settings(run, _plain(config))
    if run.done.exists():
        log.info("%s is done already", folder)
        tell_if_data_has_changed(run, _plain(config), _content)
        return run.load_state()
    if config.trainer.devices > 1 and not distributed.is_launched():
        return _launch(config, run)
    distributed.join_group()
    if distributed.rank() > 0:
        return build(config, run, Tracker()).run()
    with run.lock():
        if run.done.exists():  # by a process that held the lock until now
            return run.load_state()
        return _run_tracked(config, run)


def resolve(config: DictConfig) -> DictConfig:
    """The config with every interpolation resolved, as it is kept in the run folder.

    Raises:
        ConfigError: if a mandatory value is missing, or text in a YAML file reads as a number.
    """
    try:
        plain = OmegaConf.to_container(config, resolve=True, throw_on_missing=True)
        return settled(cast(dict[str, Any], plain))
    except MissingMandatoryValue as error:
        key = error.full_key or str(error)
        raise ConfigError(f"{key}: no value was given, and there is no default; add {key}=VALUE") from None


def build(config: DictConfig, run: RunFolder, tracker: Tracker) -> ActiveLearner:
    """The objects that a resolved config names, joined."""
    settings = cast(Config, OmegaConf.to_object(OmegaConf.merge(OmegaConf.structured(Config), config)))
    if settings.seed < 0:
        raise ConfigError(f"seed={settings.seed}: a seed is 0 or more")
    if settings.worst < 0:
        raise ConfigError(f"worst={settings.worst}: 0 or more, of how many test images a picture is kept")
    training = Training(settings.trainer)
    sources = sources_of(_plain(config))  # before the images are read: what is edited from now on looks touched
    strategy, cold_start = _make(config.strategy)(), _make(config.cold_start)()
    stopping = {name: _make(rule)() for name, rule in config.stopping.items()}
    dataset: Dataset = _make(config.data)()
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
    return ActiveLearner(
        pool=pool,
        # Made anew each round, with everything that hangs on it.
        make_learner=lambda spec, steps: _make(config.learner)(spec=spec, steps=steps),
        cold_start=cold_start,
        strategy=strategy,
        oracle=_make(config.oracle)(dataset=dataset),
        training=training,
        budget=settings.budget,
        folder=run,
        seed=settings.seed,
        space=_feature_space(config, pool, settings),
        stopping=stopping,
        tracker=tracker,
        worst=settings.worst,
        sources=sources,
    )


def _feature_space(config: DictConfig, pool: PoolDataModule, settings: Config) -> FeatureSpace:
    # Map and extractor are made when they are first needed: openTSNE and scikit-learn take a second to import.
    make_map = (lambda: _make(config.map)()) if "_target_" in config.map else None
    if "_target_" in config.embedding:
        return FrozenSpace(pool, lambda: _make(config.embedding)(), make_map, settings.seed)
    gpu, progress = settings.trainer.accelerator in ("auto", "gpu"), settings.trainer.progress is not False
    return LearnedSpace(pool, make_map, settings.seed, gpu=gpu, progress=progress)


def _run_tracked(config: DictConfig, run: RunFolder) -> State:
    """Run under a tracker, and leave DONE or FAILED behind."""
    run.failed.unlink(missing_ok=True)
    tracker: Tracker = _make(config.logger)()
    exit_code = 1
    try:
        learner = build(
            config, run, tracker
        )  # raises before anything is written that would tie the folder to this config
        write_text(run.config, OmegaConf.to_yaml(config))
        tracker.start(run.path, cast(Any, OmegaConf.to_container(config)))
        state = learner.run()
        if state.phase == "done":
            _draw_map(run, learner)
            write_text(run.done, "")
        exit_code = 0
        return state
    except AlsegError as error:
        write_text(run.failed, f"{error}\n")
        raise
    except Exception:
        write_text(run.failed, traceback.format_exc())
        raise
    except BaseException as end:  # an interruption is no failure
        exit_code = end.exit_code if isinstance(end, Terminated) else INTERRUPTED
        raise
    finally:
        tracker.finish(exit_code)


def _draw_map(run: RunFolder, learner: ActiveLearner) -> None:
    """Write the map of the pool with all queries; a run whose results are there does not fail for want of it."""
    space = learner.space
    if space is None or space.make_map is None:
        return
    from alseg.maps.from_run import map_of_run
    from alseg.maps.map_file import Places, write_places
    from alseg.maps.write_map import write_map

    try:
        if space.needs_learner:
            space.follow(learner.last_learner())
        with working("drawing the map"):
            pool = learner.pool
            places = Places(pool.split.pool, space.map, groups=pool.groups(pool.split.pool))
            write_places(run.path / "map.csv", places)
            write_map(map_of_run(run, learner.pool.dataset), run.path)
    except Exception as error:  # whatever it is, the results are on disk
        log.warning("%s: no map was drawn: %s", run.path, error)
        log.debug("the map", exc_info=True)


def _launch(config: DictConfig, run: RunFolder) -> State:
    """Run on several devices: one process each, started by torchrun from the config in the run folder."""
    write_text(run.config, OmegaConf.to_yaml(config))
    torchrun = [
        sys.executable,
        "-m",
        "alseg.torchrun",
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
    """No advertisements, and no word on devices in every round."""
    for library in ("pytorch_lightning", "lightning_fabric", "timm"):
        logging.getLogger(library).setLevel(logging.ERROR)  # their imports, which set levels of their own, are above


def _make(node: DictConfig) -> Callable[..., Any]:
    """What a config node names, waiting for the arguments that no config can hold.

    Raises:
        ConfigError: here or when it is called, if the node names nothing or its arguments are not of its kind.
    """
    try:
        make = cast(Callable[..., Any], instantiate(_without_labels(node), _partial_=True, _convert_="all"))
    except (InstantiationException, ImportError, AttributeError) as error:
        if isinstance(error.__cause__, AlsegError):
            raise error.__cause__ from None
        raise ConfigError(" ".join(str(error).split())) from error

    def checked(**arguments: Any) -> Any:
        try:
            return make(**arguments)
        except (TypeError, ValueError) as error:
            log.debug("%s", node._target_, exc_info=True)
            raise ConfigError(f"{node._target_}: {error}") from error

    return checked


def _without_labels(node: Any) -> Any:
    """A config without the ``name`` of every object that takes none: there, it is for people and reports."""
    if not isinstance(node, DictConfig):
        return node
    plain = {str(key): _without_labels(value) for key, value in node.items()}
    target = plain.get("_target_")
    if target is not None and "name" in plain and "name" not in inspect.signature(get_object(target)).parameters:
        del plain["name"]
    return plain


@lru_cache(maxsize=64)
def _content(nodes: str, touched: str) -> Content:  # noqa: ARG001
    """Of a data set and its oracle, once for all runs of a sweep as long as nobody touches the files again (``touched``)."""
    node = cast(DictConfig, OmegaConf.create(json.loads(nodes)))
    with working("comparing the data set with that of a finished run"):
        dataset: Dataset = _make(node.data)()
        return content_of(dataset, _make(node.oracle)(dataset=dataset).answers())


def _plain(config: DictConfig) -> dict[str, Any]:
    return cast(dict[str, Any], OmegaConf.to_container(config))


if __name__ == "__main__":  # what torchrun starts on every rank
    logging.basicConfig(level=logging.WARNING, format="%(message)s")
    logging.getLogger("alseg").setLevel(logging.INFO if distributed.rank() == 0 else logging.ERROR)
    quiet_libraries()
    _folder = Path(sys.argv[1])
    # Bad input stands in FAILED, where the process that started torchrun finds it; a failed rank would have torchrun print
    # a page of its own.
    termination.heed()
    try:
        with contextlib.suppress(AlsegError):
            run_job(cast(DictConfig, OmegaConf.load(_folder / "config.yaml")), _folder)
    except Terminated as end:
        distributed.leave(end.exit_code)
    distributed.leave()
