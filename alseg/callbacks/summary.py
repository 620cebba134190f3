"""One line on the terminal for every round."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any

from alseg.callbacks.callback import Callback
from alseg.callbacks.events import RoundEnd
from alseg.callbacks.run import Run

log = logging.getLogger(__name__)


class RoundSummary(Callback):
    """Logs the round, the number of labels, the main test metrics, and the running estimates of the audit."""

    def on_round_end(self, run: Run, round_: RoundEnd) -> None:
        if run.decides:
            log.info("%s", summary(round_.row))


def summary(row: Mapping[str, Any]) -> str:
    """A row of ``metrics.csv`` as ``round 1 · 20 labelled · test/dice 0.8100``."""
    shown = [
        f"{name} {value:.4f}"
        for name, value in row.items()
        if name.startswith("test/") and "_" not in name and name != "test/empty" and value is not None
    ]
    return " · ".join([f"round {row['round']}", f"{row['n_labelled']} labelled", *shown, *_audited(row)])


def _audited(row: Mapping[str, Any]) -> list[str]:
    """``audit/running/dice 0.55 [0.32, 0.77]``, about the models before."""
    names = [name for name in row if name.startswith("audit/running/") and row.get(f"{name}_low") is not None]
    return [f"{name} {row[name]:.2f} [{row[f'{name}_low']:.2f}, {row[f'{name}_high']:.2f}]" for name in names]
