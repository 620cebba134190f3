"""A sweep through a real SLURM: jobs that are pre-empted half-way end as if nobody had touched them."""

import shutil
import tempfile
from pathlib import Path

import pytest

from tests.helpers.command_line import TINY
from tests.helpers.slurm import Slurm, missing
from tests.helpers.sweeping import decisions, done, ledgers, start, sweep, trained_rounds, wait_for

submitit = pytest.importorskip("submitit", reason='needs submitit: pip install "alseg[slurm]"')

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1200), pytest.mark.skipif(bool(missing()), reason=missing() or "")]


@pytest.fixture(scope="module")
def slurm():
    # Not below pytest's own folder: a socket's path may be no longer than 107 characters, and others must see it.
    folder = Path(tempfile.mkdtemp(prefix="slurm-", dir="/tmp"))
    folder.chmod(0o755)
    cluster = Slurm(folder)
    try:
        cluster.start()
        yield cluster
    finally:
        cluster.stop()
        shutil.rmtree(folder, ignore_errors=True)


def test_a_job_that_is_queued_again_half_way_ends_as_if_nobody_had_touched_it(slurm, tmp_path):
    # so many steps that a run is not over before it is told to end
    runs = [*TINY, "budget.rounds=3", "trainer.steps=40", "strategy=entropy", "seed=0,1"]
    house = ["hydra/launcher=slurm", "hydra.launcher.cpus_per_task=1", "hydra.launcher.mem_gb=1"]
    process = start(*runs, *house, f"run_dir={tmp_path / 'slurm'}", **slurm.environment)

    def half_way(seed: int) -> bool:
        return any(
            name.endswith(f"seed={seed}") and ledger.find("trained", 0) for name, ledger in ledgers(tmp_path).items()
        )

    # One is taken off its node by force, as a pre-emption does; to the other it is announced, as the end of its time is.
    wait_for(lambda: half_way(0), process)
    (number,) = {line.split("_")[0] for line in slurm.call("squeue", "--noheader", "--format=%i").split()}
    slurm.call("scontrol", "requeue", f"{number}_0")
    wait_for(lambda: half_way(1), process)
    slurm.call("scancel", "--signal=USR2", f"{number}_1")
    broken_off = len(done(tmp_path))
    for job in (f"{number}_0", f"{number}_1"):
        wait_for(lambda job=job: slurm.restarts(job) == 1 and slurm.release(job), process)

    output, _ = process.communicate(timeout=600)
    assert process.returncode == 0, output
    assert broken_off == 0
    assert "2 runs done, 0 failed" in output
    assert [slurm.restarts(f"{number}_{job}") for job in (0, 1)] == [1, 1]
    assert list(trained_rounds(tmp_path / "slurm").values()) == [[0, 1, 2]] * 2
    scripts = [path.read_text() for path in tmp_path.rglob("*_submission.sh")]
    assert all("--gpus-per-node=1" in script and "--requeue" in script for script in scripts)

    code, _ = sweep(*runs, f"run_dir={tmp_path / 'plain'}")
    assert code == 0
    assert decisions(tmp_path / "slurm") == decisions(tmp_path / "plain")
