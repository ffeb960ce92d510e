"""The gallery on the real page: five thousand items, of which the browser holds those that are seen."""

from __future__ import annotations

import re

import numpy as np
import pytest

from core.partition.edits import Rename
from core.project import Project
from tests.bench.make_million import make
from tests.browser.test_flow import ROOT, explored, selected, told
from tests.browser.waiting import settle

pytestmark = pytest.mark.browser
expect = pytest.importorskip("playwright.sync_api").expect
N, NAME = 5000, "five thousand"
HOSTILE = "<img src=x onerror=alert(1)> **b**"


@pytest.fixture(scope="module")
def many(server):
    """A project of five thousand items, made once; two of its clusters have names."""
    make(server.projects / f"{NAME}.taxon", N, 6)
    with Project.open(server.projects / f"{NAME}.taxon") as project:
        project.apply(Rename(2, "birds"))
        project.apply(Rename(3, HOSTILE))
    return NAME


@pytest.fixture
def page(tab, server, many):
    return explored(tab, server, many)


def chosen(page):
    return [int(one.get_attribute("data-place")) for one in page.locator('.tile[aria-selected="true"]').all()]


def tile(page, place):
    return page.locator(f"#tile-{place}")


def drawn_over(page, first, last, *modifiers):
    """Draws a box from the middle of one tile to the middle of another."""
    ends = []
    for place in (first, last):
        box = tile(page, place).bounding_box()
        ends.append((box["x"] + box["width"] / 2, box["y"] + box["height"] / 2))
    for key in modifiers:
        page.keyboard.down(key)
    page.mouse.move(*ends[0])
    page.mouse.down()
    page.mouse.move(*ends[1], steps=6)
    page.mouse.up()
    for key in modifiers:
        page.keyboard.up(key)


def columns(page):
    return page.locator(".tiles").evaluate("(grid) => getComputedStyle(grid).gridTemplateColumns.split(' ').length")


def test_roll__holds_what_is_seen_and_goes_to_any_place(page):
    assert tile(page, 0).get_attribute("aria-setsize") == str(N)
    assert page.locator(".tile").count() < 200
    page.locator(".tiles").focus()
    page.keyboard.press("End")
    expect(tile(page, N - 1)).to_be_visible()
    expect(tile(page, N - 1)).to_contain_text(f"item-{N - 1:07}")
    assert page.locator(".tile").count() < 200 and tile(page, 0).count() == 0
    page.keyboard.press(" ")
    assert selected(page) == 1 and chosen(page) == [N - 1]
    page.keyboard.press("Home")
    expect(tile(page, 0)).to_contain_text("item-0000000")
    page.keyboard.press("PageDown")
    expect(page.locator(".tile.active")).not_to_have_attribute("data-place", "0")


def test_picks__of_a_range_over_thousands_and_of_boxes(page):
    tile(page, 2).click()
    page.locator(".box").evaluate("(box) => { box.scrollTop = box.scrollHeight / 2; }")
    expect(tile(page, 0)).to_have_count(0)
    settle(page)
    place = int(page.locator(".tile.waits, .tile").nth(20).get_attribute("data-place"))
    tile(page, place).click(modifiers=["Shift"])
    expect(page.get_by_text(f"{place - 1:,} of {N:,} items selected")).to_be_visible()
    assert place > 2000
    page.keyboard.press("Home")
    expect(tile(page, 0)).to_be_visible()
    settle(page)
    wide = columns(page)
    # The middle of two rows and of all columns but the first.
    drawn_over(page, 1, 2 * wide - 1)
    assert selected(page) == 2 * (wide - 1)
    assert chosen(page) == [place for place in range(2 * wide) if place % wide]
    drawn_over(page, 0, wide, "Shift")
    assert selected(page) == 2 * wide
    drawn_over(page, 0, 0 + wide - 1, "Alt")
    assert selected(page) == wide and chosen(page) == list(range(wide, 2 * wide))
    page.locator(".tiles").focus()
    page.keyboard.press("Control+a")
    expect(page.get_by_text(f"{N:,} of {N:,} items selected")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_text("items selected")).to_have_count(0)


