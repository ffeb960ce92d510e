"""The map on the real page: what is drawn around is selected, and its tools, verbs and names do what they say."""

from __future__ import annotations

import re

import numpy as np
import pytest

from core import pipeline
from core.partition.edits import Rename
from core.project import Project
from core.structure.polygon import inside
from tests.browser.mapped import ALL, LEFT, STATUS, page_of_planted, within  # noqa: F401
from tests.browser.test_flow import drag, explored, selected
from tests.browser.waiting import settle

pytestmark = pytest.mark.browser
expect = pytest.importorskip("playwright.sync_api").expect


def held(page, key, act):
    page.keyboard.down(key)
    act()
    page.keyboard.up(key)


def on_screen(page, xy, places):
    """(k, 2) pixels of the window where (k, 2) places of the map are when all of it is in view."""
    box = page.locator("canvas.top").bounding_box()
    span = np.ptp(xy, axis=0)
    scale = 0.88 * min(box["width"] / max(span[0], 0.05), box["height"] / max(span[1], 0.05))
    middle = np.array([box["x"] + box["width"] / 2, box["y"] + box["height"] / 2])
    return middle + (np.asarray(places) - xy.min(axis=0) - span / 2) * [scale, -scale]


def test_lasso__selects_what_lies_in_it_and_modifiers_change_the_selection(page):
    drag(page, *ALL)
    within(page, "144 of 144 selected")
    drag(page, *LEFT)
    first = selected(page)
    assert 0 < first < 144
    held(page, "Shift", lambda: drag(page, *ALL))
    within(page, "144 of 144 selected")
    held(page, "Alt", lambda: drag(page, *LEFT))
    within(page, f"{144 - first} of 144 selected")
    page.keyboard.down("Shift")
    held(page, "Alt", lambda: drag(page, *LEFT))
    page.keyboard.up("Shift")
    expect(page.locator(STATUS)).to_contain_text("Drag: select")  # what is in both is nothing
    assert page.get_by_text("items selected").count() == 0


