"""The map, the gallery and the list in a real browser."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import numpy as np
import pytest

from tests.browser.conftest import free_port
from tests.browser.gestures import drag, says, tile
from tests.browser.waiting import LISTEN, settle

pytestmark = pytest.mark.browser
sync_api = pytest.importorskip("playwright.sync_api")
HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]


@pytest.fixture(scope="module")
def address():
    port = free_port()
    command = [
        sys.executable,
        "-m",
        "streamlit",
        "run",
        str(HERE / "apps" / "server.py"),
        "--server.headless",
        "true",
    ]
    server = subprocess.Popen([*command, "--server.port", str(port)], cwd=ROOT, env=dict(os.environ))
    try:
        url = f"http://127.0.0.1:{port}"
        for _ in range(150):
            try:
                urllib.request.urlopen(f"{url}/_stcore/health", timeout=1)
                break
            except OSError:
                time.sleep(0.2)
        yield url
    finally:
        server.terminate()
        server.wait(10)


@pytest.fixture(scope="module")
def opened(browser, address):
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.add_init_script(LISTEN)
    page.problems = []
    page.on("pageerror", lambda error: page.problems.append(str(error)))
    page.on("dialog", lambda dialog: (page.problems.append("a dialog opened"), dialog.dismiss()))
    page.goto(address)
    page.wait_for_selector(".tile", timeout=30_000)
    page.wait_for_selector("canvas.top")
    yield page
    page.close()


@pytest.fixture
def page(opened):
    """One page for all tests, because opening one takes seconds; each begins with nothing selected."""
    opened.get_by_role("button", name="Begin again").click()
    says(opened, "selected=0 first=[]")
    says(opened, "opened=None focus=None ticked=[]")
    opened.get_by_label("Find a cluster").fill("")
    opened.get_by_role("button", name="Draw around points").click()
    opened.get_by_role("button", name="Show everything").click()
    opened.evaluate("window.scrollTo(0, 0)")
    yield opened
    assert opened.problems == []


def chosen(page) -> list[int]:
    # The marks come after the page's own words.
    settle(page)
    marked = page.locator('.tile[aria-selected="true"]')
    return [int(node.get_attribute("data-place")) for node in marked.all()]


# The demo page puts rows 0 to 3 alone in the lower left corner of the map.
CORNER = [(200, 440), (300, 440), (300, 515), (200, 515), (200, 442)]


def test_gallery__clicks(page):
    tile(page, 2).click()
    says(page, "selected=1 first=[2]")
    tile(page, 5).click(modifiers=["Control"])
    says(page, "selected=2 first=[2, 5]")
    tile(page, 2).click(modifiers=["Control"])
    says(page, "selected=1 first=[5]")
    tile(page, 8).click()
    tile(page, 11).click(modifiers=["Shift"])
    says(page, "selected=4 first=[8, 9, 10, 11]")
    assert chosen(page) == [8, 9, 10, 11]


def test_gallery__quick_clicks_lose_nothing(page):
    for place in range(6):
        tile(page, place).click(modifiers=["Control"], delay=0)
    says(page, "selected=6 first=[0, 1, 2, 3, 4, 5]")
    assert chosen(page) == [0, 1, 2, 3, 4, 5]


def test_gallery__keyboard(page):
    tile(page, 0).click()
    says(page, "selected=1 first=[0]")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press(" ")
    says(page, "selected=2 first=[0, 2]")
    page.keyboard.press("Shift+ArrowRight")
    says(page, "selected=2 first=[2, 3]")
    page.keyboard.press("Enter")
    says(page, "opened=3")
    page.keyboard.press("Control+a")
    says(page, "selected=200")
    page.keyboard.press("Escape")
    says(page, "selected=0")


def test_gallery__double_click_opens(page):
    tile(page, 4).dblclick()
    says(page, "opened=4")


def test_hostile_names__are_text(page):
    page.wait_for_timeout(500)
    shown = page.locator(".tiles").inner_text()
    assert "<img src=x onerror=alert(1)>" in shown
    assert "<script>window.hacked = true</script>" in shown
    assert "[link](javascript:alert(1))" in shown
    assert "\u202e" not in shown
    listed = page.locator(".rows").inner_text()
    assert "<img src=x onerror=alert(1)>" in listed and "x" * 119 + "…" in listed
    assert page.evaluate("window.hacked") is None
    assert page.locator('img[src="x"]').count() == 0
    assert page.locator(".tile").first.bounding_box()["height"] < 200
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_gallery__marks_searched_words(page):
    assert set(page.locator(".words mark").all_text_contents()) == {"needle"}


def test_map__lasso_selects_what_it_holds(page):
    drag(page, CORNER)
    says(page, "selected=4 first=[0, 1, 2, 3]")
    assert chosen(page) == [0, 1, 2, 3]


def test_map__box_and_shift_and_alt(page):
    page.get_by_role("button", name="Drag a box").click()
    drag(page, [(200, 440), (300, 515)])
    says(page, "selected=4 first=[0, 1, 2, 3]")
    drag(page, [(3, 3), (950, 515)], hold="Shift")
    says(page, "selected=3000")
    drag(page, [(200, 440), (300, 515)], hold="Alt")
    says(page, "selected=2996 first=[4, 5")


def test_map__keeps_camera_and_selection_through_recolouring(page):
    drag(page, CORNER)
    says(page, "selected=4 first=[0, 1, 2, 3]")
    box = page.locator("canvas.top").bounding_box()
    page.mouse.move(box["x"] + 250, box["y"] + 480)
    page.mouse.wheel(0, -900)
    page.wait_for_timeout(500)
    camera = "JSON.parse(sessionStorage.getItem('taxon-map-demo'))"
    before = page.evaluate(camera)
    assert before["zoom"] > 2
    page.get_by_role("button", name="Recolour").click()
    settle(page)
    assert page.evaluate(camera) == before
    assert chosen(page) == [0, 1, 2, 3]
    # The window holds four points now: an outline around all that is seen proves that the camera stayed.
    drag(page, [(3, 3), (950, 3), (950, 515), (3, 515), (3, 6)])
    says(page, "selected=4 first=[0, 1, 2, 3]")
    page.keyboard.press("0")
    drag(page, [(3, 3), (950, 3), (950, 515), (3, 515), (3, 6)])
    says(page, "selected=3000")


def test_map__click_picks_the_nearest_and_nothing_clears(page):
    box = page.locator("canvas.top").bounding_box()
    drag(page, CORNER)
    says(page, "selected=4 first=[0, 1, 2, 3]")
    page.mouse.click(box["x"] + 30, box["y"] + 200)
    says(page, "selected=0")
    drawn = page.evaluate(DARKEST)
    page.mouse.click(box["x"] + drawn[0], box["y"] + drawn[1])
    says(page, "selected=1 first=[0]")
    page.mouse.dblclick(box["x"] + drawn[0], box["y"] + drawn[1])
    says(page, "opened=0")


# The place of row 0, the lowest and leftmost point, in pixels of the map.
DARKEST = """() => {
  const find = (root) => { for (const one of root.querySelectorAll('*')) {
    if (one.className === 'map') return one;
    const inside = one.shadowRoot && find(one.shadowRoot);
    if (inside) return inside; } };
  const map = find(document);
  const canvas = map.querySelector('canvas.points');
  const flat = document.createElement('canvas');
  [flat.width, flat.height] = [canvas.width, canvas.height];
  return new Promise((done) => requestAnimationFrame(() => {
    map.querySelector('[data-tool=whole]').click();
    requestAnimationFrame(() => {
      const pen = flat.getContext('2d');
      pen.drawImage(canvas, 0, 0);
      const left = pen.getImageData(0, 0, 320, canvas.height);
      for (let y = canvas.height - 1; y > 0; y -= 1) for (let x = 0; x < 320; x += 1)
        if (left.data[4 * (y * 320 + x) + 3] > 200) { done([x, y]); return; }
      done(null);
    });
  }));
}"""


@pytest.mark.slow
def test_map__plain(browser, address):
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.goto(f"{address}/?plain=1")
    page.wait_for_selector(".nsewdrag", timeout=30_000)
    page.wait_for_timeout(1500)
    box = page.locator(".nsewdrag").bounding_box()
    corners = [(0.2, 0.8), (0.45, 0.8), (0.45, 0.99), (0.2, 0.99), (0.2, 0.8)]
    page.mouse.move(box["x"] + box["width"] * corners[0][0], box["y"] + box["height"] * corners[0][1])
    page.mouse.down()
    for x, y in corners[1:]:
        page.mouse.move(box["x"] + box["width"] * x, box["y"] + box["height"] * y, steps=8)
    page.mouse.up()
    says(page, "selected=4 first=[0, 1, 2, 3]")
    page.close()


def test_list__search_focus_and_ticks(page):
    page.get_by_label("Find a cluster").fill("cluster 1")
    visible = page.locator(".row:not([hidden])")
    assert all("Cluster 1" in name for name in visible.locator(".name").all_text_contents())
    page.locator('.row[data-id="12"]').click()
    says(page, "focus=12")
    page.locator('.row[data-id="12"] input').click()
    page.locator('.row[data-id="14"]').click(modifiers=["Control"])
    says(page, "ticked=[12, 14]")
    page.locator('.row[data-id="12"]').click()
    says(page, "focus=None")
    page.get_by_label("Find a cluster").fill("no such thing")
    assert page.locator(".nothing").inner_text() == "No cluster has this in its name."


def test_list__sorts_and_keeps_the_undecided_last(page):
    page.get_by_label("Sort clusters").select_option("name")
    names = page.locator(".row .name").all_text_contents()
    numbers = [int(name.split()[1]) for name in names if re.fullmatch(r"Cluster \d+", name)]
    assert numbers == sorted(numbers) and names[-1] == "Undecided"
    sizes = [int(size) for size in page.locator(".row .size").all_text_contents()]
    page.get_by_label("Sort clusters").select_option("size")
    again = [int(size) for size in page.locator(".row .size").all_text_contents()]
    assert np.all(np.diff(again[:-1]) <= 0) and sorted(again) == sorted(sizes)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_phone__nothing_is_wider_than_the_screen(browser, address, scheme):
    page = browser.new_page(viewport={"width": 390, "height": 844}, color_scheme=scheme)
    page.goto(address)
    page.wait_for_selector(".tile", timeout=30_000)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert all(node.bounding_box()["width"] <= 374 for node in page.locator(".tile").all()[:6])
    page.close()
