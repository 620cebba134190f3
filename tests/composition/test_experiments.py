"""Every recipe under ``conf/`` composes, and every experiment can be set up on its own data."""

import inspect
import itertools

import pytest
from omegaconf import OmegaConf

from alseg.callbacks.stopping import StoppingRule
from alseg.composition import schema as config
from alseg.data.folder import load_folder
from alseg.loop.job import build
from alseg.runs.run_folder import RunFolder
from alseg.tracking.tracker import Tracker
from tests.helpers.composed import choices, composed

CAROTID, HISTOLOGY = ["data.size=[32,64]", "data.frames=2"], ["data.size=32", "data.tiles=4"]
LIGHTER = {
    "coldstart": CAROTID,
    "coldstart_first": ["data=phantom_carotid", *CAROTID],
    "coldstart_next": ["data=phantom_carotid", *CAROTID],
    "demo": CAROTID,
    "partial_sweep": ["data=phantom_carotid", *CAROTID],
    "pld_sweep": ["data=phantom_carotid", *CAROTID],
    "sequal": CAROTID,
    "sequal_released": ["learner.weights=none", "data.size=[32,64]", "data.frames=4"],
    "sequal_sweep": ["data=phantom_carotid", *CAROTID],
    "spread_sweep": ["data=phantom_carotid", *CAROTID],
    "unisal": HISTOLOGY,
    "unisal_sweep": ["data=phantom_histology", "data.size=32", "data.tiles=10"],
    "unisal_released": ["learner.weights=none", "learner.augmentation.crop=28", "data.size=32", "data.tiles=10"],
}
"""What an experiment needs to be set up without a download and in a second."""
FEWER = {
    "sequal_released": ["budget.initial=20", "budget.query=20"],
    "unisal_released": ["budget.initial=20", "budget.query=20"],
}
"""Budgets for which the smaller data sets are enough."""
GROUPS = (
    "learner",
    "strategy",
    "cold_start",
    "reduction",
    "oracle",
    "budget",
    "trainer",
    "stopping",
    "logger",
    "data",
    "embedding",
    "map",
)


@pytest.mark.slow
@pytest.mark.parametrize("experiment", choices("experiment"))
def test_every_experiment_can_be_set_up(experiment, tmp_path):
    lighter = [*LIGHTER.get(experiment, []), *FEWER.get(experiment, [])]
    build(composed(f"experiment={experiment}", *lighter), RunFolder(tmp_path), Tracker())


@pytest.mark.slow
@pytest.mark.parametrize("experiment", choices("experiment"))
def test_every_experiment_takes_a_folder_and_a_budget_instead_of_its_own(experiment):
    """What a recipe sets for its own data must mean something for anyone's, or it ends at the first key.

    Numbers in an experiment would silently undo ``budget=all``: what it asks for is a file of conf/budget, too.
    """
    config = composed(f"experiment={experiment}", "data=folder", "budget=all")
    known = inspect.signature(load_folder).parameters
    assert {str(key) for key in config.data} - {"_target_"} <= set(known)
    assert (config.budget.name, config.budget.initial, config.budget.rounds) == ("all", None, 1)


@pytest.mark.slow
@pytest.mark.parametrize("together", [*itertools.zip_longest(*([f"{g}={c}" for c in choices(g)] for g in GROUPS))])
def test_every_choice_composes(together):
    """One of each group at a time: they are independent of each other, and composing takes a fifth of a second."""
    chosen = [choice for choice in together if choice is not None]
    config = composed(*chosen)
    for choice in chosen:
        group, name = choice.split("=")
        if group != "stopping":  # its node holds any number of rules by their names
            assert config[group].name == ("somewhere" if choice == "data=folder" else name)


@pytest.mark.slow
def test_an_experiment_goes_before_the_root_and_the_command_line_before_both():
    assert composed("experiment=demo").budget.initial == 6
    assert composed("experiment=demo", "budget.initial=9").budget.initial == 9
    assert composed().budget.initial == 10


@pytest.mark.slow
@pytest.mark.parametrize("rule", [c for c in choices("stopping") if c != "none"])
def test_stopping_rules_can_be_made(rule, tmp_path):
    learner = build(composed("experiment=demo", *CAROTID, f"stopping={rule}"), RunFolder(tmp_path), Tracker())
    assert isinstance(learner.callbacks[rule], StoppingRule)


def test_the_schema_knows_every_key_of_the_root():
    assert set(OmegaConf.to_container(composed())) == set(config.Config.__dataclass_fields__)
