"""Data sets of runs: those with the same recorded content are one, whatever it is called and wherever it lay."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b

from alseg.identity.places import joined
from alseg.identity.settings import counted, is_path, repeats
from alseg.report.read.conditions import CONTENT, DATA, group_of, texts
from alseg.report.read.read_runs import Run

ROOT, ANSWERS = "data.root", "answers"
SHOWN = 8
"""Characters of a digest in a report; two data sets of one report that share them are as likely as 1 in 10^9."""


@dataclass
class DataSet:
    """Runs on one data set.

    Args:
        parts: the digest of each part of it; empty for runs of an earlier version, which did not record any.
        runs: the runs, and
        settings: what each of them says of its data: flat, without what cannot change a number.
    """

    parts: dict[str, str]
    runs: list[Run] = field(default_factory=list)
    settings: list[dict[str, str]] = field(default_factory=list)

    @property
    def shown(self) -> dict[str, str]:
        """One set of settings that stands for those of all runs, with a digest of the content."""
        # Of several spellings of a place an absolute one.
        first = min(self.settings, key=lambda one: (-len(one.get(ROOT, "")), sorted(one.items())))
        return first | ({DATA: _short(self.parts)} if self.parts else {})

    @property
    def unrecorded(self) -> list[Run]:
        """Runs of an earlier version that are taken for being on it."""
        return [run for run in self.runs if not run.decisions.parts] if self.parts else []


def data_sets(runs: Sequence[Run], seeds: Collection[str]) -> list[DataSet]:
    """Group runs by what they recorded of their data.

    Runs of versions that recorded no content are grouped by their settings, as those versions did; they join the one data
    set of recorded content whose runs have the same settings, if there is exactly one.

    Args:
        runs: of a report.
        seeds: dotted keys that are the seed of the run in all of them: data that are drawn anew for each seed are one data
            set, known by its settings.
    """
    drawn = any(group_of(key) == "data" for key in seeds) and len({run.seed for run in runs}) > 1
    settings = _settings(runs)
    found: dict[tuple[tuple[str, str], ...], DataSet] = {}
    earlier = []
    for run, own in zip(runs, settings):
        parts = {name: digest for name, digest in run.decisions.parts.items() if name != ANSWERS}
        if not parts or drawn:
            earlier.append((run, own))
            continue
        known = found.setdefault(tuple(sorted(parts.items())), DataSet(parts))
        known.runs.append(run)
        known.settings.append(own)
    recorded = list(found.values())
    others: dict[tuple[tuple[str, str], ...], DataSet] = {}
    for run, own in earlier:
        own = {k: v for k, v in own.items() if k not in seeds}
        same = [one for one in recorded if own in one.settings]
        known = same[0] if len(same) == 1 else others.setdefault(tuple(sorted(own.items())), DataSet({}))
        known.runs.append(run)
        known.settings.append(own)
    return [*recorded, *others.values()]


def data_notes(found: Sequence[DataSet], labels: Sequence[str]) -> tuple[str, ...]:
    """Notes on how data sets were told apart.

    Args:
        found: the data sets of a report.
        labels: what the report calls each of them.
    """
    notes = []
    for i, one in enumerate(found):
        for other, label in zip(found[i + 1 :], labels[i + 1 :]):
            alike = any(own in other.settings for own in one.settings)
            if alike and one.parts and other.parts:
                names = dict.fromkeys([*one.parts, *other.parts])
                differing = [name for name in names if one.parts.get(name) != other.parts.get(name)]
                notes.append(
                    f"{labels[i]} and {label} have the same settings and are two data sets: the content was changed between "
                    f"their runs ({', '.join(differing)})"
                )
    for one, label in zip(found, labels):
        if one.unrecorded:
            runs = "1 run" if len(one.unrecorded) == 1 else f"{len(one.unrecorded)} runs"
            notes.append(
                f"{label}: {runs} of an earlier version of alseg recorded no content, {one.unrecorded[0].path} the first; "
                "the data set is taken for the same by its settings"
            )
    return tuple(notes)


def known_files(runs: Sequence[Run]) -> list[dict[str, str]]:
    """For each run what takes the place of its paths other than that of the data set.

    That is the digest of what lay there where the run recorded it; else the path, of several spellings the same one. What
    an oracle reads from the data set's own folder goes with that.
    """
    settings = [dict(texts(counted(run.config))) for run in runs]
    stands = joined({path for one in settings for key, path in one.items() if is_path(key)})
    known = []
    for run, one in zip(runs, settings):
        answers, data = run.decisions.parts.get(ANSWERS), one.get(ROOT)
        own = {key: stands[path] for key, path in one.items() if is_path(key) and key != ROOT}
        for key, path in own.items():
            if key.endswith("root") and (answers or (data is not None and path == stands[data])):
                own[key] = ""
        own |= {key: digest[:SHOWN] for key, digest in run.decisions.weights.items()}
        known.append(own | ({f"oracle.{CONTENT}": answers[:SHOWN]} if answers else {}))
    return known


def _settings(runs: Sequence[Run]) -> list[dict[str, str]]:
    """Of the data of each run, with one spelling of each place."""
    each = [dict(texts({k: v for k, v in counted(run.config).items() if _of_data(k)})) for run in runs]
    for own in each:
        if own.get("data._target_", "").endswith(".load_public"):  # its name says what it is, wherever it lies
            own.pop(ROOT, None)
    stands = joined({own[ROOT] for own in each if ROOT in own})
    return [own | ({ROOT: stands[own[ROOT]]} if ROOT in own else {}) for own in each]


def _of_data(key: str) -> bool:
    return group_of(key) == "data" and not repeats(key)


def _short(parts: dict[str, str]) -> str:
    return blake2b(repr(sorted(parts.items())).encode(), digest_size=16).hexdigest()[:SHOWN]
