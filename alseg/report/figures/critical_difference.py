"""The critical-difference diagram: mean ranks over data sets on a line, bars over those that do not differ."""

from __future__ import annotations

import matplotlib as mpl
from matplotlib.figure import Figure

from alseg.report.columns import title
from alseg.report.figures.drawing import RC, plain
from alseg.report.statistics.ranks import Ranks

INK = "#1f2937"
ROW = 0.26
"""Inches between two labels."""
AXIS = 3.6
"""Inches from the first to the last rank."""


def ranks_figure(found: Ranks, metric: str) -> Figure:
    """Rank 1, the best, is on the left. Labels of the better half hang on the left, the others on the right."""
    k, means = len(found.labels), found.means
    half = (k + 1) // 2
    bars = 0.35 + 0.16 * len(found.groups)
    below = bars + ROW * half + 0.1
    above = 1.1
    left, right = (0.75 + 0.075 * max(map(len, names)) for names in (found.labels[:half], found.labels[half:]))
    width = left + AXIS + right  # inches: as much as the longest labels need
    with mpl.rc_context(RC):
        figure = Figure(figsize=(width, above + below))
        ax = figure.add_axes((left / width, 0.0, AXIS / width, 1.0))
        ax.set_ylim(-below, above)
        ax.set_xlim(1, k)
        ax.set_axis_off()
        ax.plot([1, k], [0, 0], color=INK, linewidth=1.2, clip_on=False)
        for tick in range(1, k + 1):
            ax.plot([tick, tick], [0, 0.07], color=INK, linewidth=1.0, clip_on=False)
            if k <= 12 or tick in (1, k) or tick % 5 == 0:
                ax.text(tick, 0.1, str(tick), ha="center", va="bottom", fontsize=9, color=INK)
        long = min(found.difference, k - 1)
        ax.plot([1, 1 + long], [0.5, 0.5], color="#D55E00", linewidth=2.5, solid_capstyle="butt", clip_on=False)
        many = " (longer than the axis)" if found.difference > k - 1 else ""
        ax.text(
            1,
            0.56,
            f"critical difference {found.difference:.2f}{many}",
            ha="left",
            va="bottom",
            fontsize=9,
            color="#D55E00",
        )
        for place, mean in enumerate(means):
            better = place < half
            depth = -bars - ROW * (place if better else k - 1 - place)
            end = 1 - 0.04 * (k - 1) if better else k + 0.04 * (k - 1)
            ax.plot([mean, mean, end], [0, depth, depth], color="#6b7280", linewidth=0.9, clip_on=False)
            label = f"{found.labels[place]}  {mean:.2f}" if better else f"{mean:.2f}  {found.labels[place]}"
            ax.text(
                end + (-1 if better else 1) * 0.015 * (k - 1), depth, plain(label), ha="right" if better else "left", va="center",
                fontsize=9, color=INK,
            )  # fmt: skip
        for i, (first, last) in enumerate(found.groups):
            y, room = -0.2 - 0.16 * i, 0.012 * (k - 1)
            ends = [means[first] - room, means[last] + room]
            ax.plot(ends, [y, y], color=INK, linewidth=3.0, solid_capstyle="butt", clip_on=False)
        ax.text(
            (1 + k) / 2, above - 0.08, plain(f"mean rank over {len(found.ranks)} data sets, {title(metric)}"),
            ha="center", va="top", fontsize=9, fontweight="bold", color=INK,
        )  # fmt: skip
    return figure
