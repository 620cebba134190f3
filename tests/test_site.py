"""The documentation site: what is in it, where links lead, and that a page comes out of every choice."""

from __future__ import annotations

import ast
import csv
import importlib
import importlib.util
import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import yaml

from alseg import __version__
from alseg.composition.comments import read_comments
from docs.build_site import api, costs, kept, made, methods, notebooks, settings
from docs.build_site.cells import Markdown, cells, run_command, run_python, words
from docs.build_site.choice import WHEN, read_choice
from docs.build_site.docstrings import described, plain
from docs.build_site.figures.pool import toy_pool
from docs.build_site.markdown import cell, code, settings_table
from docs.build_site.navigation import filled
from docs.build_site.sources import ROOT, address, sources

PAGES = sorted(source for source in sources() if source.endswith(".md"))
MADE = [methods.place(*choice) for choice in methods.listed()]


class Loader(yaml.SafeLoader):
    """Reads mkdocs.yml, which names functions and variables of the environment."""


Loader.add_multi_constructor("", lambda loader, suffix, node: None)
CONFIG = yaml.load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"), Loader)


def leaves(entry):
    """Pages of a navigation."""
    if isinstance(entry, str):
        return [entry]
    inside = entry.values() if isinstance(entry, dict) else entry
    return [leaf for part in inside for leaf in leaves(part)]


def headings(page: str) -> set[str]:
    """Addresses of the headings of a page, as GitHub makes them."""
    text = re.sub(r"^```.*?^```", "", (ROOT / page).read_text(encoding="utf-8"), flags=re.M | re.S)
    found = [
        re.sub(r"[^\w\- ]", "", line.lower()).replace(" ", "-") for line in re.findall(r"^#+ (.*)$", text, flags=re.M)
    ]
    return {
        name if not number else f"{name}-{number}" for i, name in enumerate(found) for number in [found[:i].count(name)]
    }


def test_every_page_is_in_the_navigation_once_and_every_entry_is_a_page():
    named = leaves(CONFIG["nav"])
    assert sorted(named) == sorted([*PAGES, *notebooks.notebooks()])


def prose(page: str) -> str:
    """Text of a page, or of a notebook, without code."""
    if page.endswith(".ipynb"):
        return "\n\n".join(cell.source for cell in cells(ROOT / page) if cell.kind == "markdown")
    return re.sub(r"^```.*?^```", "", (ROOT / page).read_text(encoding="utf-8"), flags=re.M | re.S)


@pytest.mark.parametrize("page", [*PAGES, *notebooks.notebooks()])
def test_links_lead_to_files_and_headings_that_the_site_shows(page):
    text = prose(page)
    for link, anchor in re.findall(r"\]\(([^)#:\s]*)(?:#([^)\s]*))?\)", text):
        if page.endswith(".ipynb") and link.startswith("report/"):  # made by the notebook
            continue
        target = page if not link else str(((ROOT / page).parent / link).resolve().relative_to(ROOT))
        assert target in set(sources()), f"{page}: {link}"
        assert not anchor or anchor in headings(target), f"{page}: {link}#{anchor}"


def test_no_two_files_have_one_address():
    places = [address(source) for source in [*sources(), *MADE]]
    assert len(places) == len(set(places))
    assert address("README.md") == "index.html"
    assert address(".github/SECURITY.md") == "security/index.html"  # what begins with a dot is published nowhere
    assert address("docs/howto/campaign.md") == "howto/campaign/index.html"
    assert address("experiments/sequal/README.md") == "experiments/sequal/index.html"


def test_made_pages_stand_behind_those_that_their_part_names():
    start = ["README.md", {"Deeper": ["docs/tutorials/first_comparison.ipynb"]}]
    nav = [{"Start": start}, {"Methods": ["docs/choices.md"]}, {"Reference": []}]
    made = ["docs/methods/cold_start/fps.md", "docs/methods/cold_start/fps.png", "docs/reference/api/data.md"]
    assert filled(nav, made) == [
        {"Start": ["README.md", {"Deeper": ["docs/tutorials/first_comparison.md"]}]},
        {"Methods": ["docs/choices.md", {"Cold starts": ["docs/methods/cold_start/fps.md"]}]},
        {"Reference": [{"API": ["docs/reference/api/data.md"]}]},
    ]


def test_every_choice_has_a_place():
    for group in methods.GROUPS:
        files = {path.stem for path in (ROOT / "conf" / group).glob("*.yaml")}
        assert files == {name for g, name in methods.listed() if g == group}
    assert set(methods.NO_PICTURE) <= set(methods.listed())


def test_every_choice_says_when_to_use_it():
    for group, name in methods.listed():
        text = (ROOT / "conf" / group / f"{name}.yaml").read_text(encoding="utf-8")
        about, _, when = read_comments(text).heading.partition(WHEN)
        assert about, f"{group}={name}"
        assert when.endswith("."), f"{group}={name}"
    choice = read_choice("cold_start", "typiclust")
    assert choice.about == "strategy=typiclust on the frozen embedding."
    assert choice.when == "very few first images, each typical of its kind."


