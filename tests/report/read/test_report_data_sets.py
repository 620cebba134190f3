"""One data set is what is in it: neither its path nor its name, and never two contents under one name."""

import json

import pytest

from alseg.report.read.read_runs import read_run
from alseg.report.statistics.panels import build

FOLDER = {"name": "ds", "root": "ds", "size": 64}


@pytest.fixture
def run(make_run):
    """A finished run that recorded the given parts of its data; of an earlier version without any."""

    def make(seed, data=FOLDER, parts=None, weights=None, strategy="random", **config):
        path = make_run(strategy, seed, folder=f"{len(made)}", data=data, **config)
        made.append(path)
        if parts is not None:
            ledger = path / "ledger.jsonl"
            started, *rest = ledger.read_text().splitlines()
            recorded = {"version": 1, "splits": f"of seed {seed}", **parts}
            event = json.loads(started) | {"data": recorded} | ({"weights": weights} if weights else {})
            ledger.write_text("\n".join([json.dumps(event), *rest]) + "\n")
        return read_run(path)

    made = []
    return make


def panels(*runs):
    """Data set to condition to seeds."""
    return {p.data: {row.label: list(row.runs) for row in p.rows} for p in build(runs).panels}


ONE, RELABELLED = {"images": "1", "masks": "1"}, {"images": "1", "masks": "2"}


@pytest.mark.parametrize(
    "elsewhere",
    [
        {"root": "/home/me/ds"},
        {"root": "../ds"},
        {"root": "/copy/other", "name": "other"},
        {"cache_dir": "/c"},
        {"memory_limit_gb": 1},
        {"where": {"site": "a"}},  # which all images are
        {"unit": "image"},  # the default
    ],
    ids=str,
)
def test_equal_content_is_one_data_set(run, elsewhere):
    found = panels(run(0, parts=ONE), run(1, FOLDER | elsewhere, parts=ONE))
    assert [list(conditions.values()) for conditions in found.values()] == [[[0, 1]]]


def test_changed_content_is_another_data_set_and_a_note(run):
    report = build([run(0, parts=ONE), run(1, parts=ONE), run(0, parts=RELABELLED), run(2, parts=RELABELLED)])
    assert [sorted(p.rows[0].runs) for p in sorted(report.panels, key=lambda p: p.n_runs and max(p.rows[0].runs))] == [
        [0, 1],
        [0, 2],
    ]
    names = [panel.data for panel in report.panels]
    assert all(name.startswith("ds · content=") for name in names)
    assert len(set(names)) == 2
    (note,) = report.notes
    assert all(name in note for name in names)
    assert "(masks)" in note


def test_what_tells_data_sets_apart_by_name_is_shown_alone(run):
    found = panels(run(0, parts=ONE), run(0, FOLDER | {"size": 128}, parts={"images": "128", "masks": "128"}))
    assert set(found) == {"ds · size=64", "ds · size=128"}
    assert set(
        panels(run(3, FOLDER | {"root": "/a/ds"}, parts=ONE), run(3, FOLDER | {"root": "/b/ds"}, parts=RELABELLED))
    ) == {
        "ds · root=/a/ds",
        "ds · root=/b/ds",
    }


def test_the_same_repetition_under_two_paths_counts_once(run):
    report = build([run(0, parts=ONE), run(0, FOLDER | {"root": "/copy/ds"}, parts=ONE)])
    assert [list(row.runs) for row in report.panels[0].rows] == [[0]]
    assert "the same seed 0" in report.unread[0].reason


def test_data_drawn_anew_for_each_seed_are_one_data_set(run):
    runs = [run(s, {"name": "phantom", "seed": s}, parts={"images": f"{s}"}) for s in (0, 1)]
    assert panels(*runs) == {"phantom": {"random": [0, 1]}}


