"""The frame of every page, which asks nothing of a network."""

from __future__ import annotations

from html import escape

POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:; font-src data:"
)
"""Has the browser itself refuse whatever would come from elsewhere."""
BESIDE = POLICY.replace("script-src", "script-src 'self' file:").replace("style-src", "style-src 'self' file:")
"""The same, with files beside the page allowed, on a disk or on the same server."""


def document(title: str, style: str, body: str, beside: str = "") -> str:
    """A whole page.

    Args:
        title: of window and page.
        style: CSS.
        body: HTML that begins inside of ``<main>``, below the title.
        beside: name of a style sheet (``.css``) and a script (``.js``) in the folder of the page; empty for none.
    """
    policy = BESIDE if beside else POLICY
    sheet = f'<link rel="stylesheet" href="{beside}.css">\n' if beside else ""
    script = f'<script src="{beside}.js"></script>\n' if beside else ""
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<title>{escape(title)}</title>
{sheet}<style>{style}</style>
</head>
<body>
<main>
<h1>{escape(title)}</h1>
{body}{script}</body>
</html>
"""
