"""A small line chart as SVG, light enough for thousands of pages, in the colours of the page that it stands on."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

WIDE, HIGH = 300, 120
RIGHT, TOP, BOTTOM = 8, 10, 18
DIGIT = 7
"""Width of a character at the axis, at most."""


def line_chart(what: str, curve: Mapping[int, float], beside: Mapping[int, float], digits: int) -> str:
    """A curve over the numbers of annotated images, and beside it another one, dashed.

    Args:
        what: said to those who cannot see it.
        curve: value by number of images, at least one.
        beside: likewise; may be empty.
        digits: after the point, of the numbers at the axis.
    """
    xs, ys = sorted({*curve, *beside}), [*curve.values(), *beside.values()]
    low, high = min(ys), max(ys)
    room = max(high - low, 1e-9)
    left = 5 + DIGIT * max(5, *(len(f"{y:.{digits}f}") for y in (low, high)))

    def point(x: int, y: float) -> tuple[float, float]:
        across = (x - xs[0]) / (xs[-1] - xs[0]) if xs[-1] > xs[0] else 0.5
        up = (y - low) / room if high > low else 0.5
        return left + across * (WIDE - left - RIGHT), HIGH - BOTTOM - up * (HIGH - TOP - BOTTOM)

    def path(values: Mapping[int, float]) -> str:
        return " ".join(f"{x:.1f},{y:.1f}" for x, y in (point(*pair) for pair in sorted(values.items())))

    dots = "".join(
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3"><title>{n}: {value:.{digits}f}</title></circle>'
        for n, value, (x, y) in ((n, value, point(n, value)) for n, value in sorted(curve.items()))
    )
    heights = {point(xs[0], y)[1]: y for y in (low, high)}
    grid = "".join(f'<path class="grid" d="M{left} {y:.1f}H{WIDE - RIGHT}"/>' for y in heights)
    sides = "".join(
        f'<text x="{left - 5}" y="{y + 4:.1f}" text-anchor="end">{v:.{digits}f}</text>' for y, v in heights.items()
    )
    ends = f'<text x="{left}" y="{HIGH - 3}">{xs[0]}</text>' if len(xs) > 1 else ""
    ends += f'<text x="{WIDE - RIGHT}" y="{HIGH - 3}" text-anchor="end">{xs[-1]}</text>'
    dashed = f'<polyline class="beside" points="{path(beside)}"/>' if beside else ""
    return (
        f'<svg class="chart" viewBox="0 0 {WIDE} {HIGH}" role="img" aria-label="{escape(what)}">{grid}{sides}{ends}'
        f'{dashed}<polyline class="line" points="{path(curve)}"/>{dots}</svg>'
    )
