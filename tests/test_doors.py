"""What the rooms offer at their doors: ``from alseg.selection import KCenter``."""

import importlib
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import alseg
from alseg import imported_for_types

ROOMS = sorted(path.parent.name for path in Path(alseg.__path__[0]).glob("*/__init__.py"))
DOORS = [room for room in ROOMS if "__all__" in (Path(alseg.__path__[0]) / room / "__init__.py").read_text("utf-8")]
EAGER = {"composition", "report"}
"""Rooms that import what they offer at once."""


@pytest.mark.parametrize("room", DOORS)
def test_every_name_resolves(room):
    module = importlib.import_module(f"alseg.{room}")
    for name in module.__all__:
        value = getattr(module, name)
        assert getattr(value, "__module__", f"alseg.{room}").startswith(f"alseg.{room}"), name
        assert type(value) is not type(module), f"{name} is a module"
        assert name in dir(module)


@pytest.mark.parametrize("room", sorted(set(DOORS) - EAGER))
def test_a_lazy_door_offers_what_type_checkers_see(room):
    source = pkgutil.get_data(f"alseg.{room}", "__init__.py")
    module = importlib.import_module(f"alseg.{room}")
    assert sorted(module.__all__) == sorted(imported_for_types(source))
    modules = {found.name for found in pkgutil.iter_modules(module.__path__)}
    assert not modules & set(module.__all__), "a module of the same name would stand in its place"


def test_the_rooms_that_users_import_from_have_doors():
    wanted = {"acquisition", "callbacks", "composition", "data", "embeddings", "learners", "loop", "metrics", "oracles"}
    assert wanted | {"selection", "runs", "tracking", "maps", "report"} <= set(DOORS)


def test_a_name_that_is_not_there_is_an_import_error():
    with pytest.raises(ImportError, match="cannot import name 'KCentre' from 'alseg.selection'"):
        from alseg.selection import KCentre  # noqa: F401
    with pytest.raises(AttributeError, match=r"module 'alseg\.selection' has no attribute 'KCentre'"):
        importlib.import_module("alseg.selection").KCentre  # noqa: B018


def test_functions_stay_functions_when_their_modules_are_imported():
    for name in ("compose", "instantiate"):
        importlib.import_module(f"alseg.composition.{name}")
        assert callable(getattr(importlib.import_module("alseg.composition"), name))


@pytest.mark.slow
def test_help_and_doors_import_no_large_library():
    rooms = ", ".join(f"alseg.{room}" for room in sorted(set(DOORS) - EAGER))
    code = f"""
import sys
from alseg.cli import main
assert main(["--help"]) == 0
import {rooms}
print(sorted({{"torch", "numpy", "pandas", "hydra", "pytorch_lightning", "matplotlib"}} & set(sys.modules)))
"""
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert shown.splitlines()[-1] == "[]"
