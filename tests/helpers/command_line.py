"""The command line within this process, and settings of runs that take seconds."""

from alseg.cli import main

FAST = [
    "learner.weights=none",
    "learner.encoder=test_efficientnet",
    "data.size=32",
    "trainer.steps=2",
    "trainer.batch_size=2",
    "trainer.accelerator=cpu",
    "budget.initial=3",
    "budget.query=2",
    "budget.rounds=2",
    "logger=csv",
    "map=none",
]
TINY = [*FAST, "data=phantom_carotid", "data.patients=10", "data.frames=2", "worst=0"]
"""A run of seconds."""


def run(*arguments: str) -> int:
    """``alseg run`` in this process."""
    try:
        return main(["run", *arguments])
    except SystemExit as stop:
        return int(stop.code or 0)
