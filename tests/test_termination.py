"""SIGTERM and SIGHUP: whenever they come, one line, the right exit code, and the same command goes on."""

import os
import pty
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest
import pytorch_lightning as pl
from omegaconf import OmegaConf

from alseg import children, cli, termination
from alseg.callbacks.map import PoolMapPage
from alseg.commands import report as a_command
from alseg.commands import run as run_command
from alseg.loop import job
from alseg.loop.restore_sigterm import RestoreSigterm
from alseg.termination import Terminated, signals_raise
from alseg.tracking.tracker import Tracker
from tests.helpers import kill_parts
from tests.helpers.command_line import TINY
from tests.helpers.forked import alseg
from tests.helpers.loop_runs import decisions
from tests.helpers.run_process import phase, write_config


def ask(signum=signal.SIGTERM):
    """Send a signal to this process, as anybody else would."""
    os.kill(os.getpid(), signum)


@pytest.mark.parametrize(("signum", "code", "name"), [(signal.SIGTERM, 143, "SIGTERM"), (signal.SIGHUP, 129, "SIGHUP")])
def test_any_command_ends_with_one_line_and_the_code_of_the_signal(signum, code, name, monkeypatch, capsys):
    monkeypatch.setattr(a_command, "main", lambda arguments: ask(signum))
    assert cli.main(["report", "runs"]) == code
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err == (
        f"alseg report: ended by {name}; the same command goes on or, where nothing was kept, starts anew\n"
    )
    assert signal.getsignal(signum) == signal.SIG_DFL


def test_ctrl_c_stays_as_it_is(monkeypatch, capsys):
    monkeypatch.setattr(a_command, "main", lambda arguments: ask(signal.SIGINT))
    assert cli.main(["report", "runs"]) == 130
    assert "interrupted; the same command goes on" in capsys.readouterr().err


def test_what_is_ignored_or_somebody_elses_stays_so(monkeypatch):
    """nohup, and submitit, which has a job queued again."""
    heard = []
    before = [signal.signal(signal.SIGHUP, signal.SIG_IGN), signal.signal(signal.SIGTERM, lambda *a: heard.append(1))]
    try:
        with signals_raise():
            ask(signal.SIGHUP)
            ask(signal.SIGTERM)
        assert heard == [1]
    finally:
        signal.signal(signal.SIGHUP, before[0])
        signal.signal(signal.SIGTERM, before[1])


def test_another_signal_does_not_cut_the_clearing_up_short_unless_it_takes_long(monkeypatch):
    cleared = []
    with signals_raise():
        with pytest.raises(Terminated):  # noqa: PT012
            try:
                ask()
            finally:
                ask()  # GNU timeout tells the process, and then its group
                ask(signal.SIGHUP)
                cleared.append(1)
        with pytest.raises(KeyboardInterrupt):  # noqa: PT012
            try:
                ask(signal.SIGINT)
            finally:
                ask()
                cleared.append(2)
        monkeypatch.setattr(termination, "AGAIN", 0.0)
        with pytest.raises(Terminated):  # noqa: PT012
            try:
                ask()
            finally:
                ask()
                cleared.append(3)
        with pytest.raises(Terminated):  # noqa: PT012 - an error that is dealt with is no interruption
            try:
                raise ValueError
            except ValueError:
                ask()
    assert cleared == [1, 2]


class EndedWhileDestroyed:
    """Python drops what a destructor raises, and goes on."""

    def __init__(self, signum):
        self.signum = signum

    def __del__(self):
        ask(self.signum)


@pytest.mark.parametrize(("signum", "error"), [(signal.SIGTERM, Terminated), (signal.SIGINT, KeyboardInterrupt)])
def test_a_signal_is_heard_inside_a_destructor_too(signum, error, capsys):
    hook = sys.unraisablehook
    with signals_raise():
        with pytest.raises(error):  # noqa: PT012
            EndedWhileDestroyed(signum)
            time.sleep(0)  # what the destructor raised is gone by now
            for _ in range(500):
                time.sleep(0.01)
        assert sys.unraisablehook is not hook
    assert sys.unraisablehook is hook
    assert capsys.readouterr().err == ""


def test_other_errors_of_destructors_are_told_as_ever(monkeypatch):
    told = []
    monkeypatch.setattr(sys, "unraisablehook", told.append)

    class Broken:
        def __del__(self):
            raise ValueError

    with signals_raise():
        Broken()
    assert len(told) == 1


def test_in_a_thread_nothing_is_done():
    found = []
    thread = threading.Thread(target=lambda: found.append(termination.raise_on_signals()))
    thread.start()
    thread.join()
    assert found == [[]]


