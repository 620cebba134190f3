"""``python -m benchmarks.campaign [NUMBER] [SEED]``: bad inputs, and the faults that they find."""

from __future__ import annotations

import sys
import tempfile
from collections import Counter
from pathlib import Path

from benchmarks.campaign.bad_inputs import Campaign


def main(number: int = 300, seed: int = 0) -> int:
    """Try bad inputs and print what came of them; return the number of faults."""
    codes: Counter[str] = Counter()
    faults, slowest, peak = 0, 0.0, 0.0
    with tempfile.TemporaryDirectory() as folder:
        for outcome in Campaign(Path(folder), seed).outcomes(number):
            codes[f"{outcome.kind.split()[0]}: exit code {outcome.code}"] += 1
            slowest, peak = max(slowest, outcome.seconds), max(peak, outcome.peak)
            if outcome.fault:
                faults += 1
                print(f"{outcome.fault} · {outcome.kind} · {outcome.how}\n    {outcome.said.strip()[-400:]}")
    for what, count in sorted(codes.items()):
        print(f"{what}: {count}")
    print(
        f"{number} bad inputs, {faults} faults; the slowest took {slowest:.1f} s, the peak of memory was {peak:.0f} MiB"
    )
    return faults


if __name__ == "__main__":
    sys.exit(1 if main(*map(int, sys.argv[1:])) else 0)
