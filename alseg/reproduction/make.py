"""Tables, figures and the made parts of a README, from the rows of an experiment."""

from __future__ import annotations

import shlex
from collections.abc import Callable
from hashlib import blake2b
from io import BytesIO
from pathlib import Path

import matplotlib as mpl
import pandas as pd
from matplotlib.figure import Figure

from alseg.files import write_bytes, write_text
from alseg.reproduction.beside import beside_the_paper, differences
from alseg.reproduction.experiment import Experiment
from alseg.reproduction.plan import plan
from alseg.reproduction.readme import markdown, refreshed

PAPER, COMMANDS = "paper", "commands"
"""The two parts that every experiment has without saying so."""


def table(experiment: Experiment, name: str, rows: pd.DataFrame) -> pd.DataFrame:
    """One table by its name; ``paper`` has the paper's numbers beside ours."""
    if name == PAPER:
        return beside_the_paper(experiment.paper, rows, experiment.ours)
    return experiment.tables[name](rows)


def write_readme(experiment: Experiment) -> list[Path]:
    """Bring the made parts of README.md, and its figures, up to results.csv.

    Returns:
        the files that changed.
    """
    rows = pd.read_csv(experiment.results)
    changed = []
    for name, draw in experiment.figures.items():
        file = experiment.folder / f"{name}.svg"
        if fingerprint(experiment.results) not in (file.read_text(encoding="utf-8") if file.exists() else ""):
            write_bytes(file, svg(draw(rows), fingerprint(experiment.results)))
            changed.append(file)
    old = experiment.readme.read_text(encoding="utf-8")
    new = refreshed(old, _parts(experiment, rows), experiment.readme)
    if new != old:
        write_text(experiment.readme, new)
        changed.append(experiment.readme)
    return changed


def fingerprint(results: Path) -> str:
    """Hash of the rows that a figure was made of; the figure carries it, so that an outdated one is found out."""
    return f"results.csv {blake2b(results.read_bytes(), digest_size=8).hexdigest()}"


def svg(figure: Figure, description: str) -> bytes:
    """A figure as SVG with text that is text; equal figures give equal files."""
    with BytesIO() as buffer, mpl.rc_context({"svg.hashsalt": "alseg", "svg.fonttype": "none"}):
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Description": description})
        return buffer.getvalue()


def _parts(experiment: Experiment, rows: pd.DataFrame) -> dict[str, Callable[[], str]]:
    """Functions that make the parts, as Markdown."""
    made: dict[str, Callable[[], str]] = {
        PAPER: lambda: f"{markdown(table(experiment, PAPER, rows))}\n\n{differences(experiment.paper)}".strip(),
        COMMANDS: lambda: _commands(experiment),
    }
    made |= {name: _table(experiment, name, rows) for name in experiment.tables}
    return made | {name: _figure(name, draw) for name, draw in experiment.figures.items()}


def _table(experiment: Experiment, name: str, rows: pd.DataFrame) -> Callable[[], str]:
    return lambda: markdown(table(experiment, name, rows))


def _figure(name: str, draw: Callable[[pd.DataFrame], Figure]) -> Callable[[], str]:
    title = (draw.__doc__ or name).strip().splitlines()[0].rstrip(".")
    return lambda: f"![{title}]({name}.svg)"


def _commands(experiment: Experiment) -> str:
    lines = []
    for sweep in experiment.sweeps:
        runs = len(plan(sweep, None, Path("runs")).runs)
        lines.append(
            f"alseg run -m {shlex.join(sweep.command.split())}   # {runs} runs, about {sweep.cpu_hours:g} CPU-hours"
        )
    return "\n".join(
        ["```sh", f"alseg reproduce {experiment.called} --data DATA   # runs what is missing of:", *lines, "```"]
    )
