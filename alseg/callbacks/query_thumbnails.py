"""Thumbnails of every query, kept in its round."""

from __future__ import annotations

import numpy as np

from alseg.callbacks.callback import Callback
from alseg.callbacks.events import QueryEnd
from alseg.callbacks.run import Run
from alseg.pictures.contact_sheet import contact_sheet
from alseg.pictures.thumbnails import thumbnails

FILE = "query.jpg"


class QueryThumbnails(Callback):
    """Writes ``query.jpg``, a small picture of each pick, so that a report can show them without the data set.

    Args:
        at_most: number of picks of a query that get a picture, the first ones.

    Raises:
        ValueError: if it is less than one.
    """

    def __init__(self, at_most: int = 200) -> None:
        if at_most < 1:
            raise ValueError(f"at_most={at_most}: at least 1")
        self.at_most = at_most

    def on_query_end(self, run: Run, query: QueryEnd) -> None:
        if query.ids:
            rows = np.array([run.pool.row(id_) for id_ in query.ids[: self.at_most]], dtype=np.intp)
            run.write_file(FILE, contact_sheet(thumbnails(run.pool.dataset.images, rows)))
