"""Formulas as MathML, which browsers set by themselves: no script, and nothing is loaded from elsewhere."""

from __future__ import annotations

import html
import re

from latex2mathml.converter import convert

FORMULA = re.compile(r'<(span|div) class="arithmatex">\\([(\[])(.*?)\\[)\]]</\1>', flags=re.S)


def with_mathml(page: str) -> str:
    """A page whose LaTeX, as arithmatex marks it, is MathML."""
    return FORMULA.sub(
        lambda found: convert(html.unescape(found[3]), display="inline" if found[2] == "(" else "block"), page
    )
