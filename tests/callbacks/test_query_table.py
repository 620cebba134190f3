"""``picks.csv``: a line per pick, with what the manifest says of it."""

from dataclasses import replace

import pandas as pd
import pytest

from tests.helpers.discs import make_dataset
from tests.helpers.loop_runs import K_CENTER, decisions, make_run


@pytest.mark.slow
def test_a_line_per_pick_with_the_columns_of_the_manifest(tmp_path):
    dataset = make_dataset(n=40, groups=20)
    columns = {"score": [f"s{i}" for i in range(40)], "site": ["=1+1", "-3.5"] * 20}
    dataset = replace(dataset, metadata=pd.DataFrame(columns, index=pd.Index(dataset.ids, name="id")))
    make_run(tmp_path, dataset).run()
    queries = [event for event in decisions(tmp_path) if event["event"] == "queried"]
    assert len(queries) == 3
    for query in queries:
        table = pd.read_csv(tmp_path / "rounds" / f"{query['round']:02d}" / "picks.csv", dtype=str)
        names = ["order", "id", "group", "score", "reason", "score (metadata)", "site"]
        assert list(table) == names
        assert table["id"].tolist() == query["ids"]
        assert table["order"].tolist() == [str(i) for i in range(len(query["ids"]))]
        rows = [dataset.ids.index(id_) for id_ in query["ids"]]
        assert table["score (metadata)"].tolist() == [f"s{row}" for row in rows]
        assert table["site"].tolist() == ["-3.5" if row % 2 else "'=1+1" for row in rows]
        assert table["group"].tolist() == [dataset.groups[row] for row in rows]
    assert table["score"].astype(float).round(6).tolist() == [round(score, 6) for score in queries[-1]["scores"]]


@pytest.mark.slow
def test_a_strategy_without_scores_has_a_table_too(tmp_path):
    make_run(tmp_path, strategy=K_CENTER).run()
    table = pd.read_csv(tmp_path / "rounds" / "01" / "picks.csv")
    assert table["score"].isna().all()
    assert list(table) == ["order", "id", "group", "score", "reason"]
