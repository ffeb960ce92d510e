"""The whole job as a person does it: cluster, select, move, merge, split, name, take back, come back, take away."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import numpy as np
import pytest

from core.project import Project
from tests.browser.waiting import PATIENCE, settle

pytestmark = pytest.mark.browser
expect = pytest.importorskip("playwright.sync_api").expect
expect.set_options(timeout=PATIENCE)
ROOT = Path(__file__).resolve().parents[2]
WEIGHTS = ROOT / "assets" / "pocket_clip" / "open_clip_model.safetensors"


def keyed(page, key):
    """The element that a page drew under this key."""
    return page.locator(".st-key-" + re.sub(r"[^a-zA-Z0-9_-]", "-", key))


def told(page, words):
    """Wait for a toast that says `words`."""
    expect(page.get_by_test_id("stToast").filter(has_text=words).first).to_be_visible()
    settle(page)


def press(page, key):
    """Click the button of this key once it can be clicked."""
    keyed(page, key).get_by_role("button").click()
    settle(page)


def take_back(page):
    """Press Undo, and wait until it offers to take back something else."""
    button = keyed(page, "undo:undo").get_by_role("button")
    offered = button.inner_text()
    button.click()
    expect(button).not_to_have_text(offered, use_inner_text=True)
    settle(page)


def pick(page, key, place=0):
    """Choose an option of a select box by its place."""
    keyed(page, key).get_by_role("combobox").click()
    page.get_by_role("option").nth(place).click()
    settle(page)


def drag(page, left, top, right, bottom):
    """Draw around a part of the map, given in shares of its width and height."""
    box = page.locator("canvas.top").bounding_box()
    corners = [(left, top), (right, top), (right, bottom), (left, bottom), (left, top + 0.01)]
    places = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in corners]
    page.mouse.move(*places[0])
    page.mouse.down()
    for place in places[1:]:
        page.mouse.move(*place, steps=5)
    page.mouse.up()


def selected(page):
    """How many items the page says are selected; waits until it says so."""
    words = page.get_by_text(re.compile(r"^[\d,]+ of [\d,]+ items selected$"))
    words.wait_for()
    settle(page)
    return int(words.inner_text().split()[0].replace(",", ""))


def explored(tab, server, name, **more):
    page = tab(server.url("explore", project=name, **more))
    page.locator(".row").first.wait_for()
    page.locator("canvas.top").wait_for()
    page.locator(".tile").first.wait_for()
    settle(page)
    return page


def stored(server, name):
    """(n,) cluster ids and the clusters' names, as they are on the disk."""
    with Project.open(server.projects / f"{name}.taxon", read_only=True) as project:
        partition = project.partition()
        return partition.cluster_of.copy(), {one.id: one.name for one in partition.clusters.values()}


def listed(page):
    """{id: (name, size)} as the list of clusters shows them."""
    return {
        int(row.get_attribute("data-id")): (
            row.locator(".name").inner_text(),
            int(row.locator(".size").inner_text().replace(",", "")),
        )
        for row in page.locator(".row").all()
    }


@pytest.mark.skipif(not WEIGHTS.exists(), reason="The weights of pocket are not here, so the demo did not run.")
def test_demo__first_cluster_is_named_in_at_most_four_clicks(tab, server):
    page = tab(server.url())
    count = "() => { sessionStorage.clicks = 1 + +sessionStorage.clicks; }"
    page.evaluate(f"sessionStorage.clicks = 0; addEventListener('click', {count}, true)")
    page.get_by_role("button", name="Try it on 1,870 emoji").click()
    expect(page.get_by_role("progressbar").first).to_be_visible()
    expect(page.get_by_text(re.compile(r"[\d,]+ of 1,8\d\d"))).to_be_visible(timeout=240_000)
    page.locator('.row[data-id="1"]').click(timeout=420_000)
    page.get_by_label("Name").click()
    page.keyboard.type("faces")
    page.keyboard.press("Enter")
    expect(page.locator('.row[data-id="1"] .name').filter(has_text="faces").first).to_be_visible()
    told(page, "faces")
    assert int(page.evaluate("sessionStorage.clicks")) <= 4
    cluster_of, names = stored(server, "Emoji")
    assert names[1] == "faces" and len(cluster_of) == 1870


