"""The wheel holds all that a run needs."""

import json
import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from alseg.data.public.registry import datasets

ROOT = Path(__file__).parents[1]

# The first versions without a known fault: CVE-2026-58659, and CVE-2026-24747 about loading with weights_only.
FLOORS = {"pytorch-lightning": "2.6.6", "torch": "2.10"}


def required(kind: str | None = None) -> dict[str, Requirement]:
    """The requirements in pyproject.toml, or those of an extra."""
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    start = "dependencies = [" if kind is None else f"{kind} = ["
    lines = text.split(f"\n{start}", 1)[1].split("]\n", 1)[0].replace(",", "\n").splitlines()
    found = [Requirement(line.strip().strip('"')) for line in lines if line.strip().startswith('"')]
    return {requirement.name: requirement for requirement in found}


def pins() -> dict[str, list[Version]]:
    """The versions of constraints.txt; two where an older Python gets another."""
    found: dict[str, list[Version]] = {}
    for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            pin = Requirement(line)
            found.setdefault(pin.name.lower(), []).append(Version(str(pin.specifier).removeprefix("==")))
    return found


def test_no_version_with_a_known_fault_is_allowed_or_tested():
    for name, floor in FLOORS.items():
        specifier = required()[name].specifier
        assert not specifier.contains(f"{floor.rpartition('.')[0]}.{int(floor.rpartition('.')[2]) - 1}")
        assert specifier.contains(floor)
        assert all(version >= Version(floor) for version in pins()[name])


@pytest.mark.slow
def test_what_is_tested_is_what_is_allowed():
    for requirement in required().values():
        assert all(requirement.specifier.contains(version) for version in pins()[requirement.name.lower()]), requirement


def test_h5py_is_needed_for_one_data_set_alone(monkeypatch):
    monkeypatch.setitem(sys.modules, "h5py", None)
    assert "pcam" in datasets()
    assert "h5py" not in required()
    assert set(required("pcam")) == {"h5py"}


@pytest.mark.slow
def test_an_installed_wheel_finds_its_config(tmp_path):
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(tmp_path), str(ROOT)]
    subprocess.run(build, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(tmp_path / "site")
    inside = {str(p.relative_to(tmp_path / "site" / "alseg")) for p in (tmp_path / "site" / "alseg").rglob("*")}
    written = {str(p.relative_to(ROOT)) for p in (ROOT / "conf").rglob("*.yaml")}
    assert written <= inside
    here = ROOT / "alseg" / "report" / "pages"
    pages = {str(path.relative_to(here)) for kind in ("css", "js") for path in here.rglob(f"*.{kind}")}
    assert {"page.css", "scripts/sort.js"} <= pages
    assert {"py.typed", *(f"report/pages/{name}" for name in pages)} <= inside
    environment = os.environ | {"PYTHONPATH": str(tmp_path / "site")}
    where = "import alseg.composition.paths as p; print(p.conf())"
    found = subprocess.run(
        [sys.executable, "-c", where], check=True, capture_output=True, text=True, env=environment, cwd=tmp_path
    )
    assert found.stdout.strip() == str(tmp_path / "site" / "alseg" / "conf")
    shown = subprocess.run(
        [sys.executable, "-m", "alseg", "run", "--cfg", "job", "experiment=demo"],
        check=True,
        capture_output=True,
        text=True,
        env=environment,
        cwd=tmp_path,
    )
    assert "name: demo" in shown.stdout


def test_one_version_and_date_everywhere():
    project, citation, changes = (
        (ROOT / name).read_text(encoding="utf-8") for name in ("pyproject.toml", "CITATION.cff", "CHANGELOG.md")
    )
    version, date = re.findall(r"^## \[(\d+\.\d+\.\d+)\] - (\d{4}-\d\d-\d\d)$", changes, flags=re.M)[0]
    assert f'\nversion = "{version}"\n' in project
    assert f"\nversion: {version}\ndate-released: {date}\n" in citation
    zenodo = json.loads((ROOT / ".zenodo.json").read_text(encoding="utf-8"))
    assert f'title: "{zenodo["title"]}"' in citation
    assert zenodo["license"] in citation


def test_an_image_is_built_from_what_a_wheel_is_built_from():
    """The Dockerfile copies nothing that .dockerignore keeps away, and no more than the wheel needs."""
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", (ROOT / "Dockerfile").read_text(encoding="utf-8"), flags=re.M)
    names = {name for line in copied for name in line.split()}
    ignored = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    assert names == {line[1:] for line in ignored if line.startswith("!")}
    assert all((ROOT / name).exists() for name in names)
