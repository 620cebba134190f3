"""Jobs beside each other: the same runs as one after the other, each with its share of the machine."""

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from omegaconf import OmegaConf

from alseg.composition import machine
from alseg.errors import ConfigError
from alseg.sweeps import launchers
from tests.helpers.command_line import TINY
from tests.helpers.sweeping import PATIENCE, decisions, done, start, sweep, trained_rounds, wait_for

RUNS = [*TINY, "strategy=random,entropy"]


def needs(launcher: str, extra: str | None = None) -> pytest.MarkDecorator:
    """Skip where a launcher is not installed."""
    missing = not launchers._installed(f"hydra_{launcher}_launcher")
    return pytest.mark.skipif(
        missing, reason=f'needs hydra-{launcher}-launcher: pip install "alseg[{extra or launcher}]"'
    )


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """The sweep that all launchers must reproduce."""
    folder = tmp_path_factory.mktemp("plain")
    assert sweep(*RUNS, f"run_dir={folder}")[0] == 0
    return folder


@pytest.mark.slow
@needs("joblib")
def test_joblib_outlives_a_worker_ends_its_workers_with_it_and_tells_of_failures(plain, tmp_path):
    """One story, for each worker imports for ten seconds before it does anything."""
    # 30 initial images exceed the pool: the first two jobs fail, and the others are run
    wrong = ["budget.initial=30,3" if o.startswith("budget.initial") else o for o in RUNS]
    joblib = [*wrong, "hydra/launcher=joblib", "hydra.launcher.n_jobs=2", f"run_dir={tmp_path}"]
    process = start(*joblib)

    def locks() -> dict[Path, int]:
        return {path: int(text) for path in tmp_path.rglob(".lock.pid") if (text := read_if_there(path))}

    def at_work() -> set[int]:
        return set(locks().values())

    def others_train(first: set[int]) -> bool:
        """True if a worker of the next pass has written into its ledger: on a busy machine it imports for long."""
        theirs = [path for path, pid in locks().items() if pid not in first]
        begun = [(path, path.with_name("ledger.jsonl")) for path in theirs]
        return any(ledger.exists() and ledger.stat().st_mtime > path.stat().st_mtime for path, ledger in begun)

    wait_for(lambda: len(list(tmp_path.rglob("FAILED"))) == 2 and at_work(), process)
    first = {int(pid) for pid in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()}
    os.kill(min(at_work()), signal.SIGKILL)
    wait_for(lambda: others_train(first), process)
    process.terminate()  # not its workers
    output, _ = process.communicate(timeout=PATIENCE)
    assert process.returncode == 1, output
    assert "a worker was ended from outside" in output
    assert "the pool has" in output
    assert "validated against ConfigStore schema" not in output
    assert re.search(r"\d of 4 runs done", output)
    assert "ended by SIGTERM" in output.splitlines()[-1]
    assert all("the pool has" in path.read_text() for path in tmp_path.rglob("FAILED"))  # none of those broken off
    assert at_work() <= first  # the others have cleared up, and were not killed

    code, output = sweep(*wrong, f"run_dir={tmp_path}")  # whatever launches them, what is done is not done again
    assert code == 1
    assert "2 runs done, 2 failed" in output
    assert decisions(tmp_path) == decisions(plain)
    assert trained_rounds(tmp_path) == trained_rounds(plain)


def read_if_there(path: Path) -> str:
    try:
        return path.read_text()
    except FileNotFoundError:  # just released
        return ""


@pytest.mark.slow
@needs("ray")
@pytest.mark.timeout(1200)
def test_ray_on_a_cluster_of_this_machine(plain, tmp_path):
    one = "+hydra.launcher.ray.init.num_cpus=1"  # one worker, which takes both jobs
    code, output = sweep(*RUNS, "hydra/launcher=ray", one, f"run_dir={tmp_path}", HOME=str(tmp_path))
    assert code == 0, output
    assert "2 runs done, 0 failed" in output
    assert decisions(tmp_path) == decisions(plain)
    assert len(done(tmp_path)) == 2