def test_keys__tools_verbs_and_a_selection_without_a_mouse(page, server):
    page.locator("canvas.top").focus()
    page.keyboard.press("b")
    expect(page.get_by_role("button", name="Drag a box")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("h")
    expect(page.get_by_role("button", name="Move the map")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("l")
    with Project.open(server.projects / f"{page.project}.taxon", read_only=True) as opened:
        xy = np.asarray(pipeline.structure(opened).map.xy)
    box = page.locator("canvas.top").bounding_box()
    middle = [box["x"] + box["width"] / 2, box["y"] + box["height"] / 2]
    right, down = np.rint((on_screen(page, xy, xy[:1])[0] - middle) / 60).astype(int).tolist()  # pixels of an arrow key
    for steps, names in ((right, ("ArrowRight", "ArrowLeft")), (down, ("ArrowDown", "ArrowUp"))):
        for _ in range(abs(steps)):
            page.keyboard.press(names[steps < 0])
    expect(page.locator(".map .tip")).to_contain_text("Cluster")
    page.keyboard.press("Enter")
    within(page, "1 of 144 selected")
    expect(page.locator(".verbs button")).to_have_count(3)
    expect(page.locator(".verbs button").first).to_have_text(re.compile(r"All 36 of Cluster \d W"))
    page.keyboard.press("w")
    within(page, "36 of 144 selected")
    page.keyboard.press("i")
    within(page, "108 of 144 selected")
    page.keyboard.press("Escape")
    expect(page.locator(STATUS)).to_contain_text("Drag: select")


def test_verbs__say_their_scope_and_grow_along_the_graph(page, server):
    page.locator(".tile").first.click()
    within(page, "1 of 144 selected")
    page.get_by_role("button", name=re.compile("^Grow 1")).click()
    with Project.open(server.projects / f"{page.project}.taxon", read_only=True) as opened:
        grown = 1 + len(set(pipeline.structure(opened).graph.neighbours[0].tolist()))
    within(page, f"{grown} of 144 selected")
    page.get_by_role("button", name=f"Other {144 - grown}").click()
    within(page, f"{144 - grown} of 144 selected")


def test_names__of_clusters_select_their_members_and_are_listed_for_those_who_do_not_see(page, server):
    table = page.get_by_role("table", name="Clusters on the map")
    assert page.locator("canvas.top").get_attribute("aria-details") == table.get_attribute("id")
    expect(table.get_by_role("columnheader")).to_have_text(["Cluster", "Size"])
    rows = table.locator("tbody tr")
    expect(rows).to_have_count(4)
    assert all(re.fullmatch(r"Cluster \d\s*36 items", words.strip()) for words in rows.all_inner_texts())
    with Project.open(server.projects / f"{page.project}.taxon", read_only=True) as opened:
        members = opened.partition().members(2)
        xy = pipeline.structure(opened).map.xy
    place = on_screen(page, xy, np.median(xy[members], axis=0)[None])[0]
    page.mouse.click(*place)
    within(page, "36 of 144 selected")
    expect(page.get_by_text("Selection, Cluster 2")).to_be_visible()


# Notes where names are drawn, of the latest picture: [left, upper, width, height] on the canvas.
NOTE_NAMES = """() => {
  const pens = CanvasRenderingContext2D.prototype, { clearRect, roundRect } = pens;
  window.names = [];
  pens.clearRect = function (...all) {
    if (this.canvas.classList?.contains("top")) window.names = [];
    return clearRect.apply(this, all);
  };
  pens.roundRect = function (...all) {
    if (this.canvas.classList?.contains("top")) window.names.push(all.slice(0, 4));
    return roundRect.apply(this, all);
  };
}"""


@pytest.mark.parametrize("over", [".map .tools", ".map .status"])
def test_names__that_would_lie_below_a_tool_are_drawn_beside_it(page, server, over):
    with Project.open(server.projects / f"{page.project}.taxon", read_only=True) as opened:
        members, xy = opened.partition().members(2), pipeline.structure(opened).map.xy
    box, there = page.locator("canvas.top").bounding_box(), page.locator(over).bounding_box()
    target = there["x"] + there["width"] / 2, there["y"] + there["height"] / 2
    page.evaluate(NOTE_NAMES)
    page.locator("canvas.top").focus()
    page.keyboard.press("h")
    page.mouse.move(*on_screen(page, xy, np.median(xy[members], axis=0)[None])[0])
    page.mouse.down()
    page.mouse.move(*target, steps=8)
    page.mouse.up()
    settle(page)
    names = page.evaluate("window.names")
    near = [one for one in names if one[0] <= target[0] - box["x"] <= one[0] + one[2]]
    assert near, "the name is still there"
    for tool in (".map .tools", ".map .badge summary", ".map .status"):
        edge = page.locator(tool).bounding_box()
        left, upper = edge["x"] - box["x"], edge["y"] - box["y"]
        for name in names:
            beside = name[0] >= left + edge["width"] or name[0] + name[2] <= left
            assert beside or name[1] >= upper + edge["height"] or name[1] + name[3] <= upper, tool


def test_hostile__names_on_the_map_are_text(tab, server, project):
    name = project()
    words = "<img src=x onerror=alert(1)> **b** $x^2$"
    with Project.open(server.projects / f"{name}.taxon") as opened:
        opened.apply(Rename(1, words))
    page = explored(tab, server, name)
    expect(page.locator("table.aside tbody th").first).to_have_text(words)
    assert page.locator("table.aside img").count() == 0
    page.locator('.row[data-id="1"]').click()
    settle(page)
    expect(page.locator(".verbs button").first).to_contain_text("<img src=x onerror=aler")
    assert page.locator(".verbs img").count() == 0


def test_selection__is_exactly_what_lies_in_the_outline(page, server):
    """What an outline selects is what `core` says of the points, drawn or not."""
    with Project.open(server.projects / f"{page.project}.taxon", read_only=True) as opened:
        xy = np.asarray(pipeline.structure(opened).map.xy)
    # A box in the widest gap between two points of each axis, so that no rounding of a pixel decides.
    ordered = np.sort(xy, axis=0)
    gaps = np.diff(ordered, axis=0)[30:110].argmax(axis=0) + 30
    high = (ordered[gaps, [0, 1]] + ordered[gaps + 1, [0, 1]]) / 2
    low = xy.min(axis=0) - 0.02
    corners = np.array([low, [high[0], low[1]], high, [low[0], high[1]]])
    expected = int(inside(xy, corners).sum())
    places = on_screen(page, xy, corners)
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=4)
    page.mouse.up()
    assert selected(page) == expected
