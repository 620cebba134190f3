"""The folders of a sweep are known before it starts, and they are those it makes."""

from pathlib import Path

import pytest
from hydra.core.hydra_config import HydraConfig

from alseg.cli import main
from alseg.sweeps import sweep
from alseg.sweeps.plan import planned

SWEEPS = {
    "seeds innermost": ["strategy=random,entropy", "seed=range(0,2)"],
    "three budgets": ["name=mine", "budget=low,mid,high", "seed=1,0", "data=phantom_histology"],
    "a path and an addition": ["learner.encoder=resnet18", "++learner.weights=none", "run_dir=out/sub", "seed=3,7"],
    "an experiment's own sweep": ["experiment=sequal_sweep", "data.root=/some/where", "seed=2", "strategy=random,pld"],
    "no sweep at all": [],
}


@pytest.mark.slow
@pytest.mark.parametrize("name", SWEEPS)
def test_planned_folders_are_the_folders(name, monkeypatch):
    """Against Hydra itself, with jobs that do nothing."""
    plans: list[list[Path]] = []
    folders: list[Path] = []

    def plan(config):
        plans.append(planned(config))
        return plans[-1]

    monkeypatch.setattr(sweep, "planned", plan)
    monkeypatch.setattr(
        "alseg.commands.run._job", lambda config: folders.append(Path(HydraConfig.get().runtime.output_dir))
    )
    main(["run", "-m", *SWEEPS[name], "logger=csv"])
    assert plans[0] == folders
    assert all(folder.name == f"seed={folder.name.partition('=')[2]}" for folder in folders)
