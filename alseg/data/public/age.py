"""Ages as people write them."""

from __future__ import annotations

UNITS = {
    1.0: ("", "y", "yr", "yrs", "year", "years"),
    12.0: ("m", "mo", "mos", "month", "months"),
    52.1775: ("w", "wk", "wks", "week", "weeks"),
    365.25: ("d", "day", "days"),
}
"""Names of units, by the number that makes a year."""


def years(number: str, unit: str) -> str:
    """Years to three digits, from a number and a unit such as ``Y``, ``yrs``, ``month`` or ``days``; years where none is named.

    Empty for a unit that is none.
    """
    parts = [parts for parts, names in UNITS.items() if unit.lower() in names]
    return f"{float(number) / parts[0]:.3g}" if parts else ""
