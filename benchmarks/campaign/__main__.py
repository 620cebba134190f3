"""``python -m benchmarks.campaign``: what alseg survives, part by part."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import asdict
from pathlib import Path

from benchmarks.campaign.part import Outcome, Part
from benchmarks.campaign.parts import PARTS
from benchmarks.campaign.tables import closing_table, progress

EPILOG = "parts:\n" + "\n".join(f"  {name:12} {part.trials:4} trials: {part.about}" for name, part in PARTS.items())


def main(arguments: Sequence[str] | None = None) -> int:
    """Run parts of the campaign, and print what came of them; return 1 if there are faults."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.campaign",
        description="Try what a run may meet, and count what alseg gets wrong. All parts take about an hour on two quiet cores.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("parts", nargs="*", metavar="PART", help="which parts; none: all")
    parser.add_argument("--trials", type=int, help="number of trials in each part; by default its own")
    parser.add_argument("--seed", type=int, default=0, help="of everything that is drawn; default: 0")
    parser.add_argument(
        "--out", type=Path, default=Path("build/campaign"), help="folder of results; default: build/campaign"
    )
    parser.add_argument(
        "--resume", action="store_true", help="go on after the trials that are in the folder of results"
    )
    parser.add_argument("--keep", type=Path, help="a folder in which all is tried and what shows a fault stays")
    typed = parser.parse_args(arguments)
    if unknown := sorted({*typed.parts} - {*PARTS}):
        parser.error(f"there is no part {unknown[0]!r}; there are {', '.join(PARTS)}")
    typed.out.mkdir(parents=True, exist_ok=True)
    found: dict[str, list[Outcome]] = {}
    for name in typed.parts or PARTS:
        part = PARTS[name]
        results = typed.out / f"{name}.jsonl"
        found[name] = _read(results) if typed.resume else []
        try:
            found[name] = _run(name, part, typed.trials or part.trials, typed.seed, results, found[name], typed.keep)
        except KeyboardInterrupt:
            print(f"\n{name}: interrupted; --resume goes on")
            found[name] = _read(results)
            break
    print(closing_table(found))
    return 1 if any(outcome.fault for outcomes in found.values() for outcome in outcomes) else 0


def _run(
    name: str, part: Part, trials: int, seed: int, results: Path, done: Sequence[Outcome], keep: Path | None
) -> list[Outcome]:
    """Do the trials of a part that are not done, each of which becomes a line of the results."""
    outcomes, began = [*done], time.monotonic()
    print(f"{name}: {part.about}", flush=True)
    with ExitStack() as stack:
        file = stack.enter_context(results.open("a" if done else "w", encoding="utf-8"))
        folder = Path(
            stack.enter_context(tempfile.TemporaryDirectory()) if keep is None else keep / f"{name}-{len(done)}"
        )
        folder.mkdir(parents=True, exist_ok=True)
        for outcome in part.outcomes(folder, range(len(done), trials), seed):
            outcomes.append(outcome)
            print(json.dumps(asdict(outcome)), file=file, flush=True)
            if outcome.fault:
                print(f"  FAULT {outcome.kind}: {outcome.how}\n    {outcome.fault}", flush=True)
            progress(name, outcomes, trials, time.monotonic() - began)
    return outcomes


def _read(results: Path) -> list[Outcome]:
    lines = results.read_text(encoding="utf-8").splitlines() if results.exists() else []
    return [Outcome(**json.loads(line)) for line in lines]


if __name__ == "__main__":
    sys.exit(main())
