"""A table of every query, kept in its round: what was picked, why, and what the manifest says of it."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from alseg.callbacks.callback import Callback
from alseg.callbacks.events import QueryEnd
from alseg.callbacks.run import Run
from alseg.data.metadata import metadata_texts

FILE = "picks.csv"


class QueryTable(Callback):
    """Writes ``picks.csv``: ``order``, ``id``, ``group``, ``score`` and ``reason`` of each pick, and all columns of metadata.

    A column of the manifest that has one of these names is called ``NAME (metadata)``.
    """

    def on_query_end(self, run: Run, query: QueryEnd) -> None:
        columns: dict[str, Sequence[object]] = {
            "order": range(len(query.ids)),
            "id": list(query.ids),
            "group": list(query.groups),
            "score": [None] * len(query.ids) if query.scores is None else list(query.scores),
            "reason": list(query.reasons or [""] * len(query.ids)),
        }
        for name, cells in metadata_texts(run.pool.dataset, query.ids).items():
            apart = f"{name} (metadata)" if name in columns else name
            columns[apart] = list(cells)
        run.write_table(FILE, pd.DataFrame(columns))