def test_runs_of_an_earlier_version_go_by_their_settings(run):
    """A relative path is the end of an absolute one; two absolute ones are two data sets."""
    earlier = [run(0), run(1, FOLDER | {"root": "/home/me/ds"})]
    assert panels(*earlier) == {"ds": {"random": [0, 1]}}
    report = build([*earlier, run(2, parts=ONE)])
    assert [list(row.runs) for row in report.panels[0].rows] == [[0, 1, 2]]
    assert "2 runs of an earlier version of alseg recorded no content" in report.notes[0]
    assert len(panels(*earlier, run(2, parts=ONE), run(2, parts=RELABELLED))) == 3
    assert len(panels(run(0, FOLDER | {"root": "/a/ds"}), run(0, FOLDER | {"root": "/b/ds"}))) == 2


def test_public_data_sets_are_known_by_their_name(run):
    public = {"_target_": "alseg.data.public.load.load_public", "name": "busi"}
    assert panels(run(0, public | {"root": "/a/busi"}), run(1, public | {"root": "/b/busi"})) == {
        "busi": {"random": [0, 1]}
    }


COLUMN = {"name": "column", "column": "second"}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"map": {"name": "none"}}, {"map": {"name": "tsne", "steps": 500}}),
        ({"embedding": {"name": "pixels"}}, {"embedding": {"name": "packaged"}}),
        ({"trainer": {"steps": 5, "checkpoint_minutes": 5}}, {"trainer": {"steps": 5, "checkpoint_minutes": 1}}),
        ({"trainer": {"steps": 5}}, {"trainer": {"steps": 5, "checkpoints": "all", "progress": False}}),
        ({"oracle": COLUMN | {"root": "ds"}}, {"oracle": COLUMN | {"root": "/a/ds"}}),
        ({"learner": {"name": "x", "weights_path": "w.pt"}}, {"learner": {"name": "x", "weights_path": "/a/w.pt"}}),
        ({"learner": {"name": "x"}}, {"learner": {"name": "x", "weights_path": None}}),
    ],
    ids=str,
)
@pytest.mark.parametrize("parts", [None, ONE], ids=["earlier", "recorded"])
def test_what_cannot_change_a_number_splits_no_condition(run, one, other, parts):
    assert panels(run(0, parts=parts, **one), run(1, parts=parts, **other)) == {"ds": {"random": [0, 1]}}


def test_answers_and_weights_count_by_what_is_in_them(run):
    weights = {"learner": {"name": "x", "weights_path": "a/w.pt"}}, {"learner": {"name": "x", "weights_path": "b/w.pt"}}
    key = "learner.weights_path"
    same = [run(s, parts=ONE, weights={key: "1"}, **w) for s, w in enumerate(weights)]
    assert panels(*same) == {"ds": {"random": [0, 1]}}
    other = run(2, parts=ONE, weights={key: "2"}, **weights[0])
    assert panels(*same, other) == {"ds": {"learner.weights_path=1": [0, 1], "learner.weights_path=2": [2]}}
    roots = [{"oracle": COLUMN | {"root": root}} for root in ("/a", "/b", "/b")]
    answered = [run(s, parts=ONE | {"answers": a}, **r) for s, (a, r) in enumerate(zip("112", roots))]
    assert list(panels(*answered)["ds"].values()) == [[0, 1], [2]]


@pytest.mark.slow
def test_the_control_of_a_strategy_that_compares_embeddings(run):
    """Random compares none, so its embedding does not count and is no difference."""
    embedding = {"embedding": {"name": "pixels", "size": 16}, "map": {"name": "none"}}
    diverse = run(0, parts=ONE, strategy="diverse", strategy__space="embedding", **embedding)
    report = build([diverse, run(0, parts=ONE, **embedding)])
    assert [row.label for row in report.panels[0].rows] == ["random", "diverse"]
    assert report.panels[0].controls["diverse"] is report.panels[0].rows[0]


@pytest.mark.slow
def test_a_setting_that_older_runs_lack_is_todays_default(run):
    learner = {"_target_": "alseg.learners.classifier.Classifier", "name": "classifier"}
    newer = learner | {"dropout": 0.0, "passes": 1}
    assert panels(run(0, learner=learner), run(1, learner=newer)) == {"ds": {"random": [0, 1]}}
    found = panels(run(2, learner=learner), run(2, learner=newer | {"dropout": 0.5}))["ds"]
    assert set(found) == {"learner.dropout=0.0", "learner.dropout=0.5"}
