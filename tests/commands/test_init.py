"""`alseg init`: the project that it makes, and what it refuses."""

import importlib
import re
import sys
from pathlib import Path

import pytest

from alseg.cli import main
from alseg.commands.init import package_name


@pytest.fixture
def project(tmp_path, monkeypatch):
    assert main(["init", "My-Pieces 2"]) == 0
    folder = tmp_path / "My-Pieces 2"
    before = {*sys.modules}
    monkeypatch.setattr(sys, "path", [*sys.path])
    yield folder
    for name in {*sys.modules} - before:
        if name.partition(".")[0] == "my_pieces_2":
            del sys.modules[name]


def test_files_carry_the_name_of_the_folder(project, capfd):
    files = sorted(str(path.relative_to(project)) for path in project.rglob("*") if path.is_file())
    assert files == [
        "README.md",
        "my_pieces_2/__init__.py",
        "my_pieces_2/conf/learner/focal_segmenter.yaml",
        "my_pieces_2/conf/strategy/gini.yaml",
        "my_pieces_2/focal_segmenter.py",
        "my_pieces_2/gini.py",
        "pyproject.toml",
        "tests/test_pieces.py",
    ]
    assert not any("mine" in re.findall(r"\w+", (project / name).read_text()) for name in files)
    assert 'my_pieces_2 = "my_pieces_2"' in (project / "pyproject.toml").read_text()


@pytest.mark.slow
def test_its_own_tests_pass(project, monkeypatch):
    """Those of the file it comes with, called here: a process of its own would import everything once more."""
    monkeypatch.syspath_prepend(str(project))
    names: dict[str, object] = {}
    exec((project / "tests" / "test_pieces.py").read_text(), names)
    names["test_gini_by_hand"]()
    names["test_a_run_of_all_of_them"](project / "here")


@pytest.mark.slow
def test_pieces_beside_their_configs_are_found_without_installing(project, monkeypatch, capfd):
    monkeypatch.chdir(project)
    monkeypatch.setenv("PYTHONPATH", "")
    assert main(["run", "--config-dir", "my_pieces_2/conf", "strategy=gini", "--cfg", "job"]) == 0
    assert "my_pieces_2.gini.Gini" in capfd.readouterr().out
    assert importlib.import_module("my_pieces_2.gini").Gini


@pytest.mark.parametrize(("folder", "error"), [
    ("full", "full: it is there already, and not empty"), ("a_file", "a_file: it is there already"),
    ("3d", "3d: its name becomes that of a package"), ("class", "class: its name becomes that of a package"),
    ("json", "json: there is a module json already"), ("alseg", "alseg: there is a module alseg already"),
])  # fmt: skip
def test_what_it_refuses(tmp_path, capfd, folder, error):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thing").touch()
    (tmp_path / "a_file").touch()
    assert main(["init", folder]) == 2
    assert capfd.readouterr().err.startswith(f"alseg init: {error}")


def test_a_name_that_no_package_may_have_is_made_one():
    assert package_name(Path("x/Meine Stücke")) == "meine_st_cke"