@pytest.mark.slow
@needs("submitit", "slurm")
def test_submitit_without_slurm(plain, tmp_path):
    code, output = sweep(*RUNS[:-1], "strategy=entropy", "hydra/launcher=submitit_local", f"run_dir={tmp_path}")
    assert code == 0, output
    theirs = {name: events for name, events in decisions(plain).items() if "entropy" in name}
    assert decisions(tmp_path) == theirs
    assert len(theirs) == 1


@needs("joblib")
def test_joblib_gives_each_job_its_share_of_the_threads(monkeypatch):
    from joblib import Parallel, cpu_count, delayed

    for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        monkeypatch.delenv(name, raising=False)
    threads = Parallel(n_jobs=2, backend="loky")(delayed(os.getenv)("OMP_NUM_THREADS") for _ in range(2))
    assert threads == [str(max(1, cpu_count() // 2))] * 2


def test_a_launcher_that_is_not_installed_names_what_installs_it(monkeypatch):
    monkeypatch.setattr(launchers, "_installed", lambda package: False)
    for choice, extra in (("joblib", "joblib"), ("ray", "ray"), ("slurm", "slurm"), ("submitit_local", "slurm")):
        with pytest.raises(ConfigError, match=rf'^hydra/launcher={choice}: .*pip install "alseg\[{extra}\]"'):
            launchers.check_launcher(["-m", "seed=0,1", f"hydra/launcher={choice}"])
    launchers.check_launcher(["-m", "hydra/launcher=basic", "seed=0"])


@pytest.mark.slow
def test_no_plugin_at_all_is_no_error():
    assert not launchers._installed("hydra_launcher_that_nobody_wrote")
    code = "import sys; sys.modules['hydra_plugins'] = None\n"
    code += "from alseg.sweeps.launchers import _installed; print(_installed('hydra_joblib_launcher'))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_slurm_where_there_is_none(monkeypatch):
    monkeypatch.setattr(launchers, "_installed", lambda package: True)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ConfigError, match="hydra/launcher=slurm: this machine has no sbatch"):
        launchers.check_launcher(["hydra/launcher=slurm"])


def test_jobs_go_around_the_gpus():
    assert [launchers.gpu_of(job, ["0", "1", "2"]) for job in range(7)] == ["0", "1", "2", "0", "1", "2", "0"]
    assert [launchers.gpu_of(job, ["GPU-8a", "3"]) for job in range(3)] == ["GPU-8a", "3", "GPU-8a"]
    assert launchers.gpu_of(5, []) is None


def test_what_cuda_may_see_is_what_is_shared_out(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "2, 5")
    assert machine.visible_gpus() == ["2", "5"]
    assert machine.local_jobs() == 2
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert machine.visible_gpus() == []
    assert machine.local_jobs() >= 1


def settings(**trainer):
    return OmegaConf.create({"trainer": {"progress": None, "accelerator": "auto", "devices": 1, **trainer}})


@pytest.mark.parametrize(
    ("worker", "trainer", "gpu"),
    [
        (0, {}, "4"),
        (1, {}, "7"),
        (2, {}, "4"),
        (1, {"accelerator": "cpu"}, "4,7"),
        (1, {"devices": 2}, "4,7"),
        (None, {}, "4,7"),
    ],
)
def test_a_worker_takes_one_gpu_and_leaves_the_terminal(worker, trainer, gpu, monkeypatch, tmp_path):
    monkeypatch.setattr(launchers, "worker_number", lambda: worker)
    monkeypatch.setattr(launchers, "_leave_terminal", lambda log: None)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "4,7")
    config = settings(**trainer)
    for _ in range(2):  # a second job of the same worker keeps the GPU
        launchers.prepare_worker(config, tmp_path / "run.log")
        assert os.environ["CUDA_VISIBLE_DEVICES"] == gpu
    assert config.trainer.progress is (None if worker is None else False)


@needs("joblib")
def test_the_workers_of_joblib_have_numbers():
    from joblib import Parallel, delayed

    assert launchers.worker_number() is None
    numbers = Parallel(n_jobs=2, backend="loky")(delayed(launchers.worker_number)() for _ in range(4))
    assert all(isinstance(number, int) and number >= 0 for number in numbers)