@pytest.mark.slow
def test_where_the_terminal_is_gone_nothing_is_said():
    """Else the first line to it would be an error of its own, and the exit code with it."""
    terminal, ours = pty.openpty()
    code = (
        "import sys, time; from alseg.termination import Terminated, signals_raise\n"
        "with signals_raise():\n"
        "    try:\n        sys.stdin.buffer.raw.readinto(bytearray(1)); time.sleep(60)\n"
        "    except Terminated as end:\n        print('a word', flush=True); sys.exit(end.exit_code)"
    )
    # a session of its own, whose terminal this is: closing it sends SIGHUP
    process = subprocess.Popen(
        [sys.executable, "-c", "import fcntl, termios; fcntl.ioctl(0, termios.TIOCSCTTY, 0)\n" + code],
        stdin=ours,
        stdout=ours,
        stderr=ours,
        start_new_session=True,
    )
    os.close(ours)
    os.write(terminal, b"x\n")
    time.sleep(1)
    os.close(terminal)
    assert process.wait(timeout=60) == 129


@pytest.mark.slow
def test_a_child_is_ended_too_and_waited_for(tmp_path):
    script = (
        "import pathlib, signal, sys, time\n"
        "def end(*_):\n    time.sleep(0.3); pathlib.Path('cleared').write_text('x'); sys.exit(7)\n"
        "signal.signal(signal.SIGTERM, end); pathlib.Path('begun').write_text('x'); time.sleep(60)"
    )

    def when_it_has_begun():
        while not Path("begun").exists():
            time.sleep(0.02)
        ask()

    threading.Thread(target=when_it_has_begun).start()
    with signals_raise(), pytest.raises(Terminated):
        children.run([sys.executable, "-c", script])
    assert Path("cleared").exists()
    assert children.run([sys.executable, "-c", "raise SystemExit(3)"]) == 3
    assert children.run([sys.executable, "-c", "import os; os.kill(os.getpid(), 9)"]) == 137


@pytest.fixture(autouse=True)
def as_in_a_terminal():
    """Signals as a command finds them there; nohup and a shell's background ignore some for all that they start."""
    usual = {signal.SIGINT: signal.default_int_handler, signal.SIGTERM: signal.SIG_DFL, signal.SIGHUP: signal.SIG_DFL}
    before = {signum: signal.signal(signum, handler) for signum, handler in usual.items()}
    yield
    for signum, handler in before.items():
        signal.signal(signum, handler)


class Noted(Tracker):
    """How runs ended."""

    codes: list[int] = []  # noqa: RUF012

    def finish(self, exit_code):
        self.codes.append(exit_code)


class OnceInto:
    """Sends the signal when a method of a class is called, the first time."""

    def __init__(self, monkeypatch, owner, name):
        self.done = False
        whole = getattr(owner, name)

        def method(*args, **kwargs):
            if not self.done:
                self.done = True
                ask()
            return whole(*args, **kwargs)

        monkeypatch.setattr(owner, name, method)


MOMENTS = {
    "data": (kill_parts, "make_dataset", None),
    "cold start": (kill_parts.SlowRandom, "pick", "cold_start"),
    "annotation": (kill_parts.SlowOracle, "annotate", "annotate"),
    "training": (kill_parts.TinyLearner, "training_step", "train"),
    "validation": (kill_parts.TinyLearner, "validation_step", "evaluate"),
    "scan": (kill_parts.SlowEntropy, "score", "scan"),
    "query": (kill_parts.SlowTop, "pick", "select"),
    "map": (PoolMapPage, "on_run_end", "done"),
}


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The decisions of a run that nobody interrupts."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kill_parts, "PAUSE", 0.0)
        folder = write_config(tmp_path_factory.mktemp("whole") / "run", steps=3)
        job.run_job(OmegaConf.load(folder / "config.yaml"), folder)
        return decisions(folder)


@pytest.mark.slow
@pytest.mark.parametrize("moment", MOMENTS)
def test_a_run_is_broken_off_in_any_phase_and_goes_on(moment, whole, tmp_path, monkeypatch):
    monkeypatch.setattr(kill_parts, "PAUSE", 0.0)
    monkeypatch.setattr(Noted, "codes", [])
    owner, name, in_phase = MOMENTS[moment]
    OnceInto(monkeypatch, owner, name)
    folder = write_config(tmp_path / "run", steps=3)
    config = OmegaConf.load(folder / "config.yaml")
    config.logger._target_ = "tests.test_termination.Noted"
    with signals_raise(), pytest.raises(Terminated):
        job.run_job(config, folder)
    began = [] if moment == "data" else [143]  # what was not started is not closed
    assert Noted.codes == began
    assert in_phase is None or phase(folder) == in_phase
    assert not [path for pattern in ("FAILED", "DONE", "*.tmp", ".lock.pid") for path in folder.rglob(pattern)]
    job.run_job(config, folder)
    assert Noted.codes == [*began, 0]
    assert (folder / "DONE").exists()
    assert decisions(folder) == whole


