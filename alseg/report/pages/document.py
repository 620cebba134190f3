"""The frame of every page: one file, which asks nothing of a network."""

from __future__ import annotations

from html import escape

POLICY = (
    "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:; font-src data:"
)
"""Has the browser itself refuse whatever would come from elsewhere."""


def document(title: str, style: str, body: str) -> str:
    """A whole page.

    Args:
        title: of window and page.
        style: CSS.
        body: HTML that begins inside of ``<main>``, below the title.
    """
    return f"""<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="{POLICY}">
<title>{escape(title)}</title>
<style>{style}</style>
</head>
<body>
<main>
<h1>{escape(title)}</h1>
{body}</body>
</html>
"""
