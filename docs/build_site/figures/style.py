"""What all pictures share."""

from __future__ import annotations

from io import BytesIO

from matplotlib.figure import Figure

SCORE = "viridis"
INK, PICK, PALE = "#333333", "#d55e00", "#b8c4c2"
"""Labels and text, picks, and images without a score; apart from one another for colour-blind people too."""


def png(figure: Figure) -> bytes:
    """The file of a figure, on white, so that it is the same in the dark."""
    file = BytesIO()
    figure.savefig(file, format="png", dpi=110, facecolor="white")
    return file.getvalue()
