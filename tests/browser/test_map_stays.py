"""The map on the real page: zoom and selection stay through everything, and what was lost or is lacking is made up."""

from __future__ import annotations

import json

import numpy as np
import pytest

from core import pipeline
from core.project import Project
from core.structure.maps import Map
from tests.browser.mapped import ALL, LEFT, STATUS, page_of_planted, within  # noqa: F401
from tests.browser.test_flow import drag, explored, pick, press, selected, stored, take_back, told
from tests.browser.waiting import settle

pytestmark = pytest.mark.browser
expect = pytest.importorskip("playwright.sync_api").expect
CAMERA = "sessionStorage[Object.keys(sessionStorage).find((name) => name.startsWith('taxon-map'))]"


def count(page):
    """How many items the map says are selected."""
    words = page.locator(STATUS).inner_text()
    return int(words.split()[0].replace(",", "")) if " selected" in words else 0


def zoomed(page):
    """Zoom into the middle of the map; the camera that this tab keeps now."""
    box = page.locator("canvas.top").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.wheel(0, -400)
    page.wait_for_function(f"() => {CAMERA}")
    page.wait_for_timeout(500)
    settle(page)
    return page.evaluate(CAMERA)


def test_edits__zoom_and_selection_survive_new_clusters_undo_rename_merge_and_colour(page, tab, server):
    camera = zoomed(page)
    drag(page, 0.05, 0.15, 0.95, 0.9)
    first = selected(page)
    assert 0 < first < 144
    points = page.locator("canvas.points")
    before = points.get_attribute("data-codes")

    def kept():
        settle(page)
        assert count(page) == first and page.evaluate(CAMERA) == camera

    press(page, "verbs:add_circle")
    told(page, "new cluster")
    expect(points).not_to_have_attribute("data-codes", before)
    kept()
    take_back(page)
    expect(points).to_have_attribute("data-codes", before)
    kept()
    # While something is selected the verbs are about it, so that another tab names and merges.
    other = explored(tab, server, page.project, cluster=1)
    other.get_by_label("Name").fill("round things")
    other.keyboard.press("Enter")
    told(other, "round things")
    for row in other.locator(".row input:visible").all()[:2]:
        row.click()
        settle(other)
    other.locator('.row[aria-current="true"]').click()
    press(other, "verbs:merge")
    told(other, "Merge")
    press(page, "verbs:grid_view")
    expect(page.locator("table.aside tbody th").first).to_have_text("round things")
    expect(page.locator("table.aside tbody tr")).to_have_count(3)
    kept()
    pick(page, "toolbar:colour", 2)
    expect(page.get_by_text("disc").first).to_be_visible()
    kept()


def test_pages__zoom_and_selection_survive_another_page_and_a_reload(page):
    camera = zoomed(page)
    drag(page, 0.05, 0.15, 0.95, 0.9)
    first = selected(page)
    page.get_by_role("link", name="Clusters").click()
    expect(page.locator(".tile, .js-plotly-plot").first).to_be_visible()
    settle(page)
    page.get_by_role("link", name="Explore").click()
    within(page, f"{first} of 144 selected")
    assert page.evaluate(CAMERA) == camera
    page.reload()
    within(page, f"{first} of 144 selected")
    assert page.evaluate(CAMERA) == camera
    expect(page.locator(".tile").first).to_have_attribute("aria-setsize", str(first))
    expect(page.locator('.tile:not([aria-selected="true"])')).to_have_count(0)
    page.keyboard.press("Escape")
    expect(page.locator(STATUS)).to_contain_text("Drag: select")
    settle(page)
    page.reload()
    page.locator(".tile").first.wait_for()
    settle(page)
    assert count(page) == 0, "what was cleared does not come back"


PAPER_IS_LIGHT = """(top) => {
  const { data } = top.getContext("2d").getImageData(0, 0, top.width, top.height);
  let light = 0;
  for (let at = 0; at < data.length; at += 4) if (data[at + 3] > 200) light += data[at] > 150 ? 1 : -1;
  return light > 0;
}"""


