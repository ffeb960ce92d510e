"""What is done while the server is busy is done, once and in its order, as soon as it has time."""

from __future__ import annotations

import signal
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.browser.conftest import ROOT, start_server
from tests.browser.gestures import drag, says, tile
from tests.browser.waiting import LISTEN, settle

pytestmark = pytest.mark.browser
pytest.importorskip("playwright.sync_api")
APP = Path(__file__).resolve().parent / "apps" / "server.py"


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    folder = tmp_path_factory.mktemp("busy")
    (folder / ".streamlit").symlink_to(ROOT / ".streamlit")
    process, server = start_server(folder, folder / "log.txt", app=APP)
    yield process, server.address
    process.terminate()
    process.wait(20)


@pytest.fixture
def page(browser, served):
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.add_init_script(LISTEN)
    page.goto(served[1])
    page.wait_for_selector(".tile", timeout=30_000)
    page.wait_for_selector("canvas.top")
    settle(page)
    yield page
    page.close()


@pytest.fixture
def busy(served):
    """While it lasts the server does nothing; then it finds all that was sent at once."""

    @contextmanager
    def stopped():
        served[0].send_signal(signal.SIGSTOP)
        try:
            yield
        finally:
            served[0].send_signal(signal.SIGCONT)

    return stopped


def test_map__outlines_that_come_while_one_is_answered_count_and_in_their_order(page, busy, served):
    page.goto(f"{served[1]}/?slow")
    page.wait_for_selector("canvas.top")
    settle(page)
    page.get_by_role("button", name="Drag a box").click()
    with busy():
        drag(page, [(200, 440), (300, 515)])
        drag(page, [(3, 3), (950, 515)], hold="Shift")
        drag(page, [(200, 440), (300, 515)], hold="Alt")
    says(page, "selected=2996 first=[4, 5")


def test_components__each_is_heard(page, busy):
    with busy():
        page.get_by_role("checkbox").nth(0).check(force=True)
        tile(page, 7).click()
        tile(page, 9).click(modifiers=["Control"])
        page.get_by_role("checkbox").nth(1).check(force=True)
        tile(page, 8).dblclick()
    says(page, "selected=1 first=[8]")
    says(page, "opened=8 focus=None")
    settle(page)
    assert len(page.get_by_text("ticked=").inner_text().split("ticked=")[1].split(",")) == 2


def test_components__what_was_dropped_is_sent_again(page):
    page.evaluate("""
        () => {
            const send = WebSocket.prototype.send;
            WebSocket.prototype.send = function () { WebSocket.prototype.send = send; };
        }
    """)
    tile(page, 3).click()
    says(page, "selected=1 first=[3]")
