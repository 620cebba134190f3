"""What a person does with a page in `Chromium`: look and press."""

from __future__ import annotations

import json
from pathlib import Path

from tests.helpers.chromium import Chromium


def show(browser: Chromium, path: Path, view: str = "") -> None:
    """Load a page, with ``view`` in its address, and forget what earlier ones did wrong."""
    browser.errors.clear()
    browser.requests.clear()
    browser.follow(lambda: browser.ask("Page.navigate", url="about:blank"))
    url = path.resolve().as_uri() + (f"#{view}" if view else "")
    browser.follow(lambda: browser.ask("Page.navigate", url=url))


def click(browser: Chromium, selector: str, times: int = 1) -> None:
    """A real press of the left button in the middle of an element; twice at once is a double one."""
    found = f"document.querySelector({json.dumps(selector)})"
    browser.value(f"{found}.scrollIntoView({{block: 'center'}})")
    box = browser.value(
        f"(({{x, y, width, height}}) => [x + width / 2, y + height / 2])({found}.getBoundingClientRect())"
    )
    for count in range(1, times + 1):
        for kind in ("mousePressed", "mouseReleased"):
            browser.mouse(kind, *box, button="left", clickCount=count)