def test_roll__stays_where_it_is_in_the_middle_of_a_row(page):
    box = page.locator(".gallery.fills .box")
    box.evaluate("(box) => { box.scrollTop = 1234; }")
    settle(page)
    edge = box.bounding_box()
    lower = min(edge["y"] + edge["height"], page.viewport_size["height"])
    boxes = [one.bounding_box() for one in page.locator(".tile").all()]
    first, *_, last = [one for one in boxes if one["y"] > edge["y"] and one["y"] + one["height"] < lower]
    page.mouse.click(first["x"] + 40, first["y"] + 40)
    assert selected(page) == 1
    assert box.evaluate("(box) => box.scrollTop") == 1234
    # What is moved while an answer is on its way stays moved.
    page.mouse.click(last["x"] + 40, last["y"] + 40)
    for top in range(1240, 1300, 2):
        box.evaluate("(box, top) => { box.scrollTop = top; }", top)
    settle(page)
    assert box.evaluate("(box) => box.scrollTop") == 1298


def test_letters__give_names_to_what_has_the_focus_and_to_the_selection(page, server, many):
    keys = page.locator(".keys")
    expect(keys).to_contain_text("Bbirds")
    expect(keys).to_contain_text(HOSTILE)
    assert keys.locator("img").count() == 0
    page.locator(".tiles").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("b")
    told(page, "birds")
    with Project.open(server.projects / f"{many}.taxon", read_only=True) as project:
        assert project.partition().cluster_of[1] == 2
    tile(page, 4).click()
    tile(page, 6).click(modifiers=["Shift"])
    assert selected(page) == 3
    page.keyboard.press("b")
    settle(page)
    expect(tile(page, 5).locator(".name")).to_have_text("birds")
    assert chosen(page) == [4, 5, 6], "and stay selected"
    with Project.open(server.projects / f"{many}.taxon", read_only=True) as project:
        assert project.partition().cluster_of[4:7].tolist() == [2, 2, 2]


def test_letters__none_is_cut_off_at_the_edge(tab, server):
    name = "letters"
    make(server.projects / f"{name}.taxon", 300, 12)
    with Project.open(server.projects / f"{name}.taxon") as project:
        for cluster_id in sorted(project.partition().clusters):
            project.apply(Rename(cluster_id, f"a rather long name {cluster_id}"))
    page = explored(tab, server, name)
    row = page.locator(".keys").bounding_box()
    entries = [one.bounding_box() for one in page.locator(".keys span").all()]
    assert len(entries) == 12
    assert all(one["x"] + one["width"] <= row["x"] + row["width"] + 1 for one in entries)
    # Those that do not fit into two lines are scrolled to.
    assert page.locator(".keys").evaluate("(row) => row.scrollWidth <= row.clientWidth && row.clientHeight < 60")


def test_order__a_walk_through_a_cluster_and_back(page, server, many):
    page.locator('.row[data-id="4"]').click()
    settle(page)
    expect(page.get_by_text(re.compile(r"^Cluster 4 · "))).to_be_visible()
    before = page.locator(".tile .words").first.inner_text()
    page.get_by_role("button", name="Order").click()
    page.get_by_text("Walk along likeness", exact=True).click()
    expect(page.get_by_role("button", name="Walk along likeness")).to_be_visible()
    page.locator(".tile .words").first.wait_for()
    expect(page.locator(".tile .words").first).not_to_have_text(before)
    settle(page)
    names = page.locator(".tile .words").all_inner_texts()[:20]
    rows = np.array([int(name.removeprefix("item-")) for name in names])
    with Project.open(server.projects / f"{many}.taxon", read_only=True) as project:
        members = project.partition().members(4)
        features = project.artifacts.load("features", _active(project)).array("features")
        beside = np.einsum("kd,kd->k", features[rows[:-1]], features[rows[1:]]).mean()
        anyhow = np.random.default_rng(0).permutation(members)
        assert set(rows) <= set(members)
        assert beside > np.einsum("kd,kd->k", features[anyhow[:-1]], features[anyhow[1:]]).mean() + 0.05


