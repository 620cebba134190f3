"""Base class of oracles, and their answers."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from alseg.oracles.request import Request


@dataclass(frozen=True)
class Annotations:
    """An oracle's answers.

    Args:
        ids: n images that it annotated.
        targets: ``(n, H, W)`` uint8 with 255 where it did not look, or ``(n,)`` int64.
        cost: ``(n,)`` float64 seconds.
        annotator: who answered, or what is to be called so where several did.
        refused: ids that it will never annotate (unreadable, out of scope, ...); nobody asks for them again.
        annotators: ``(n,)`` who answered each, where several people did.

    Ids that were asked for and are neither in ``ids`` nor ``refused`` are still being annotated: the run ends in the
    phase ``annotate``, and the same command goes on from there once they are done.
    """

    ids: tuple[str, ...]
    targets: NDArray[Any]
    cost: NDArray[np.float64]
    annotator: str
    refused: tuple[str, ...] = ()
    annotators: tuple[str, ...] | None = None


class Oracle(ABC):
    """Annotates images on request. The answer is a function of the ids (and its seed), not of the order of requests."""

    simulated: bool = False
    """True if the answers are made of the data set's own targets: errors in them can be measured then."""

    enough: float = 1.0
    """Share of a query that must be answered or refused before its round goes on; the rest may come later."""

    @abstractmethod
    def annotate(self, ids: Sequence[str]) -> Annotations:
        """The annotations of these images, as far as they are done."""

    def ask(self, request: Request) -> Annotations:
        """The annotations of a query's open ids, as far as they are done; by default what `annotate` says of them.

        Called for every start of the run, on rank 0 alone, first for earlier queries of which ids are still open and then for
        that of the round under way: the first call presents the query to people, and each call collects what is there.
        Until an answer is recorded (``request.taken``) it may still change; nothing of it may be lost when the process is
        killed at any moment, and asking twice must not present anything twice.
        """
        return self.annotate(request.open)

    def where(self, round_: int) -> str:
        """Place where the answers to the query of a round are awaited, such as ``runs/x/requests/round-03/answers``.

        Shown to people; called after `ask`. By default empty: the oracle answers at once, or does not tell.
        """
        return ""

    @classmethod
    def arrived(  # by default it looks at nothing
        cls,
        settings: Mapping[str, Any],  # noqa: ARG003
        run: Path,  # noqa: ARG003
        round_: int,  # noqa: ARG003
        ids: Sequence[str],  # noqa: ARG003
    ) -> Sequence[str] | None:
        """Those of the ids for which something has arrived by now, looked at from outside for ``alseg status``.

        Quick and without effect: no data set is loaded, nothing is checked or written.

        Args:
            settings: the config's node of the oracle.
            run: folder of the run.
            round_: of the query.
            ids: its open ids.

        Returns:
            None where it cannot be told; then status says how many had been answered when the run last looked.
        """
        return None

    def answers(self) -> Mapping[str, bytes]:
        """A digest by id of each answer that lies in files besides the data set's own targets; by default there are none.

        A run goes on only with the answers that it began with. What people answer as the run goes is not among them.
        """
        return {}
