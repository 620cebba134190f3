"""Upload of a report to W&B, beside its runs: tables, page, and the whole folder as an artifact."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import wandb
import yaml

from alseg.errors import RunFolderError
from alseg.tracking import acceptable as rules
from alseg.tracking import names
from alseg.tracking.acceptable import acceptable
from alseg.tracking.wandb import DATA_DIR, SETTINGS

NAME = "report"


def log_report(report: Path, runs: Sequence[Path], mode: str | None = None) -> Path:
    """Log a report as a run of its own, in the group of its runs.

    Every CSV becomes a table ``report/NAME``, report.html a page, and all files the artifact ``report-GROUP``. The run's id
    is kept in the folder of the report, so that a later report about the same sweep continues it, with a new version of
    the artifact.

    Args:
        report: folder that ``alseg report`` wrote.
        runs: the run folders of the report, or folders that hold some.
        mode: ``offline`` or ``online``; None: as the runs were.

    Returns:
        the folder of the W&B run, which ``wandb sync`` uploads if it is offline.

    Raises:
        RunFolderError: if there is no report, or W&B does not take it.
    """
    if not (report / "report.html").exists():
        raise RunFolderError(f"{report}: there is no report.html; alseg report RUNS --out {report} writes it")
    config, group = _of_runs(runs)
    logger = config.get("logger") or {}
    known = logger if logger.get("name") == "wandb" else {}
    files = sorted(path for path in report.rglob("*") if path.is_file() and not _ours(path.relative_to(report)))
    before = os.environ.get(DATA_DIR)
    os.environ.setdefault(DATA_DIR, str(report.resolve() / "wandb" / "data"))
    try:
        run = wandb.init(
            project=acceptable(str(known.get("project", "alseg")), rules.PROJECT),
            entity=known.get("entity"),
            mode=mode or known.get("mode", "offline"),  # type: ignore[arg-type]
            id=names.run_id(report, "wandb"),
            resume="allow" if (mode or known.get("mode")) == "online" else None,
            reinit="create_new",
            dir=str(report),
            group=group,
            name=NAME,
            job_type=NAME,
            tags=[NAME],
            settings=SETTINGS,
        )
        folder = Path(run.dir).parent
        shown: dict[str, Any] = {f"{NAME}/{path.stem}": _table(path) for path in _tables(files)}
        run.log(shown | {f"{NAME}/page": wandb.Html(str(report / "report.html"), inject=False)})
        artifact = wandb.Artifact(f"{NAME}-{group}", NAME)
        for path in files:
            artifact.add_file(str(path), name=path.relative_to(report).as_posix())
        run.log_artifact(artifact)
        run.finish()
    except Exception as error:  # whatever a service finds
        raise RunFolderError(f"W&B: {(str(error) or repr(error)).splitlines()[0]}") from error
    finally:
        if before is None:
            os.environ.pop(DATA_DIR, None)
    return folder


def _of_runs(runs: Sequence[Path]) -> tuple[Mapping[str, Any], str]:
    """Config of the first run that can be read, and the group of the runs, or one named after the first of them."""
    for config_file in _configs(runs):
        try:
            config = yaml.safe_load(config_file.read_text(encoding="utf-8"))
        except (OSError, ValueError, yaml.YAMLError):  # the report names it
            continue
        if isinstance(config, dict):
            return config, names.group(config_file.parent, config)
    raise RunFolderError(f"{', '.join(map(str, runs))}: there is no run below it")


def _configs(runs: Sequence[Path]) -> Iterator[Path]:
    for folder in runs:
        yield from sorted(path for path in folder.rglob("config.yaml") if (path.parent / "ledger.jsonl").exists())


def _ours(path: Path) -> bool:
    return path.parts[0] in ("wandb", "wandb_id")


def _tables(files: Sequence[Path]) -> list[Path]:
    return [path for path in files if path.suffix == ".csv"]


def _table(path: Path) -> wandb.Table:
    """A CSV as a table; a column of W&B has one type, so that one which is not all numbers is text."""
    read = pd.read_csv(path)
    for name in read:
        if not pd.api.types.is_numeric_dtype(read[name]):
            read[name] = read[name].map(str, na_action="ignore")
    rows: Any = read.astype(object).where(read.notna(), None).to_numpy().tolist()
    return wandb.Table(columns=list(map(str, read)), data=rows)
