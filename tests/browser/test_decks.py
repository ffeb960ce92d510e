"""Cards that were chosen, on a phone and by keys: a sample of a cluster, doubtful labels, near-duplicates."""

from __future__ import annotations

import re

import numpy as np
import pytest

from core import near_duplicates
from core.partition.edits import Move, Rename
from core.partition.rows import Rows
from core.project import Project
from tests.browser.test_review import card, ready, stored
from tests.browser.waiting import settle

pytestmark = pytest.mark.browser
expect = pytest.importorskip("playwright.sync_api").expect
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True}


def fits(page):
    """Nothing is wider than the window, and what is pressed is large enough to touch."""
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    for box in [one.bounding_box() for one in card(page).locator("button").all() if one.is_visible()]:
        assert box["height"] >= 40 and box["x"] >= 0 and box["x"] + box["width"] <= 390


def choose(page, words):
    page.get_by_role("combobox", name="What to review").click()
    page.get_by_role("option", name=words).click()


def test_sample__from_clusters_to_good_enough_by_keys(tab, server, project):
    name = project()
    page = tab(server.url("clusters", project=name, cluster=1))
    page.get_by_role("button", name="Check a sample").click()
    key = ready(page)
    assert card(page).get_attribute("data-kind") == "accept"
    expect(card(page).locator(".panel")).to_contain_text("checked yet")
    for _ in range(12):
        page.keyboard.press("Enter")
        settle(page)
        if page.get_by_text(re.compile("Good enough|All 36 checked")).count():
            break
        key = card(page).get_attribute("data-card") if card(page).count() else key
    expect(page.get_by_text(re.compile("right: .*%")).first).to_be_visible()
    assert stored(server, name)[1][0].sentence.startswith("Checked a sample of")
    page.get_by_role("button", name="Back to the queue").click()
    ready(page, other_than=key)
    expect(card(page)).to_have_attribute("data-kind", "name")


def test_second_look__on_a_phone_one_key_a_decision(tab, server, project):
    name = project()
    with Project.open(server.projects / f"{name}.taxon") as opened:
        for one in list(opened.partition().clusters):
            first = int(opened.partition().members(one)[0])
            opened.apply(Rename(one, opened.items.load().item_id[first].split("-")[0]))
        opened.apply(Move(Rows(np.array([5, 40])), 4))
        near_duplicates.prepare(opened)
    page = tab(server.url("review", project=name), **PHONE)
    ready(page)
    choose(page, "Doubtful labels")
    expect(card(page).locator(".quiet").first).to_contain_text("neighbours")
    key = ready(page)
    fits(page)
    assert card(page).locator(".answers .answer").count() >= 2
    page.keyboard.press("1")
    key = ready(page, other_than=key)
    page.keyboard.press("2")
    expect(page.get_by_text("2 of 2 findings settled")).to_be_visible()
    assert [event.sentence.startswith("Looked again") for event in stored(server, name)[1][:2]] == [True, True]
    choose(page, "Near-duplicates")
    expect(card(page)).to_have_attribute("data-kind", "merge")
    key = ready(page)
    fits(page)
    expect(card(page).locator(".answer.main")).to_contain_text("Yes, keep the first")
    page.keyboard.press("y")
    settle(page)
    expect(page.get_by_text(re.compile("Kept one of|settled")).first).to_be_visible()
    assert stored(server, name)[1][0].sentence.startswith("Kept one of")