def _active(project):
    from core import pipeline

    return pipeline.structure(project).active["features"]


def test_selection__of_the_map_stays_in_view_while_single_items_are_picked(page):
    page.locator('.row[data-id="5"]').click()
    settle(page)
    page.locator("canvas.top").focus()
    page.keyboard.press("w")
    count = selected(page)
    expect(page.get_by_text(re.compile(r"^Selection, Cluster 5 · "))).to_be_visible()
    tile(page, 1).click(modifiers=["Control"])
    assert selected(page) == count - 1
    assert tile(page, 0).get_attribute("aria-setsize") == str(count)
    tile(page, 3).click()
    assert selected(page) == 1 and tile(page, 0).get_attribute("aria-setsize") == str(count)


def test_windows__that_could_not_be_fetched_are_asked_for_again(tab, server, many):
    failed = []

    def refuse(route):
        failed.append(route.request.url)
        route.abort() if len(failed) < 4 else route.continue_()

    page = tab(server.url())
    page.route("**/tiles/**", refuse)
    page.goto(server.url("explore", project=many))
    page.locator(".tile:not(.waits)").first.wait_for()
    assert len(failed) >= 4


def test_phone__the_gallery_is_as_wide_as_the_screen_and_a_tap_picks(tab, server, many):
    page = tab(server.url("explore", project=many), viewport={"width": 390, "height": 844}, has_touch=True)
    page.locator(".tile:not(.waits)").first.wait_for()
    settle(page)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    assert 2 <= columns(page) <= 3
    tile(page, 1).tap()
    assert selected(page) == 1
    tile(page, 2).tap()
    expect(page.get_by_text(f"2 of {N:,} items selected")).to_be_visible()


def test_big_view__turns_by_button_and_arrow_key_and_opens_neighbours(page):
    page.locator(".tiles").focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("2 of 5,000")).to_be_visible()
    expect(dialog.get_by_text("item-0000001", exact=True)).to_be_visible()
    # Two quick presses count twice.
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(dialog.get_by_text("item-0000003", exact=True)).to_be_visible()
    expect(dialog.get_by_text("4 of 5,000")).to_be_visible()
    for place in (2, 1, 0):
        dialog.get_by_role("button", name="Previous item").click()
        expect(dialog.get_by_text(f"item-{place:07}", exact=True)).to_be_visible()
    expect(dialog.get_by_role("button", name="Previous item")).to_have_attribute("aria-disabled", "true")
    page.keyboard.press("ArrowLeft")
    expect(dialog.get_by_text("1 of 5,000")).to_be_visible()
    # In the gallery of neighbours the arrow keys are its own. It comes after what the dialog says of the item.
    settle(page)
    neighbours = dialog.get_by_role("listbox")
    title = neighbours.get_by_role("option").nth(1).get_attribute("title")
    neighbours.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(dialog.get_by_text(title, exact=True).first).to_be_visible()
    expect(dialog.get_by_text(f"{int(title[5:]) + 1:,} of 5,000")).to_be_visible()
    settle(page)
    dialog.get_by_role("button", name="Find look-alikes").click()
    expect(dialog).to_have_count(0)
    expect(page.get_by_text(f"Like {title} · 501 of 5,000")).to_be_visible()


# What two updates of one frame ask of a column: nothing, then its marks.
TWO_AT_ONCE = """async () => {
  const sent = { ok: true, headers: new Headers(), arrayBuffer: async () => new Uint8Array([5]).buffer };
  window.fetch = async () => sent;
  const column = new Column();
  const all = [column.want(null), column.want("/points/a"), column.want("/points/b"), column.want("/points/a")];
  await all[1];
  const early = column.held;
  await Promise.all(all);
  return [early, column.held, [...column.bytes]];
}"""


def test_column__asked_for_twice_at_once_is_the_one_asked_for_last(tab, server):
    page = tab(server.url())
    page.goto("about:blank")
    script = (ROOT / "app" / "components" / "shared_columns.js").read_text()
    page.add_script_tag(content=f"{script}; window.Column = Column;")
    assert page.evaluate(TWO_AT_ONCE) == ["/points/a", "/points/a", [5]]
