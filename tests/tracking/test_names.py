"""What runs are called."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from alseg.tracking import names


@pytest.mark.parametrize(
    ("budget", "told"),
    [
        ({"name": "low", "initial": 10, "query": 5, "rounds": 4}, "low 10+3x5"),
        ({"initial": 10, "query": 5, "rounds": 1}, "10"),
        ({"name": "all", "initial": None, "query": 1, "rounds": 1}, "all all"),
    ],
)
def test_the_budget_in_a_tag(budget, told):
    assert names.tags({"budget": budget, "seed": 0}) == {"budget": told, "seed": "0"}


def test_a_long_name_is_cut_to_what_wandb_takes():
    (word, _) = names.words({"strategy": {"name": "s" * 100}, "seed": 0})
    assert len(word) == 64


def test_a_sweep_has_one_name_and_another_sweep_another(tmp_path):
    folders = [tmp_path / sweep / f"x={x}" / "seed=0" for sweep in "ab" for x in range(8)]
    for folder in folders:
        folder.mkdir(parents=True)
    with ThreadPoolExecutor(8) as jobs:  # as jobs of a sweep do, all at once
        found = list(jobs.map(lambda folder: names.group(folder, {"name": "demo"}), folders))
    assert len(set(found[:8])) == len(set(found[8:])) == 1
    assert found[0] != found[8]
    assert all(name.startswith("demo-") for name in found)
    assert names.group(folders[0], {"name": "demo"}) == found[0]
    assert sorted(path.name for path in (tmp_path / "a").iterdir() if path.is_file()) == ["tracking_group"]


def test_a_run_by_itself_goes_with_its_name(tmp_path):
    assert names.group(tmp_path / "mine", {"name": "demo"}) == "demo"
