"""What a person does on the page of our components (`apps/components.py`), and what it says then."""

from __future__ import annotations

import re
from typing import Any

from playwright.sync_api import expect

from tests.browser.waiting import PATIENCE


def says(page: Any, words: str) -> None:
    """Wait until the page's own text holds `words`."""
    expect(page.get_by_text(re.compile(re.escape(words)))).to_be_visible(timeout=PATIENCE)


def tile(page: Any, place: int) -> Any:
    return page.locator(f"#tile-{place}")


def drag(page: Any, corners: list[tuple[float, float]], *, hold: str | None = None) -> None:
    page.locator("canvas.top").scroll_into_view_if_needed()
    box = page.locator("canvas.top").bounding_box()
    points = [(box["x"] + x, box["y"] + y) for x, y in corners]
    if hold:
        page.keyboard.down(hold)
    page.mouse.move(*points[0])
    page.mouse.down()
    for point in points[1:]:
        page.mouse.move(*point, steps=6)
    page.mouse.up()
    if hold:
        page.keyboard.up(hold)
