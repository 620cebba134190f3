"""Simulations kept on disk block by block, so that one that was interrupted goes on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import pandas as pd

from alseg.errors import RunFolderError
from alseg.files import atomic, write_text
from alseg.simulation.key import key
from alseg.simulation.rounds import Evaluated, simulate
from alseg.simulation.setting import Setting
from alseg.strategy import Strategy

BLOCK = 25
"""Seeds that are simulated together."""


def simulated(
    setting: Setting, strategies: Mapping[str, Strategy], seeds: Sequence[int], folder: Path, block: int = BLOCK
) -> pd.DataFrame:
    """Rows of every strategy, seed and round; blocks that lie in the folder are not simulated again.

    Args:
        setting: data and budget.
        strategies: by the names that the table has.
        seeds: the same for every strategy.
        folder: keeps ``SETTING/STRATEGY/FIRST-LAST.csv``.
        block: seeds of a file, simulated together.

    Returns:
        ``setting``, ``strategy``, ``seed``, ``round``, ``n_labelled``, the metrics and, where images are of kinds,
        ``labelled/KIND``: their numbers among the labelled.

    Raises:
        RunFolderError: if the folder holds another setting or strategy of the same name.
    """
    tables = []
    data = key(setting)
    for name, strategy in strategies.items():
        place = folder / setting.name / name
        _hold(place / "key", key(data, strategy))
        for start in range(0, len(seeds), block):
            some = seeds[start : start + block]
            file = place / f"{some[0]}-{some[-1]}.csv"
            if not file.exists():
                table(setting, name, simulate(setting, strategy, some), file)
            tables.append(pd.read_csv(file))
    return pd.concat(tables, ignore_index=True)


def table(setting: Setting, strategy: str, rounds: Iterable[Evaluated], file: Path) -> None:
    """Write the rows of a strategy's rounds, ordered by seed and round."""
    kinds = setting.kinds
    kind_of = dict(zip(setting.frozen.dataset.ids, kinds or ()))
    lines = []
    for one in rounds:
        line = {"setting": setting.name, "strategy": strategy, "seed": one.seed, "round": one.round}
        counts = Counter(kind_of[id_] for id_ in one.labelled) if kinds else {}
        shares = {f"labelled/{kind}": counts[kind] for kind in sorted({*(kinds or ())})}
        lines.append({**line, "n_labelled": len(one.labelled), **one.metrics, **shares})
    with atomic(file) as temporary:
        pd.DataFrame(lines).sort_values(["seed", "round"]).to_csv(temporary, index=False, float_format="%.6g")


def _hold(file: Path, digest: str) -> None:
    """Keep the digest of what a folder is about, or compare it."""
    if not file.exists():
        write_text(file, f"{digest}\n")
    elif file.read_text(encoding="utf-8").strip() != digest:
        raise RunFolderError(
            f"{file.parent}: it holds rows of other data, settings or version of alseg; remove it, or choose another folder"
        )
