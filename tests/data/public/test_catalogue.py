"""The descriptions, and what is made of them."""

from __future__ import annotations

import io
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hydra.core.config_store import ConfigStore
from omegaconf import OmegaConf
from rich.console import Console

from alseg.cli import main
from alseg.composition import paths, public_data
from alseg.composition.compose import compose
from alseg.data.public.catalogue import COLUMNS, Listing, row
from alseg.data.public.document import choices, page
from alseg.data.public.home import data_home
from alseg.data.public.registry import datasets
from alseg.data.public.sets import decathlon, medmnist

DOCS = Path(__file__).parents[3] / "docs" / "data.md"
HEAVY = ("torch", "pandas", "scipy", "PIL", "nibabel", "pydicom", "tifffile", "h5py")
"""What only a conversion needs."""
ALGORITHMS = {"md5": 32, "sha256": 64}


def test_the_pages_are_what_the_descriptions_say():
    """Make them anew: python -m alseg.data.public.document docs/data.md conf/data/README.md."""
    assert DOCS.read_text(encoding="utf-8") == page()
    assert (paths.conf() / "data" / "README.md").read_text(encoding="utf-8") == choices()


def test_descriptions_load_in_no_time():
    """For every ``alseg run`` is composed with all of them: import what reads files in the function that reads them."""
    look = "import sys; from alseg.data.public.registry import datasets; datasets(); print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", look], check=True, capture_output=True, text=True).stdout.split()
    assert {*HEAVY} & {*loaded} == set()


def test_the_list_is_the_page(capfd):
    assert main(["data", "list"]) == 0
    shown = capfd.readouterr().out
    text = DOCS.read_text(encoding="utf-8")
    for name, dataset in datasets().items():
        assert f"\n {name} " in shown
        assert f"| {' | '.join(row(dataset))} |" in text
    assert all(column in shown for column in COLUMNS)


@pytest.mark.parametrize(
    ("width", "left_out"), [(120, set()), (100, {"licence"}), (80, {"licence", "classes", "needs"})]
)
def test_the_list_fits_a_terminal(width, left_out):
    lines = io.StringIO()
    Console(file=lines, width=width).print(Listing(list(datasets().values())))
    shown = lines.getvalue()
    assert max(map(len, shown.splitlines())) <= width
    assert "…" not in shown
    (head,) = [line.split() for line in shown.splitlines() if line.split()[:1] == ["name"]]
    assert head == [column for column in COLUMNS if column not in left_out]


@pytest.mark.parametrize("name", datasets())
def test_a_description_is_complete(name):
    dataset = datasets()[name]
    assert dataset.name == name
    assert len(dataset.classes) > 1
    assert len(set(dataset.classes)) == len(dataset.classes)
    assert dataset.homepage.startswith("http")
    assert dataset.licence
    assert dataset.citation
    assert dataset.downloadable != bool(dataset.needs)
    for archive in dataset.archives:
        if archive.checksum:
            algorithm, _, value = archive.checksum.partition(":")
            assert re.fullmatch(rf"[0-9a-f]{{{ALGORITHMS[algorithm]}}}", value)
    assert dataset.confirmed or dataset.unconfirmed  # each fact is looked up or said not to be
    assert bool(dataset.earlier) == (len(dataset.archives) == 1 and len(dataset.archives[0].checksums) > 1)
    expected = dataset.expected
    assert set(expected.labels) <= set(dataset.classes)
    for parts in (expected.labels, expected.splits):
        assert not parts or sum(parts.values()) == expected.images
    if dataset.task == "segmentation":
        assert dataset.classes[0] == "background"


def test_every_data_set_goes_to_a_run_in_its_test():
    """See `Publisher.short_run`; MedMNIST and the Decathlon have one test for all of their sets, and run one of each kind."""
    tests = "".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_*.py"))
    alone = [name for name in datasets() if name not in medmnist.SETS and name not in decathlon.TASKS]
    assert [name for name in alone if f'short_run("{name}")' not in tests] == []


@pytest.mark.slow
def test_every_data_set_is_a_choice(capfd):
    assert main(["explain", "data"]) == 0
    told = [line[2:].split()[0] for line in capfd.readouterr().out.splitlines() if re.match(r"[* ] \w", line)]
    files = {path.stem for path in (paths.conf() / "data").glob("*.yaml")}
    assert [name for name in told if not name.endswith(":")] == sorted(files | {*datasets()})
    assert main(["run", "data=montgomry"]) == 2
    told = capfd.readouterr().err
    assert "data=montgomry: no such choice, did you mean montgomery; there are bloodmnist, breakhis, " in told
    assert all(f" {name}" in told for name in datasets())


@pytest.mark.slow
@pytest.mark.parametrize(("name", "settings"), [("montgomery", {}), ("cubs_technical", {"cimt": "intima-media"})])
def test_a_choice_is_the_settings_of_a_folder_with_those_of_the_description(name, settings):
    """Key by key, in their order."""
    public = {"_target_": "alseg.data.public.load.load_public", "name": name, "root": str(data_home() / name)}
    folder = OmegaConf.load(paths.conf() / "data" / "folder.yaml")
    expected = dict(OmegaConf.to_container(folder, resolve=False)) | public | settings
    assert list(OmegaConf.to_container(composed(name)).items()) == list(expected.items())


@pytest.mark.parametrize("name", datasets())
def test_every_data_set_has_a_config(name):
    public_data.register()
    node, settings = ConfigStore.instance().load(f"data/{name}.yaml").node, datasets()[name].settings
    assert node == {"defaults": ["base/public@_here_", "_self_"], "name": name, **settings}
    assert settings.get("cimt") in (None, *datasets()[name].classes)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "cimt"), [("montgomery", None), ("cubs_clinical", "intima-media")])
def test_a_config_finds_it_where_it_was_put(name, cimt, tmp_path, monkeypatch):
    monkeypatch.setenv("ALSEG_DATA_HOME", str(tmp_path / "here"))
    node = composed(name)
    assert node.name == name
    assert Path(node.root) == data_home() / name
    assert node.cimt == cimt
    assert cimt is None or cimt in datasets()[name].classes


@pytest.mark.slow
def test_text_of_a_folder_is_text_of_a_public_data_set():
    """Though `load_public` names few of the settings that it hands on."""
    words = ["data=montgomery", "data.mask=1_2", "data.where={site:1_0}", "data.window=[1,2]", "data.fit=pad"]
    node = compose(words).data
    assert (node.mask, node.where, node.window, node.fit) == ("1_2", {"site": "1_0"}, [1, 2], "pad")


@pytest.mark.slow
def test_without_the_variable_data_lie_in_the_home(monkeypatch):
    monkeypatch.delenv("ALSEG_DATA_HOME", raising=False)
    monkeypatch.setenv("HOME", "/home/someone")
    node = composed("crc5000")
    assert Path(node.root) == data_home() / "crc5000" == Path("/home/someone/.local/share/alseg/crc5000")


def composed(name: str):
    return compose([f"data={name}"]).data
