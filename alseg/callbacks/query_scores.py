"""Scores of all candidates of every query, kept in its round."""

from __future__ import annotations

from io import BytesIO

import pandas as pd

from alseg.callbacks.callback import Callback
from alseg.callbacks.events import QueryEnd
from alseg.callbacks.run import Run

FILE = "scores.parquet"


class QueryScores(Callback):
    """Writes ``scores.parquet``: ``id``, ``score`` of every candidate, and ``pick``, the place of those that were picked."""

    def on_query_end(self, run: Run, query: QueryEnd) -> None:
        if query.candidates.scores is None:
            return
        table = pd.DataFrame({"id": query.candidates.ids, "score": query.candidates.scores})
        table["pick"] = table["id"].map({id_: i for i, id_ in enumerate(query.ids)}).astype("Int64")
        with BytesIO() as file:
            table.to_parquet(file, index=False)
            run.write_file(FILE, file.getvalue())