@pytest.mark.slow
def test_ctrl_c_is_told_to_the_tracker_as_well(tmp_path, monkeypatch):
    monkeypatch.setattr(Noted, "codes", [])
    monkeypatch.setattr(kill_parts, "PAUSE", 0.0)

    def training_step(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(kill_parts.TinyLearner, "training_step", training_step)
    folder = write_config(tmp_path / "run", steps=3)
    config = OmegaConf.load(folder / "config.yaml")
    config.logger._target_ = "tests.test_termination.Noted"
    with pytest.raises(KeyboardInterrupt):
        job.run_job(config, folder)
    assert Noted.codes == [130]
    assert not (folder / "FAILED").exists()


@pytest.mark.slow
def test_lightning_leaves_the_handler_of_whoever_started_us(tmp_path, monkeypatch):
    """submitit passes by the SIGTERM that comes with a pre-emption; the training is not to end of it, nor quietly."""
    monkeypatch.setattr(kill_parts, "PAUSE", 0.0)
    heard = []
    OnceInto(monkeypatch, kill_parts.TinyLearner, "training_step")
    folder = write_config(tmp_path / "run", steps=3)
    before = signal.signal(signal.SIGTERM, lambda *_: heard.append(1))
    try:
        assert job.run_job(OmegaConf.load(folder / "config.yaml"), folder).phase == "done"
    finally:
        signal.signal(signal.SIGTERM, before)
    assert heard == [1]


def test_handlers_are_put_back_in_the_main_thread_alone():
    callback = RestoreSigterm()
    before = signal.signal(signal.SIGTERM, signal.SIG_IGN)
    try:
        thread = threading.Thread(target=callback.on_train_start, args=(None, None))
        thread.start()
        thread.join()
        assert signal.getsignal(signal.SIGTERM) == signal.SIG_IGN
        callback.on_train_start(pl.Trainer.__new__(pl.Trainer), pl.LightningModule())
        assert signal.getsignal(signal.SIGTERM) == before
    finally:
        signal.signal(signal.SIGTERM, before)


@pytest.mark.slow
def test_a_sweep_says_what_is_left(tmp_path, monkeypatch, capsys):
    """The first of three runs is done, the second broken off."""
    jobs = []

    def run_job(config, folder):
        jobs.append(folder)
        if len(jobs) > 1:
            ask()
        (folder / "DONE").touch()
        (folder / "metrics.csv").touch()
        return run_command.State(0, "done")

    monkeypatch.setattr(job, "run_job", run_job)
    command = ["run", "-m", *TINY, "strategy=random", "seed=0,1,2", f"run_dir={tmp_path / 'sweep'}"]
    assert cli.main(command) == 1
    said = capsys.readouterr()
    assert f"{tmp_path / 'sweep'}: 1 of 3 runs done, 2 left\n" in said.out
    assert said.err.splitlines()[-1].startswith("alseg run: ended by SIGTERM; the same command goes on")

    monkeypatch.setattr(run_command, "_tell", lambda *_, **__: ask() if len(jobs) == 4 else None)
    monkeypatch.setattr(job, "run_job", lambda config, folder: jobs.append(folder) or run_command.State(0, "done"))
    for folder in set(jobs):
        (folder / "DONE").touch()
    (jobs[0].parent / "seed=2").mkdir()
    (jobs[0].parent / "seed=2" / "DONE").touch()
    jobs[:] = jobs[:1] * 3
    assert cli.main(command) == 143  # nothing is left
    assert "3 of 3 runs done\n" in capsys.readouterr().out


@pytest.mark.slow
def test_a_real_run_that_is_told_to_end_while_it_trains(tmp_path):
    """The program in a process of its own, which a scheduler ends."""
    run_dir = tmp_path / "run"
    long = ["trainer.steps=4000", "trainer.checkpoint_minutes=0.0001"]
    process = alseg(["run", *TINY, *long, f"run_dir={run_dir}"], os.environ)
    while not (run_dir / "rounds" / "00" / "fit.ckpt").exists() and process.poll() is None:
        time.sleep(0.05)
    process.terminate()
    printed, _ = process.communicate(timeout=100)
    assert process.returncode == 143, printed
    assert printed.splitlines()[-1].startswith("alseg run: ended by SIGTERM; the same command goes on")
    assert "Traceback" not in printed
    assert not (run_dir / "FAILED").exists()
