"""The house's settings of the launchers, as Hydra composes them."""

import importlib.util
import os

import pytest
from omegaconf import OmegaConf

from alseg.composition.compose import compose


def composed(*overrides: str) -> dict[str, object]:
    return OmegaConf.to_container(compose(overrides, hydra_too=True).hydra.launcher, resolve=True)


@pytest.mark.slow
def test_joblib_has_a_job_per_gpu_or_per_core_and_bundles_none(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "0,1,2")
    launcher = composed("hydra/launcher=joblib")
    assert launcher["n_jobs"] == 3
    assert int(launcher["batch_size"]) == 1
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert composed("hydra/launcher=joblib")["n_jobs"] == len(os.sched_getaffinity(0))
    assert composed("hydra/launcher=joblib", "hydra.launcher.n_jobs=5")["n_jobs"] == 5


@pytest.mark.slow
def test_ray_reserves_a_gpu_where_there_is_one(monkeypatch):
    for visible, gpus in (("", 0), ("3", 1), ("0,1", 1)):
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", visible)
        assert composed("hydra/launcher=ray")["ray"]["remote"]["num_gpus"] == gpus


@pytest.mark.slow
@pytest.mark.skipif(
    importlib.util.find_spec("hydra_plugins.hydra_submitit_launcher") is None,
    reason='needs hydra-submitit-launcher: pip install "alseg[slurm]"',
)
def test_slurm_queues_again_and_reserves_one_gpu():
    launcher = composed("hydra/launcher=slurm")
    assert launcher["_target_"].endswith(".SlurmLauncher")
    assert launcher["additional_parameters"] == {"requeue": True}
    assert launcher["max_num_timeout"] > 0
    assert launcher["gpus_per_node"] == 1
