"""What a run that waits for people has told about that: kept beside the state, for whoever looks at the folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Waiting:
    """The awaited answers of a round, as the run saw them when it last looked.

    Args:
        round: the round under way.
        since: time of its query (UTC, ISO 8601).
        asked: images of the query.
        answered: those that people have annotated, and
        refused: refused.
        late: images of earlier rounds that are still open.
        where: the answers are awaited, in the oracle's words; empty where it does not tell.
        enough: share of the query that is enough.
        looked: time of this look.
        seen: answers that had arrived then, also such as could not be taken; None where the oracle cannot tell.
    """

    round: int
    since: str
    asked: int
    answered: int
    refused: int
    late: int = 0
    where: str = ""
    enough: float = 1.0
    looked: str = ""
    seen: int | None = None

    @property
    def awaited(self) -> int:
        """Number of images of the query that are still open."""
        return self.asked - self.answered - self.refused

    @classmethod
    def read(cls, held: Mapping[str, Any]) -> Waiting:
        """Read what `record` gave.

        Raises:
            TypeError: if it is something else.
        """
        found = cls(**held)
        for name in ("round", "asked", "answered", "refused", "late"):
            if type(getattr(found, name)) is not int:
                raise TypeError(f"{name} should be a whole number")
        return found

    def record(self) -> dict[str, Any]:
        """The fields, as JSON takes them."""
        return asdict(self)

    def there(self) -> str:
        """``12 of 20 answers are there``, and what was refused or comes later."""
        parts = [f"{self.answered} of {self.asked} answers are there"]
        parts += [f"{self.refused} refused"] * (self.refused > 0)
        parts += [f"{self.late} of earlier rounds {'is' if self.late == 1 else 'are'} still open"] * (self.late > 0)
        return ", ".join(parts)

    def paragraph(self) -> str:
        """What is awaited, where, and what to do next."""
        if not self.asked:
            which = f"Round {self.round} waits for {_images(self.late)} of earlier rounds"
        else:
            which = f"Round {self.round} waits for {self.awaited} of its {_images(self.asked)}"
        text = f"{which}, asked for on {moment(self.since)}: {self.there()}."
        text += f" They are awaited in {self.where}." if self.where else ""
        goes_on = "all are answered or refused" if self.enough >= 1 else f"{self.enough:.0%} are answered or refused"
        text += f" The same command takes up what is there, and goes on once {goes_on}"
        return f"{text}; with --proceed it goes on with what is there, and the rest may come later."


def moment(time: str) -> str:
    """``2026-11-30 14:03 UTC``."""
    return f"{time[:16].replace('T', ' ')} UTC"


def _images(number: int) -> str:
    return f"{number} image{'' if number == 1 else 's'}"