def test_a_query_says_what_it_costs():
    scans, picks = costs.of_strategy(made.strategy("strategy", "pld_rounds"))
    assert scans == "two scans of the pool, by the models of the last two rounds"
    assert "CPU-seconds for 10 picks among 2,000 images" in picks
    assert next(iter(costs.of_strategy(made.strategy("cold_start", "fps")))) == "no scan of the pool"


def test_what_takes_long_is_kept_until_code_or_text_change(tmp_path, monkeypatch):
    monkeypatch.setattr(kept, "FOLDER", tmp_path)
    monkeypatch.setattr(kept, "code", lambda: "code")
    assert kept.kept("one", "text", lambda: {"a/b.md": b"1"}) == {"a/b.md": b"1"}
    assert kept.kept("one", "text", lambda: {"a/b.md": b"2"}) == {"a/b.md": b"1"}
    assert kept.kept("one", "other", lambda: {"c.png": b"3"}) == {"c.png": b"3"}
    assert kept.kept("one", "text", lambda: {"a/b.md": b"4"}) == {"a/b.md": b"4"}
    monkeypatch.setattr(kept, "code", lambda: "newer")
    assert kept.kept("one", "text", lambda: {"a/b.md": b"5"}) == {"a/b.md": b"5"}
    assert len(list(tmp_path.glob("one/*"))) == 1


@pytest.mark.slow
def test_a_page_says_what_file_and_class_say():
    text = methods.page("cold_start", "k_center")
    assert text.startswith("# k_center\n\nstrategy=k_center on the frozen embedding.\n")
    assert "- no trained model\n- features of a frozen embedding" in text
    assert ".<wbr>normalise</code> | <code>false</code> | true: features of length 1; never on the map |" in text
    assert "Source: Sener and Savarese" in text
    assert "normalise: scale" not in text  # arguments are told by the table


@pytest.mark.slow
def test_a_picture_shows_picks():
    assert methods.picture("strategy", "random").startswith(b"\x89PNG")


def test_the_pool_has_as_many_labels_of_each_class():
    pool = toy_pool(9)
    assert np.bincount(pool.classes[pool.labelled]).tolist() == [3, 3, 3]
    assert len(pool.open) == len(pool.points) - 9 == 291


@pytest.mark.slow
def test_settings_of_parts_are_told_under_their_keys():
    found = {key: (value, comment) for key, value, comment in read_choice("oracle", "sparse").settings()}
    assert found["oracle.columns.share"] == ("0.25", "of the columns, evenly spaced")
    assert found["oracle.of.seconds_per_image"] == ("60.0", "")
    assert found["oracle.seed"] == ("${seed}", "")


def test_nothing_in_a_cell_is_markdown():
    assert cell("a | b_c *d*") == "a &#124; b&#95;c &#42;d&#42;"
    assert code("a.b_c") == "<code>a.<wbr>b&#95;<wbr>c</code>"
    assert settings_table([]) == ""


def test_docstrings_become_markdown():
    assert plain("As :class:`~alseg.strategy.Strategy` in ``x``.") == "As `alseg.strategy.Strategy` in `x`."
    text = described("alseg.acquisition.bald.BALD")
    assert text.startswith("`H(mean_m p_m)")
    assert "Source: Houlsby" in text
    assert described("torch.optim.AdamW") == ""


def test_every_door_has_a_page():
    doors = api.doors()
    assert {"alseg", "alseg.selection", "alseg.oracles", "alseg.data"} <= set(doors)
    assert "::: alseg.selection.KCenter\n" in api.pages()["docs/reference/api/selection.md"]
    assert all(text for text, _ in doors.values())


(START,) = re.findall(r"^```python\n(.*?)^```", (ROOT / "docs/start.md").read_text(encoding="utf-8"), re.M | re.S)