def test_theme__the_map_follows_it_and_keeps_all(page):
    drag(page, *LEFT)
    first = selected(page)
    top = page.locator("canvas.top")
    assert top.evaluate(PAPER_IS_LIGHT), "light paper behind the names"
    page.emulate_media(color_scheme="dark")
    for _ in range(40):
        if not top.evaluate(PAPER_IS_LIGHT):
            break
        page.wait_for_timeout(250)
    assert not top.evaluate(PAPER_IS_LIGHT), "dark paper behind the names"
    assert count(page) == first


def test_outline__on_a_map_that_was_drawn_anew_is_refused_and_the_new_map_is_shown(page, server):
    folder = server.projects / f"{page.project}.taxon"
    with Project.open(folder, read_only=True) as opened:
        found = pipeline.structure(opened)
        xy = np.ascontiguousarray(found.map.xy[:, ::-1])
        arrays, meta = Map(xy, "umap", 1, "fast").to_arrays()
        opened.artifacts.put("map", "1" * 32, arrays, meta)
        pipeline._set_active(folder, {**found.active, "map": "1" * 32})
    drag(page, *LEFT)
    expect(page.get_by_test_id("stAlert").filter(has_text="Nothing was selected")).to_be_visible()
    settle(page)
    assert count(page) == 0 and page.get_by_text("items selected").count() == 0
    drag(page, *ALL)
    within(page, "144 of 144 selected")


def test_refined__points_glide_to_their_new_places_and_what_was_looked_at_stays(page, server):
    camera = json.loads(zoomed(page))
    folder = server.projects / f"{page.project}.taxon"
    with Project.open(folder, read_only=True) as opened:
        found = pipeline.structure(opened)
        old = np.asarray(found.map.xy)
        # All nearly where it was, but for one item that goes far away, so that the sheet is another one.
        xy = old + np.random.default_rng(0).normal(0, 1e-3 * np.ptp(old), old.shape).astype(np.float32)
        xy[0] = old.min(axis=0) - np.ptp(old, axis=0)
        arrays, meta = Map(xy, "umap", 1, "fast").to_arrays()
        opened.artifacts.put("map", "2" * 32, arrays, meta)
        pipeline._set_active(folder, {**found.active, "map": "2" * 32})
    page.evaluate("""() => {
      const load = WebGL2RenderingContext.prototype.bufferSubData;
      window.loads = 0;
      WebGL2RenderingContext.prototype.bufferSubData = function (kind, at, data, ...more) {
        window.loads += data instanceof Uint16Array;
        return load.call(this, kind, at, data, ...more);
      };
    }""")
    page.locator('.row[data-id="1"]').click()
    settle(page)
    page.wait_for_function(f"() => Object.keys(sessionStorage).some((name) => name === 'taxon-map-{'2' * 32}')")
    assert page.evaluate("window.loads") >= 2, "steps on the way; without them it is one"
    after = json.loads(page.evaluate(f"sessionStorage['taxon-map-{'2' * 32}']"))
    for axis, name in enumerate("xy"):
        both = ((camera, old), (after, xy))
        was, now = (view[name] * np.ptp(on, axis=0).max() + on[:, axis].min() for view, on in both)
        assert abs(now - was) < 0.01 * np.ptp(old), "the same place is in the middle"
    box = page.locator("canvas.top").bounding_box()
    was, now = (
        view["zoom"] * min(box["width"] / np.ptp(on[:, 0]), box["height"] / np.ptp(on[:, 1]))
        for view, on in ((camera, old), (after, xy))
    )
    assert abs(now / was - 1) < 0.01, "and it is as near"


def test_badge__says_how_far_to_trust_the_map(page):
    badge = page.locator(".map .badge")
    expect(badge.locator("summary")).to_have_text("Exact map")
    expect(badge.locator(".why")).not_to_be_visible()
    badge.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(badge.locator(".why")).to_contain_text("shows all there is to show")
    page.keyboard.press("Escape")
    expect(badge.locator(".why")).not_to_be_visible()


