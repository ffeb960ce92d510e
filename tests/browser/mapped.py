"""What the tests of the map on the real page share: the planted project opened, and what is drawn around there."""

from __future__ import annotations

import pytest

from tests.browser.test_flow import explored
from tests.browser.waiting import settle

expect = pytest.importorskip("playwright.sync_api").expect
LEFT, ALL = (0.02, 0.15, 0.5, 0.9), (0.02, 0.12, 0.98, 0.92)
STATUS = ".map .status"


def within(page, words):
    """Wait until the map's own status says `words`."""
    expect(page.locator(STATUS)).to_have_text(words)
    settle(page)


# Named apart from its function, so that a test file can import it and use its name for arguments.
@pytest.fixture(name="page")
def page_of_planted(tab, server, project):
    """The planted project with everything in view, and nothing selected."""
    opened = explored(tab, server, project())
    opened.project = opened.url.split("project=")[1].split("&")[0].replace("+", " ").replace("%20", " ")
    return opened