def rows(folder: Path) -> list[dict[str, str]]:
    with (folder / "manifest.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def test_the_first_table_of_ones_own(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for kind in ("images", "masks"):
        Path("scans", kind).mkdir(parents=True)
    Path("scans/images/p017_2.jpg").touch()
    exec(START, {})
    assert rows(Path("scans")) == [
        {"id": "p017_2", "image": "images/p017_2.jpg", "mask": "masks/p017_2.png", "group": "p017"}
    ]


def test_a_cell_shows_what_it_prints_and_its_last_value():
    names: dict[str, object] = {}
    assert list(run_python("x = 2\nprint(x)\nx + 1", names)) == ["2\n", "3"]
    assert list(run_python("x", names)) == ["2"]
    assert list(run_python("x;", names)) == []
    (picture,) = run_python("from matplotlib.figure import Figure\nFigure((1, 1))", names)
    assert isinstance(picture, bytes)
    assert picture.startswith(b"\x89PNG")
    with pytest.raises(ZeroDivisionError):
        list(run_python("1 / 0", names))


def test_a_cell_shows_tables_and_images():
    (shown,) = run_python("import pandas as pd\npd.DataFrame({'a|b': [1.5, None]}, index=['x', 'y'])", {})
    assert isinstance(shown, Markdown)
    assert shown == "| index | a&#124;b |\n| --- | --- |\n| x | 1.5 |\n| y |  |"
    (picture,) = run_python("from PIL import Image\nImage.new('L', (2, 2))", {})
    assert isinstance(picture, bytes)
    assert picture.startswith(b"\x89PNG")


def test_a_command_shows_what_it_prints():
    assert words("alseg a \\\n  'b c' # no more") == ["alseg", "a", "b c"]
    assert run_command("alseg --version").strip() == __version__
    with pytest.raises(RuntimeError, match="no command 'nothing'"):
        run_command("alseg nothing")
    with pytest.raises(ValueError, match="alseg alone"):
        run_command("rm -r scans")


def test_a_page_has_what_the_notebook_shows_and_links_to(tmp_path, monkeypatch):
    code = "from pathlib import Path\nPath('made/deep').mkdir(parents=True)\nPath('made/a.txt').write_text('x')\n3 * 4"
    made = [("code", code), ("code", "!alseg --version"), ("markdown", "See [it](made/a.txt).")]
    book = {"cells": [{"cell_type": kind, "source": [source]} for kind, source in made]}
    (tmp_path / "docs/tutorials").mkdir(parents=True)
    (tmp_path / "docs/tutorials/one.ipynb").write_text(json.dumps(book))
    monkeypatch.setattr(notebooks, "ROOT", tmp_path)
    found = notebooks.pages("docs/tutorials/one.ipynb")
    page = found.pop("docs/tutorials/one.md")
    fence = "``` { .text .wrap }"
    assert f"{fence}\n12\n```\n\n```sh\nalseg --version\n```\n\n{fence}\n{__version__}\n```\n\nSee [it]" in page
    assert found == {"docs/tutorials/made/a.txt": b"x"}
    assert Path.cwd() == tmp_path


@pytest.mark.parametrize("notebook", notebooks.notebooks())
def test_a_notebook_is_one_without_what_it_showed(notebook):
    book = json.loads((ROOT / notebook).read_text(encoding="utf-8"))
    assert (book["nbformat"], book["nbformat_minor"]) == (4, 5)
    assert book["metadata"]["kernelspec"] == {"display_name": "Python 3", "language": "python", "name": "python3"}
    assert len({cell["id"] for cell in book["cells"]}) == len(book["cells"])
    code = [cell for cell in book["cells"] if cell["cell_type"] == "code"]
    assert all(cell["outputs"] == [] and cell["execution_count"] is None for cell in code)


@pytest.mark.parametrize("notebook", notebooks.notebooks())
def test_a_notebook_says_what_one_will_have_and_where_to_go_next(notebook):
    found = cells(ROOT / notebook)
    title, _, promise = found[0].source.partition("\n\n")
    assert re.fullmatch(r"# \S.*", title)
    assert promise.startswith("At the end you have ")
    assert re.search(r"^## Where to go next\n\n- .*\]\(", found[-1].source, flags=re.M | re.S)


@pytest.mark.parametrize("notebook", notebooks.notebooks())
def test_code_of_a_notebook_is_python_and_imports_what_there_is(notebook):
    trees = [ast.parse(cell.source) for cell in cells(ROOT / notebook) if cell.kind == "python"]
    imported = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    for node in imported:
        there = importlib.import_module(str(node.module))
        assert all(hasattr(there, name.name) for name in node.names)
    assert imported


@pytest.mark.slow
def test_the_first_comparison_runs():
    found = notebooks.pages("docs/tutorials/first_comparison.ipynb")
    assert len(found) == 2
    assert "80 " in str(found["docs/tutorials/first_comparison.md"])


@pytest.mark.slow
def test_the_strategy_of_the_tutorial_is_worse_upside_down():
    text = str(notebooks.pages("docs/tutorials/write_a_strategy.ipynb")["docs/tutorials/write_a_strategy.md"])
    value = {name: float(mean) for name, mean in re.findall(r"^(\w[\w, ]*?) +(0\.\d+) ±", text, flags=re.M)}
    assert value["upside down"] < value["random"] < value["gini, softmax"]


@pytest.mark.slow
def test_settings_are_told_of_a_run_and_of_each_choice():
    page = settings.run_page()
    for key in ("learner.encoder", "split.val_per_initial", "trainer.steps", "budget.query"):
        assert code(key) in page
    schedules = settings.group_page("learner/schedule")
    assert re.findall(r"^## (.*)$", schedules, flags=re.M) == ["constant", "one_cycle", "polynomial", "step"]
    assert code("learner.schedule.warmup") in schedules


@pytest.mark.slow
@pytest.mark.skipif(importlib.util.find_spec("mkdocs") is None, reason="needs pip install 'alseg[docs]'")
@pytest.mark.timeout(1800)
def test_the_site_builds_without_a_warning(tmp_path):
    build = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(tmp_path / "site")]
    result = subprocess.run(build, cwd=ROOT, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    for place in MADE:
        assert (tmp_path / "site" / address(place)).is_file()
