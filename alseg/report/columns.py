"""What a metric column is called, its unit, and whether higher or lower is better."""

from __future__ import annotations

from collections.abc import Sequence

TITLES = {
    "dice": "Dice",
    "iou": "IoU",
    "hd": "HD",
    "hd95": "HD95",
    "asd": "ASD",
    "empty": "Empty predictions",
    "accuracy": "Accuracy",
    "balanced_accuracy": "Balanced accuracy",
    "auroc": "AUROC",
    "f1": "Macro F1",
    "precision": "Macro precision",
    "recall": "Recall",
    "ece": "Calibration error (ECE)",
    "loss": "Loss",
    "cimt": "CIMT",
    "cimt_reference": "CIMT of the reference",
    "cimt_bias": "CIMT bias",
    "cimt_sd": "CIMT, SD of the differences",
    "cimt_abs_bias": "CIMT, mean absolute bias",
    "cimt_li": "CIMT, distance of the LI boundaries",
    "cimt_ma": "CIMT, distance of the MA boundaries",
    "cimt_pearson": "CIMT, Pearson r",
    "cimt_icc": "CIMT, ICC(2,1)",
    "cimt_cv": "CIMT, coefficient of variation",
    "cimt_failures": "CIMT, share of failures",
}
FRACTIONS = {"dice", "iou", "accuracy", "balanced_accuracy", "auroc", "f1", "precision", "recall"}
"""Metrics between 0 and 1, higher is better."""
LOWER = {"hd", "hd95", "asd", "empty", "loss", "ece", "nll", "brier", "error", "mae", "rmse"} | {
    f"cimt_{what}" for what in ("sd", "abs_bias", "li", "ma", "cv", "failures")
}
UNRANKED = {"cimt", "cimt_reference", "cimt_bias"}
"""Neither higher nor lower is better: a signed bias is good near 0, and a thickness is what it is."""
SMALL = {"ece", "cimt_pearson", "cimt_icc", "cimt_cv", "cimt_failures"}
"""Numbers around 1 or below, which need a third digit."""
UNITS = {"mm": "mm", "px": "px", "um": "µm"}


def _split(column: str) -> tuple[str, str, str]:
    """Measure, class and unit of a column such as ``test/dice_tumour`` or ``test/hd95_mm``."""
    words = column.rsplit("/", 1)[-1].split("_")
    word = next((w for w in words if w in UNITS), "")
    unit = UNITS.get(word, "")
    rest = [w for w in words if w != word]
    for end in range(len(rest), 0, -1):
        measure = "_".join(rest[:end])
        if measure in TITLES:
            return measure, "_".join(rest[end:]), unit
    return "_".join(rest), "", unit


def title(column: str) -> str:
    """The column for people: ``Dice``, ``Dice, tumour``, ``HD95 (mm)``."""
    measure, part, unit = _split(column)
    text = TITLES.get(measure, measure.replace("_", " "))
    return text + (f", {part}" if part else "") + (f" ({unit})" if unit else "")


def lower_is_better(column: str) -> bool:
    """True for distances, counts of empty predictions, losses and errors."""
    measure, _, _ = _split(column)
    return measure not in FRACTIONS and bool(LOWER & {measure, *measure.split("_")})


def is_ranked(column: str) -> bool:
    """False where neither higher nor lower is better."""
    return _split(column)[0] not in UNRANKED


def is_fraction(column: str) -> bool:
    """True if values lie between 0 and 1."""
    return _split(column)[0] in FRACTIONS


def decimals(column: str) -> int:
    """Digits after the point in tables."""
    measure, _, unit = _split(column)
    if unit == UNITS["um"]:
        return 0
    return 3 if measure in FRACTIONS | SMALL else 2


def primary(columns: Sequence[str]) -> str:
    """The metric that leads the report: Dice, else accuracy, else the first."""
    return next((c for c in ("test/dice", "test/accuracy") if c in columns), columns[0])
