"""A SLURM of one machine: two CPUs, and two GPUs of which SLURM is only told."""

from __future__ import annotations

import os
import platform
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "srun", "scontrol")
PLACES = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/usr/local/sbin"])

CONFIG = """
ClusterName=test
SlurmctldHost={node}(127.0.0.1)
SlurmUser=root
AuthType=auth/munge
AuthInfo=socket={folder}/munge.socket
CredType=cred/munge
SlurmctldPort={controller_port}
SlurmdPort={node_port}
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
MpiDefault=none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
ReturnToService=2
KillWait=2
GresTypes=gpu
NodeName={node} NodeAddr=127.0.0.1 CPUs=2 RealMemory=2048 Gres=gpu:2 State=UNKNOWN
PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP
"""


def missing() -> str | None:
    """Why there can be no SLURM here, and what would change that."""
    if any(shutil.which(program, path=PLACES) is None for program in PROGRAMS):
        return "needs SLURM: apt-get install slurm-wlm munge"
    return "needs SLURM's daemons: run the tests as root" if os.geteuid() != 0 else None


class Slurm:
    """The daemons, with all their files in one folder.

    Args:
        folder: for them; all above it must be open to everyone's eyes, as munge demands.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = {"SLURM_CONF": str(folder / "slurm.conf")}
        self._daemons: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        """Write the settings and start munged, slurmctld and slurmd; return when the node is idle."""
        for name in ("state", "spool"):
            (self.folder / name).mkdir(parents=True)
        key = self.folder / "munge.key"
        key.write_bytes(secrets.token_bytes(1024))
        key.chmod(0o600)
        ports = {"controller_port": _free_port(), "node_port": _free_port()}
        (self.folder / "slurm.conf").write_text(
            CONFIG.format(folder=self.folder, node=platform.node().split(".")[0], **ports)
        )
        # The devices need only exist: SLURM counts them, and gives each job the number of one.
        (self.folder / "gres.conf").write_text("Name=gpu File=/dev/null\nName=gpu File=/dev/zero\n")
        files = {name: self.folder / f"munged.{name}" for name in ("pid", "log", "seed")}
        self._daemon(
            *("munged", "--foreground", "--force", f"--key-file={key}", f"--socket={self.folder}/munge.socket"),
            *(f"--pid-file={files['pid']}", f"--log-file={files['log']}", f"--seed-file={files['seed']}"),
        )
        self._until((self.folder / "munge.socket").exists)
        self._daemon("slurmctld", "-D", "-c")
        self._daemon("slurmd", "-D", "-c")
        self._until(lambda: "idle" in self.call("sinfo", "--noheader", "--format=%T", check=False))

    def stop(self) -> None:
        """End all jobs, then the daemons."""
        self.call("scancel", "--user=root", check=False)
        deadline = time.monotonic() + 60
        while self.call("squeue", "--noheader", check=False).strip() and time.monotonic() < deadline:
            time.sleep(0.2)
        for daemon in reversed(self._daemons):
            daemon.send_signal(signal.SIGTERM)
            try:
                daemon.wait(timeout=30)
            except subprocess.TimeoutExpired:
                daemon.kill()

    def call(self, *command: str, check: bool = True) -> str:
        """What one of SLURM's commands says."""
        done = subprocess.run(
            command, env=os.environ | self.environment, check=check, capture_output=True, text=True, timeout=120
        )
        return done.stdout

    def restarts(self, job: str) -> int:
        """How often a job was queued again."""
        shown = self.call("scontrol", "show", "job", job)
        return next(int(word.partition("=")[2]) for word in shown.split() if word.startswith("Restarts="))

    def release(self, job: str) -> bool:
        """SLURM leaves a job that was queued again in peace for two minutes; not here. False as long as it still ends."""
        waiting = self.call("squeue", "--noheader", f"--jobs={job}", "--format=%T", check=False).strip() == "PENDING"
        if waiting:
            self.call("scontrol", "update", f"JobId={job}", "StartTime=now", check=False)
        return waiting

    def _daemon(self, program: str, *arguments: str) -> None:
        path = shutil.which(program, path=PLACES)
        assert path is not None
        with (self.folder / f"{program}.out").open("wb") as out:
            environment = os.environ | self.environment
            self._daemons.append(subprocess.Popen([path, *arguments], env=environment, stdout=out, stderr=out))

    def _until(self, ready: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 60
        while not ready():
            if time.monotonic() > deadline:
                logs = [path.read_text(errors="replace")[-2000:] for path in self.folder.glob("*.log")]
                raise RuntimeError("SLURM does not start:\n" + "\n".join(logs))
            time.sleep(0.1)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
