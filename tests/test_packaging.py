"""The wheel holds all that a run needs."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


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
    assert {"py.typed", "report/page.css", "report/page.js", "report/sort.js", "report/run_page.css"} <= inside
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
