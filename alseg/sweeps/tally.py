"""Progress of a sweep: runs by state, as numbers and in one line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Set
from dataclasses import dataclass

from alseg.sweeps.notes import Note
from alseg.terminal import duration


@dataclass(frozen=True)
class Tally:
    """Numbers of runs of a sweep by state.

    Args:
        total: runs of the sweep.
        done: finished, now or by an earlier sweep.
        running: under way.
        failed: ended with an error.
        awaiting: people have to annotate before they go on.
        elsewhere: another process is at work on them.
        seconds_left: until all have ended, judged by those that ended in this sweep; None before the first one did.
    """

    total: int
    done: int
    running: int
    failed: int
    awaiting: int
    elsewhere: int
    seconds_left: float | None

    def __str__(self) -> str:
        parts = [f"{self.done} of {self.total} runs done"]
        parts += [f"{self.running} running"] * (self.running > 0)
        parts += [f"{self.failed} failed"] * (self.failed > 0)
        parts += [f"{self.awaiting} awaiting annotations"] * (self.awaiting > 0)
        parts += [f"{self.elsewhere} at work elsewhere"] * (self.elsewhere > 0)
        if self.seconds_left is not None and self.left > 0:
            parts.append(f"about {duration(self.seconds_left)} left")
        return ", ".join(parts)

    @property
    def short(self) -> str:
        """Short form: ``3/16 · 1 failed · 12 min left``."""
        parts = [f"{self.done}/{self.total}"] + [f"{self.failed} failed"] * (self.failed > 0)
        return " · ".join(parts + ([] if self.seconds_left is None else [f"{duration(self.seconds_left)} left"]))

    @property
    def left(self) -> int:
        """Runs that are still to end."""
        return self.total - self.done - self.failed - self.awaiting - self.elsewhere


def tally(total: int, done_before: Set[int], notes: Mapping[int, Note], elapsed: float) -> Tally:
    """Count the states of a sweep's jobs.

    Args:
        total: jobs of the sweep.
        done_before: those that were done when it began.
        notes: what the jobs have told so far.
        elapsed: seconds since it began.
    """
    # A run that was done is checked by its job again, and fails if it belongs to other settings.
    before = {job for job in done_before if job not in notes or notes[job].state in ("running", "done")}
    now = Counter(note.state for job, note in notes.items() if job not in before)
    done = len(before) + now["done"]
    left = total - done - now["failed"] - now["awaiting"] - now["elsewhere"]
    ended = now["done"] + now["failed"] + now["awaiting"]
    seconds_left = elapsed / ended * left if ended else None
    return Tally(total, done, now["running"], now["failed"], now["awaiting"], now["elsewhere"], seconds_left)
