"""Two runs at once: ``python -m benchmarks.sweep``.

The same sweep of small runs by ``hydra/launcher=joblib`` with two jobs, over one after the other with all cores each, in seconds
of wall time. Two at once must not be slower: each has half of the threads, and what a run does on one thread alone (decoding,
selecting, writing) is done for two at a time.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile

from benchmarks.measure import Ratio, alternately, seconds

RUNS = [
    *("data=phantom_carotid_small", "data.size=64", "learner.weights=none", "trainer.accelerator=cpu"),
    *("trainer.progress=false", "logger=csv", "map=none", "worst=0"),
    *("budget.initial=6", "budget.query=6", "budget.rounds=2", "trainer.batch_size=4"),
]
AT_MOST = 1.0


def sweep(jobs: int, runs: int, steps: int) -> None:
    """Run the sweep in a new folder, with the default number of threads."""
    launcher = ["hydra/launcher=joblib", f"hydra.launcher.n_jobs={jobs}"] if jobs > 1 else []
    environment = {name: value for name, value in os.environ.items() if not name.endswith("_NUM_THREADS")}
    with tempfile.TemporaryDirectory() as folder:
        arguments = [*RUNS, f"trainer.steps={steps}", f"seed=range(0,{runs})", f"run_dir={folder}", *launcher]
        command = [sys.executable, "-m", "alseg", "run", "-m", *arguments]
        subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def main() -> int:
    """Measure, print the ratio, and say by the exit code whether the target is met."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=4, help="runs of the sweep")
    parser.add_argument("--steps", type=int, default=10, help="training steps of a round")
    parser.add_argument("--repeats", type=int, default=1)
    options = parser.parse_args()
    beside, after, value = alternately(
        lambda: seconds(lambda: sweep(2, options.runs, options.steps)),
        lambda: seconds(lambda: sweep(1, options.runs, options.steps)),
        options.repeats,
    )
    name = f"{options.runs} runs, two at once over one after the other"
    met = value <= AT_MOST
    print(Ratio(name, beside, after, "s", f"<= {AT_MOST:g}", met, value))
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
