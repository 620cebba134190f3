"""README's pictures: the sweep of ``make demo``, its learning curves and the map of one run.

``python -m experiments.readme_pictures`` (``make pictures``) takes some minutes on two cores; finished runs are not run again.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from omegaconf import OmegaConf

from alseg.cli import main as alseg
from alseg.report import write_report

ROOT = Path(__file__).resolve().parents[1]
RUNS = Path("runs/demo")
MAPPED = ("entropy", 0)
"""Strategy and seed of the run whose map is shown."""
SWEEP = (
    "experiment=demo",
    "strategy=random,entropy,k_center",
    "seed=0,1,2,3,4",
    "hydra/launcher=joblib",
    "trainer.progress=false",
    "logger=csv",
)
"""That of ``make demo``, whose runs serve if they are there."""


def main(out: Path = ROOT / "docs" / "pictures", runs: Path = RUNS, settings: tuple[str, ...] = SWEEP) -> int:
    """Run what is missing and write ``curves.png`` and ``map.png``.

    Returns:
        the exit code of the sweep; nothing is written where it is not 0.
    """
    if code := alseg(["run", "-m", *settings, f"run_dir={runs}"]):
        return code
    report = runs / "report"
    write_report([runs], report, runs=False)
    (mapped,) = (path.with_name("map.png") for path in runs.rglob("config.yaml") if _is_mapped(path))
    out.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(report / "curves.png", out / "curves.png")
    shutil.copyfile(mapped, out / "map.png")
    print(f"Written: {out / 'curves.png'}, {out / 'map.png'}")
    return 0


def _is_mapped(config: Path) -> bool:
    settings = OmegaConf.load(config)
    return (settings.strategy.name, settings.seed) == MAPPED


if __name__ == "__main__":
    sys.exit(main())
