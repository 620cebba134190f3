"""A sweep of two strategies beside random, three seeds each, whose paired differences are known."""

DICE = "test/dice"
AHEAD = {"random": (0.0, 0.0, 0.0), "entropy": (0.01, 0.02, 0.03), "k_center": (0.02, 0.0, -0.02)}
"""Of random at the same seed: standard deviations of 0.01 and 0.02, which run against each other."""


def curve(value):
    """The same value at 20 and 30 labels; 10 are the shared cold start."""
    return {10: 0.5, 20: value, 30: value}


def three_seeds(runs_of):
    """Its runs."""
    return [runs_of(s, i, curve(0.7 + i / 10 + gain)) for s, gains in AHEAD.items() for i, gain in enumerate(gains)]
