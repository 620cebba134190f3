"""Trackers get the metadata of the picks, short enough to be shown."""

from dataclasses import replace

import pandas as pd
import pytest

from alseg.tracking.tracker import Query, Tracker
from tests.helpers.discs import make_dataset
from tests.helpers.loop_runs import make_run


class Listening(Tracker):
    def __init__(self):
        self.queries: list[Query] = []

    def log_query(self, query):
        self.queries.append(query)


@pytest.mark.slow
def test_metadata_of_the_picks_are_passed_on(tmp_path):
    dataset = make_dataset(n=40, groups=20)
    columns = {
        "site": [f"site\n{i}" for i in range(40)],
        "long": ["x" * 10_000] * 40,
        **{f"c{i}": ["1"] * 40 for i in range(30)},
    }
    dataset = replace(dataset, metadata=pd.DataFrame(columns, index=pd.Index(dataset.ids, name="id")))
    tracker = Listening()
    make_run(tmp_path, dataset, tracker=tracker).run()
    assert len(tracker.queries) == 3
    for query in tracker.queries:
        assert query.metadata["site"] == [f"site {dataset.ids.index(id_)}" for id_ in query.ids]
        assert {len(cell) for cell in query.metadata["long"]} == {200}
        assert len(query.metadata) == 20
