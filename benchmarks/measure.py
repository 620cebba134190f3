"""Timing of two actions in turn, fair on a busy machine, and peak memory of a process."""

from __future__ import annotations

import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

MIB = 2**20


@dataclass(frozen=True)
class Ratio:
    """A measurement over its reference, with its target."""

    name: str
    ours: float
    reference: float
    unit: str
    target: str
    met: bool
    value: float

    def __str__(self) -> str:
        verdict = "met" if self.met else "MISSED"
        return (
            f"{self.name}: {self.value:.3f}  ({self.ours:.4g} {self.unit} over {self.reference:.4g} {self.unit}; "
            f"target {self.target}: {verdict})"
        )


def alternately(ours: Callable[[], float], reference: Callable[[], float], repeats: int) -> tuple[float, float, float]:
    """Measure both in turn, so that a slow moment of the machine meets both.

    Returns:
        The medians of each, and the median of the ratios of neighbours.
    """
    pairs = [(ours(), reference()) for _ in range(repeats)]
    first, second = zip(*pairs)
    return statistics.median(first), statistics.median(second), statistics.median(a / b for a, b in pairs)


def seconds(action: Callable[[], object]) -> float:
    """Wall-clock seconds of an action."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def least(ours: Callable[[], float], reference: Callable[[], float], repeats: int) -> tuple[float, float]:
    """Measure both in turn; the least of each, for whatever else runs on the machine only adds to it."""
    first, second = zip(*[(ours(), reference()) for _ in range(repeats)])
    return min(first), min(second)


def cpu_seconds(action: Callable[[], object]) -> float:
    """CPU seconds of all threads of this process for an action; those of others do not count."""
    start = time.process_time()
    action()
    return time.process_time() - start


def show(measured: Iterable[Callable[[], Ratio]]) -> int:
    """Measure and print one after another; return the exit code, 1 if a target was missed."""
    met = True
    for measure in measured:
        ratio = measure()
        print(ratio, flush=True)
        met &= ratio.met
    return 0 if met else 1


def peak_memory(module: str, *arguments: str) -> float:
    """Peak resident memory, in MiB, of ``python -m module arguments`` in a process of its own."""
    out = subprocess.run([sys.executable, "-m", module, *arguments], check=True, capture_output=True, text=True).stdout
    return float(out.split()[-1])


def own_peak_memory() -> float:
    """Peak resident memory of this process so far, in MiB.

    From /proc, where there is one: what getrusage says is never below the memory of the process that started this one.
    """
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text().splitlines() if line.startswith("VmHWM"))
        return float(line.split()[1]) * 1024 / MIB
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / MIB