def test_flow__select_move_merge_split_rename_undo_redo_reload_export(tab, server, project):
    name = project()
    start, _ = stored(server, name)
    page = explored(tab, server, name)

    drag(page, 0.02, 0.15, 0.5, 0.97)
    count = selected(page)
    assert 0 < count < len(start)
    expect(page.locator(".tile").first).to_have_attribute("aria-setsize", str(count))
    expect(page.locator('.tile:not([aria-selected="true"])')).to_have_count(0)

    pick(page, "verbs:target", 3)
    press(page, "verbs:move")
    told(page, "Move")
    moved, _ = stored(server, name)
    assert np.count_nonzero(moved != start) <= count and len(np.unique(moved[moved != start])) == 1
    assert {one: size for one, (_, size) in listed(page).items()} == {
        int(one): int(size) for one, size in zip(*np.unique(moved, return_counts=True), strict=True)
    }

    page.keyboard.press("Escape")
    expect(page.get_by_text("items selected")).to_have_count(0)
    for row in page.locator(".row input:visible").all()[:2]:
        row.click()
    press(page, "verbs:merge")
    told(page, "Merge")
    merged, _ = stored(server, name)
    assert len(np.unique(merged)) == len(np.unique(moved)) - 1

    biggest = int(np.bincount(merged).argmax())
    page.goto(server.url("explore", project=name, cluster=biggest))
    press(page, "verbs:split")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("keeps the name")).to_be_visible()
    assert np.array_equal(stored(server, name)[0], merged), "a preview moves nothing"
    press(page, "split:do")
    expect(dialog).to_have_count(0)
    told(page, "Split")
    apart, _ = stored(server, name)
    assert len(np.unique(apart)) == len(np.unique(merged)) + 1

    page.get_by_label("Name").fill("round things")
    page.keyboard.press("Enter")
    told(page, "round things")
    assert stored(server, name)[1][biggest] == "round things"

    for _ in range(4):
        take_back(page)
    assert np.array_equal(stored(server, name)[0], start)
    press(page, "undo:redo")
    told(page, "Done again")
    assert np.array_equal(stored(server, name)[0], moved)
    before = listed(page)
    page.reload()
    page.locator(".row").first.wait_for()
    settle(page)
    assert listed(page) == before

    page.goto(server.url("export", project=name))
    press(page, "export:make")
    button = keyed(page, "export:download").get_by_role("button")
    button.wait_for(timeout=120_000)
    settle(page)
    with page.expect_download() as waiting:
        button.click()
    path = server.projects.parent / "download.csv"
    waiting.value.save_as(path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    with Project.open(server.projects / f"{name}.taxon", read_only=True) as opened:
        labels = opened.labels()
    assert [row["item_id"] for row in rows] == labels["item_id"].tolist()
    assert [int(row["cluster_id"]) for row in rows] == labels["cluster_id"].tolist()
    assert [row["label"] for row in rows] == labels["label"].tolist()
    assert {"shape", "number", "x", "y"} <= set(rows[0])


def test_two_tabs__the_second_edit_of_one_cluster_is_refused_with_who_and_when(tab, server, project):
    name = project()
    one = explored(tab, server, name, cluster=1)
    two = explored(tab, server, name, cluster=1)
    one.get_by_label("Name").fill("first")
    one.keyboard.press("Enter")
    told(one, "first")
    two.get_by_label("Name").fill("second")
    two.keyboard.press("Enter")
    refusal = two.locator(".st-key-conflict")
    expect(refusal).to_contain_text("browser")
    expect(refusal).to_contain_text(re.compile(r"\d\d:\d\d"))
    assert stored(server, name)[1][1] == "first"
    expect(two.locator('.row[data-id="1"] .name').filter(has_text="first").first).to_be_visible()
    settle(two)
    # What she saw is up to date now, so that the same edit goes through.
    two.get_by_label("Name").fill("second")
    two.keyboard.press("Enter")
    told(two, "second")
    assert stored(server, name)[1][1] == "second"
    expect(refusal).to_have_count(0)


def test_map__zoom_and_lasso_survive_an_edit(tab, server, project):
    page = explored(tab, server, project())
    box = page.locator("canvas.top").bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    page.mouse.wheel(0, -400)
    kept = "sessionStorage[Object.keys(sessionStorage).find((name) => name.startsWith('taxon-map'))]"
    page.wait_for_function(f"() => {kept}")
    page.wait_for_timeout(500)
    camera = page.evaluate(kept)
    drag(page, 0.05, 0.15, 0.95, 0.95)
    first = selected(page)
    page.keyboard.press("n")
    told(page, "new cluster")
    assert page.evaluate(kept) == camera
    page.keyboard.press("Escape")
    expect(page.get_by_text("items selected")).to_have_count(0)
    drag(page, 0.05, 0.15, 0.95, 0.95)
    assert selected(page) == first


def test_keys__work_on_the_page_and_not_while_typing(tab, server, project):
    name = project()
    page = explored(tab, server, name, cluster=1)
    before, _ = stored(server, name)
    field = page.get_by_label("Name")
    field.click()
    page.keyboard.type("snmyuxg")
    settle(page)
    assert page.get_by_role("dialog").count() == 0
    assert field.input_value() == "snmyuxg" and np.array_equal(stored(server, name)[0], before)
    page.get_by_label("Search").click()
    page.keyboard.type("smn")
    assert page.get_by_role("dialog").count() == 0 and np.array_equal(stored(server, name)[0], before)
    page.keyboard.press("Control+z")
    settle(page)
    assert np.array_equal(stored(server, name)[0], before), "Ctrl+Z in a field is about the field"
    page.reload()
    page.locator(".row").first.wait_for()
    settle(page)
    page.keyboard.press("s")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)
    settle(page)
    page.locator(".tile").first.click()
    assert selected(page) == 1
    page.keyboard.press("n")
    told(page, "new cluster")
    assert stored(server, name)[0].max() > before.max()
    page.keyboard.press("Control+z")
    told(page, "Taken back")
    assert np.array_equal(stored(server, name)[0], before)


def test_keys__do_nothing_behind_a_dialog(tab, server, project):
    name = project()
    page = explored(tab, server, name)
    before, _ = stored(server, name)
    page.locator(".tile").first.click()
    assert selected(page) == 1
    page.locator(".tile").first.dblclick()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_text("Why is this here?")).to_be_visible()
    settle(page)
    for key in ("n", "y", "u", "x"):
        page.keyboard.press(key)
        settle(page)
    assert np.array_equal(stored(server, name)[0], before)
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    assert selected(page) == 1
