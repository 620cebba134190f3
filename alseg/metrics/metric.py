"""Description of a metric: name, unit, direction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

UNITS = {"mm": "mm", "px": "px", "um": "µm"}
"""Words at the end of a column's name that say its unit, and the unit."""
MOST_DIGITS = 15
TYPES: Mapping[str, Any] = {
    "name": str,
    "title": str,
    "higher_is_better": bool | None,
    "unit": str,
    "digits": int | None,
    "fraction": bool,
}


@dataclass(frozen=True)
class Metric:
    """A metric says of itself what tables and figures need to know; it is recorded with the run.

    Args:
        name: what stands after ``test/`` in the name of its column, without class and unit: that of ``test/hd95_tumour_mm``
            is ``hd95``.
        title: for people.
        higher_is_better: False where lower is; None where neither is better, as for a signed bias.
        unit: where the column's name does not say it.
        digits: after the point in tables; None for three of a fraction, two of anything else, and none of µm.
        fraction: whether values lie between 0 and 1.

    Raises:
        ValueError: if a word of the name is a unit.
    """

    name: str
    title: str
    higher_is_better: bool | None
    unit: str = ""
    digits: int | None = None
    fraction: bool = False

    def __post_init__(self) -> None:
        units = UNITS.keys() & {*self.name.split("_")}
        if units:
            raise ValueError(
                f"metric {self.name}: the name goes without its unit, {min(units)}, which its columns end in"
            )

    def recorded(self) -> dict[str, Any]:
        """The description as it stands in a ledger."""
        return asdict(self)

    @classmethod
    def read(cls, recorded: Mapping[str, Any]) -> Metric:
        """Read the description in a ledger; what a later version may add is passed over.

        Raises:
            TypeError: if something is missing, or is of another type.
            ValueError: if a word of the name is a unit.
        """
        known: dict[str, Any] = {key: value for key, value in recorded.items() if key in TYPES}
        odd = [key for key, value in known.items() if not isinstance(value, TYPES[key])]
        digits = known.get("digits")
        if odd or isinstance(digits, bool) or not 0 <= (digits or 0) <= MOST_DIGITS:
            raise TypeError(
                f"{(odd or ['digits'])[0]} of the metric {known.get('name')} is of another type than alseg writes"
            )
        return cls(**known)
