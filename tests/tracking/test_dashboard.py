"""The workspace and the report on W&B, as their object model would save them."""

import importlib.util
import json
import sys

import pytest

from alseg.cli import main

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("wandb_workspaces") is None,
    reason="needs wandb-workspaces: pip install 'alseg[dashboard]'",
)


def values(node, key):
    """Every value of a key, wherever it stands."""
    if isinstance(node, dict):
        for name, value in node.items():
            if name == key:
                yield value
            yield from values(value, key)
    elif isinstance(node, list):
        for value in node:
            yield from values(value, key)


def panels(spec, kind):
    """The panels of one kind, wherever they stand."""
    if isinstance(spec, dict):
        if spec.get("viewType") == kind:
            yield spec
        for value in spec.values():
            yield from panels(value, kind)
    elif isinstance(spec, list):
        for value in spec:
            yield from panels(value, kind)


@pytest.fixture(scope="module")
def saved():
    """What would be saved for one sweep."""
    from alseg.tracking.dashboard import Place, load, report, specification, workspace

    place = Place("team", "mine", "demo-3f2a")
    return [specification(workspace(load(), place)), specification(report(load(), place, look_up=False))]


@pytest.mark.slow
def test_both_have_the_same_panels(saved):
    for spec in saved:
        plots = list(panels(spec, "Run History Line Plot"))
        axes = {(plot["config"]["xAxis"], *plot["config"]["metrics"]) for plot in plots}
        assert ("n_labelled", "test/dice") in axes
        assert ("cost", "by_cost/dice") in axes
        assert ("n_labelled", "labels/working_dice", "labels/working_accuracy") in axes
        assert {plot["config"]["groupBy"] for plot in plots} == {"strategy.value.name"}
        assert {plot["config"]["groupAgg"] for plot in plots} == {"mean"}
        text = json.dumps(spec)
        for key in ("query/00", "query/03", "report/comparisons", "map/picture"):
            assert key in text
        assert "demo-3f2a" in text  # the filter, too: in the title alone it would stand once
        assert text.count("demo-3f2a") > 1
    assert len(list(panels(saved[0], "Run History Line Plot"))) == len(list(panels(saved[1], "Run History Line Plot")))


def test_panels_of_the_report_do_not_lie_on_one_another(saved):
    for grid in values(saved[1], "panelBankSectionConfig"):
        boxes = [panel["layout"] for panel in grid["panels"]]
        taken = [(x, y) for b in boxes for x in range(b["x"], b["x"] + b["w"]) for y in range(b["y"], b["y"] + b["h"])]
        assert len(taken) == len(set(taken))
        assert all(x < 24 for x, _ in taken)


def test_a_dry_run_prints_what_would_be_saved(capsys):
    assert main(["dashboard", "--project", "mine", "--dry-run"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert set(printed) == {"workspace", "report"}
    assert "mine" in json.dumps(printed["report"])


@pytest.mark.slow
def test_without_login_it_is_one_line(capsys, monkeypatch, tmp_path):
    monkeypatch.delenv("WANDB_API_KEY", raising=False)
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    monkeypatch.setenv("HOME", str(tmp_path))
    for options in ([], ["--entity", "team"]):
        assert main(["dashboard", *options]) == 2
        told = capsys.readouterr().err
        assert "alseg dashboard: not logged in to W&B: wandb login, or set WANDB_API_KEY" in told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("sections: 3", "group_by|int"),
        ("group_by: a\nsections: [{name: s, panels: [{kind: pie, title: t}]}]", "kind: pie: choose line, table, media"),
        ("group_by: a\nsections: [{name: s, panels: [{kind: line, title: t, z: 1}]}]", "z"),
    ],
)
def test_a_definition_that_is_none(tmp_path, text, told):
    from alseg.errors import ConfigError
    from alseg.tracking.dashboard import load

    (tmp_path / "d.yaml").write_text(text)
    with pytest.raises(ConfigError, match=told) as error:
        load(tmp_path / "d.yaml")
    assert "\n" not in str(error.value)
    with pytest.raises(ConfigError, match="it cannot be read"):
        load(tmp_path / "nothing.yaml")


def test_without_the_package_it_is_one_line(monkeypatch, capsys):
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda of, *more: None if of == "wandb_workspaces" else find(of, *more)
    )
    monkeypatch.setitem(sys.modules, "wandb_workspaces", None)
    assert main(["dashboard", "--dry-run"]) == 2
    assert "pip install 'alseg[dashboard]'" in capsys.readouterr().err
