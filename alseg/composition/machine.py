"""The machine's cores and GPUs, for the files of ``conf/hydra/launcher``."""

from __future__ import annotations

import os
import warnings

from omegaconf import OmegaConf


def register() -> None:
    """Register the OmegaConf resolvers that the files of ``conf/hydra/launcher`` use.

    Files named like a plugin's own choice replace it; Hydra's warning about that, for each job, is silenced.
    """
    warnings.filterwarnings("ignore", "(?s).*is validated against ConfigStore schema with the same name")
    OmegaConf.register_new_resolver("local_jobs", local_jobs, replace=True)
    OmegaConf.register_new_resolver("gpu_per_job", lambda: min(1, len(visible_gpus())), replace=True)


def local_jobs() -> int:
    """Number of jobs that one machine runs at a time: one per GPU, or one per core where there is none."""
    return len(visible_gpus()) or _cores()


def _cores() -> int:
    """Number of cores that this process may use; a container or scheduler may allow fewer than there are."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def visible_gpus() -> list[str]:
    """The GPUs that this process may use, as in ``CUDA_VISIBLE_DEVICES``."""
    stated = os.environ.get("CUDA_VISIBLE_DEVICES")
    if stated is not None:
        return [gpu.strip() for gpu in stated.split(",") if gpu.strip()]
    import torch

    return [str(index) for index in range(torch.cuda.device_count())]
