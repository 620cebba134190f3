"""Processes that go through one run together: rank 0 decides and tells the others."""

from __future__ import annotations

import logging
import os
import sys
from itertools import chain
from typing import TYPE_CHECKING, NoReturn, TypeVar

if TYPE_CHECKING:
    from torch import Tensor

T = TypeVar("T")


def is_launched() -> bool:
    """True if a launcher such as torchrun started this process among others."""
    return int(os.environ.get("WORLD_SIZE", "1")) > 1


def join_group() -> None:
    """Join the other processes, if there are any."""
    if is_launched() and not _in_group():
        import torch
        import torch.distributed as dist

        if torch.cuda.is_available():
            torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
        dist.init_process_group("nccl" if torch.cuda.is_available() else "gloo")


def leave(exit_code: int = 0) -> NoReturn:
    """Exit this process at once, without the interpreter's shutdown; its work is written, or broken off.

    Gloo's threads may still run during that shutdown, and then, one time in ten, the process dies of
    ``terminate called without an active exception`` (torch 2.15), which torchrun reports as a failed run. Destroying
    the process group beforehand does not help.
    """
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(exit_code)


def _in_group() -> bool:
    """True if this process has joined others: then it has imported torch, which takes seconds, and need not be for the question."""
    return "torch.distributed" in sys.modules and bool(sys.modules["torch.distributed"].is_initialized())


def rank() -> int:
    """Rank of this process, 0 if it is alone."""
    if not _in_group():
        return int(os.environ.get("RANK", "0"))
    import torch.distributed as dist

    return dist.get_rank()


def world_size() -> int:
    """Number of processes."""
    if not _in_group():
        return 1
    import torch.distributed as dist

    return dist.get_world_size()


def share(rows: Tensor) -> Tensor:
    """This rank's part of the rows; the parts of all ranks are disjoint and together complete."""
    return rows[rank() :: world_size()]


def broadcast(value: T) -> T:
    """Rank 0's value, on every rank."""
    if world_size() == 1:
        return value
    import torch.distributed as dist

    box = [value]
    dist.broadcast_object_list(box, src=0)
    return box[0]


def gather(parts: list[T]) -> list[T]:
    """The lists of all ranks, one after the other, on every rank."""
    if world_size() == 1:
        return parts
    import torch.distributed as dist

    boxes: list[list[T]] = [[] for _ in range(world_size())]
    dist.all_gather_object(boxes, parts)
    return list(chain.from_iterable(boxes))
