"""Text that LaTeX sets as it stands, whatever a name holds, and its width."""

from __future__ import annotations

import re
import unicodedata

SPECIAL = {
    "\\": r"\textbackslash{}", "&": r"\&", "%": r"\%", "$": r"\$", "#": r"\#", "_": r"\_", "{": r"\{", "}": r"\}",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "±": r"$\pm$", "−": "$-$", "·": r"$\cdot$", "–": "--", "—": "---",
    "≤": r"$\leq$", "≥": r"$\geq$", "<": "$<$", ">": "$>$", "“": "``", "”": "''", "‘": "`", "’": "'", '"': "''", "|": "$|$",
    "µ": r"$\mu$", "[": "{[}", "]": "{]}", "…": r"\ldots{}", "√": r"$\surd$", "×": r"$\times$", "→": r"$\to$", "°": r"$^\circ$",
    "≈": r"$\approx$", "∞": r"$\infty$", "²": "$^2$", "³": "$^3$", "ß": r"\ss{}", "æ": r"\ae{}", "Æ": r"\AE{}", "ø": r"\o{}",
    "Ø": r"\O{}", "å": r"\aa{}", "Å": r"\AA{}", "œ": r"\oe{}", "Œ": r"\OE{}", "ł": r"\l{}", "Ł": r"\L{}", "ı": r"\i{}",
}  # fmt: skip
ACCENTS = {
    "\u0300": "`", "\u0301": "'", "\u0302": "^", "\u0303": "~", "\u0304": "=", "\u0306": "u", "\u0307": ".", "\u0308": '"',
    "\u030a": "r", "\u030b": "H", "\u030c": "v", "\u0323": "d", "\u0327": "c",
}  # fmt: skip
"""Combining characters, and LaTeX's commands for them."""
GREEK = {
    "α": "alpha", "β": "beta", "γ": "gamma", "δ": "delta", "ε": "varepsilon", "ζ": "zeta", "η": "eta", "θ": "theta",
    "κ": "kappa", "λ": "lambda", "μ": "mu", "ν": "nu", "ξ": "xi", "π": "pi", "ρ": "rho", "σ": "sigma", "τ": "tau", "φ": "varphi",
    "χ": "chi", "ψ": "psi", "ω": "omega", "Γ": "Gamma", "Δ": "Delta", "Θ": "Theta", "Λ": "Lambda", "Π": "Pi", "Σ": "Sigma",
    "Φ": "Phi", "Ψ": "Psi", "Ω": "Omega",
}  # fmt: skip
NEGATIVE = re.compile(r"(?<![\w.)\]])-(?=\d)")
WIDTHS = {
    2.78: ".,:;!il[]|'`", 3.06: "fj", 3.33: " -", 3.89: "()t", 3.93: "rs", 4.44: "cez", 5.0: "0123456789ago*/–_", 5.28: "kvxyq",
    5.56: "bdhnpuS", 3.61: "I", 5.14: "J", 6.12: "Z", 6.25: "L", 6.53: "F", 6.81: "EP", 7.09: "B", 7.22: "CTw", 7.37: "R",
    7.5: "AHNUVXY", 7.64: "D", 7.78: "+=<>±−≤≥KOQ", 7.85: "G", 8.34: "m%#", 9.17: "M", 10.28: "W",
}  # fmt: skip
"""Points that a character of Computer Modern takes at 10 pt."""
WIDTH = {c: width for width, characters in WIDTHS.items() for c in characters}
WIDEST = 10.3
BOLD = 1.17
"""By so much bold letters are wider, at most."""


def escape(text: str) -> str:
    """The text for pdfLaTeX without any package; a character that it does not know is called by its name."""
    flat = NEGATIVE.sub("−", " ".join(text.split()))
    return "".join(_letter(c) for c in unicodedata.normalize("NFC", flat))


def width(text: str, bold: bool = False) -> float:
    """Points that the text takes at 10 pt, or somewhat less."""
    plain = unicodedata.normalize("NFC", NEGATIVE.sub("−", " ".join(text.split())))
    points = sum(_width(c) for c in plain)
    return BOLD * points if bold else points


def _letter(c: str) -> str:
    if c in SPECIAL:
        return SPECIAL[c]
    if c in GREEK:
        return rf"$\{GREEK[c]}$"
    if c.isascii():
        return c if c.isprintable() else ""
    base, *marks = list(unicodedata.normalize("NFD", c))
    if base.isascii() and base.isalpha() and len(marks) == 1 and marks[0] in ACCENTS:
        return rf"\{ACCENTS[marks[0]]}{{{base}}}"
    return f"({name})" if (name := _name(c)) else ""


def _name(c: str) -> str:
    """``brain``; empty for what cannot be seen, such as the joiners of an emoji."""
    if unicodedata.category(c) in ("Cf", "Cc", "Mn", "Cs", "Zs"):
        return ""
    return unicodedata.name(c, f"U+{ord(c):04X}").lower()


def _width(c: str) -> float:
    if c in WIDTH:
        return WIDTH[c]
    base = unicodedata.normalize("NFD", c)[0]
    if base in WIDTH or c in SPECIAL or c in GREEK or c.isascii():
        return WIDTH.get(base, 8.0)
    return sum(WIDTH.get(letter, WIDEST) for letter in f"({_name(c)})") if _name(c) else 0.0