def test_connection__lost_and_back_the_map_works_on(page):
    drag(page, *LEFT)
    first = selected(page)
    page.context.set_offline(True)
    page.evaluate("0")
    page.wait_for_timeout(1500)
    page.context.set_offline(False)
    page.wait_for_timeout(1500)
    settle(page)
    drag(page, *ALL)
    within(page, "144 of 144 selected")
    assert first < 144


def test_columns__that_could_not_be_fetched_are_asked_for_again(tab, server, project):
    name = project()
    failed = []

    def refuse(route):
        failed.append(route.request.url)
        route.abort() if len(failed) < 4 else route.continue_()

    page = tab(server.url())
    page.route("**/points/**", refuse)
    page.goto(server.url("explore", project=name))
    page.locator("canvas.points[data-drawn]").wait_for(state="attached")
    assert len(failed) >= 4
    drag(page, *ALL)
    within(page, "144 of 144 selected")


def test_columns__that_the_server_does_not_keep_any_more_come_again_under_new_addresses(tab, server, project):
    name = project()
    gone = []

    def lose(route):
        gone.append(route.request.url)
        route.fulfill(status=404) if len(gone) < 3 else route.continue_()

    page = tab(server.url())
    page.route("**/points/**", lose)
    page.goto(server.url("explore", project=name))
    page.locator("canvas.points[data-drawn]").wait_for(state="attached")
    page.locator(".tile").first.wait_for()
    drag(page, *ALL)
    within(page, "144 of 144 selected")


def test_two_tabs__have_a_selection_each_and_see_each_others_edits(tab, server, project):
    name = project()
    one, two = explored(tab, server, name), explored(tab, server, name)
    drag(one, *LEFT)
    first = selected(one)
    assert count(two) == 0
    press(one, "verbs:add_circle")
    told(one, "new cluster")
    drag(two, *ALL)
    within(two, "144 of 144 selected")
    expect(two.locator(".row")).to_have_count(len(np.unique(stored(server, name)[0])))
    assert count(one) == first


def test_without_webgl__a_plain_map_takes_its_place_and_says_how_to_get_more(browser, server, project):
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.add_init_script(
        "const get = HTMLCanvasElement.prototype.getContext;"
        "HTMLCanvasElement.prototype.getContext = function (kind, ...more) {"
        "  return kind === 'webgl2' && !this.closest?.('.js-plotly-plot') && this.className === 'points' ? null"
        "    : get.call(this, kind, ...more); };"
    )
    page.goto(server.url("explore", project=project()))
    page.locator(".nsewdrag").wait_for(timeout=60_000)
    expect(page.get_by_text("This browser has no WebGL 2")).to_be_visible()
    context.close()


def test_message__carries_addresses_and_words_never_columns(tab, server, project):
    page = tab(server.url())
    sizes, columns, windows = [], [], []
    page.on("websocket", lambda socket: socket.on("framereceived", lambda frame: sizes.append(len(frame))))
    page.on("response", lambda answer: columns.append(answer.url) if "/points/" in answer.url else None)
    page.on("response", lambda answer: windows.append(answer.url) if "/tiles/" in answer.url else None)
    page.goto(server.url("explore", project=project()))
    page.locator("canvas.points[data-drawn]").wait_for(state="attached")
    page.locator(".tile").first.wait_for()
    settle(page)
    assert len(columns) == len(set(columns)) == 3, "places, codes and names, once each"
    assert 1 <= len(windows) == len(set(windows)) <= 3, "those tiles that are seen, once"
    sizes.clear()
    drag(page, *LEFT)
    selected(page)
    page.locator('.tile[aria-selected="true"]').first.wait_for()
    settle(page)
    assert len(columns) == len(set(columns)) == 5, "what is selected, for map and gallery; nothing is asked for again"
    assert len(windows) == len(set(windows)) <= 6
    assert 0 < sum(sizes) < 20_000
