"""Review as a person does it: by keys alone, by touch alone, with names that mean harm."""

from __future__ import annotations

import csv
import re
from collections import Counter

import pytest

from core.assist.answers import Accept, Name
from core.assist.review import Review
from core.partition.edits import Rename
from core.project import Project
from tests import prepared
from tests.browser.waiting import settle

pytestmark = pytest.mark.browser
expect = pytest.importorskip("playwright.sync_api").expect
expect.set_options(timeout=60_000)
MOST = 30  # answers; how the questions are chosen is not what is tested here
TAG, MARKDOWN, BACKWARDS, LINES, ENDLESS = prepared.HOSTILE


def reviewed(tab, server, name, **options):
    """The Review page of a project, with its first card shown."""
    page = tab(server.url("review", project=name), **options)
    ready(page)
    return page


def card(page):
    return page.locator("section.card")


def ready(page, other_than=""):
    """Wait until another card than this one is shown and can be answered; its key, empty when none is left."""
    other = page.locator(f'section.card:not([data-card="{other_than}"]) .item').first
    ended = page.get_by_text(re.compile("Everything is settled|but what you skipped"))
    expect(other.or_(ended).first).to_be_visible()
    if ended.count():
        return ""
    expect(card(page)).not_to_have_class(re.compile("pending"))
    settle(page)  # a new card takes no key for a moment
    return card(page).get_attribute("data-card")


def answers(page):
    """{words: key} of the buttons."""
    return {one.locator(".words").inner_text(): one.get_attribute("aria-keyshortcuts") for one in
            card(page).locator(".answers .answer").all()}  # fmt: skip


def kind_of(item_id):
    return item_id.split("-")[0]


def said_of_a_part(page, shown):
    """What most of the shown items are, or the first; the key that says so was pressed."""
    wanted, those = Counter(map(kind_of, shown)).most_common(1)[0]
    if those == len(shown):
        return wanted
    page.keyboard.press("-" if those >= 0.6 * len(shown) else ".")
    return wanted if those >= 0.6 * len(shown) else kind_of(shown[0])


def answer_by_keys(page):
    """Answer the card rightly without a pointer; what kind of card it was."""
    kind, key = card(page).get_attribute("data-kind"), card(page).get_attribute("data-card")
    shown = [one.get_attribute("title") for one in card(page).locator(".item").all()]
    if kind in ("check", "name"):
        wanted = said_of_a_part(page, shown)
        place = next((key for words, key in answers(page).items() if words == wanted or f"“{wanted}”" in words), None)
        if place:
            page.keyboard.press(place)
        else:
            page.keyboard.type(wanted, delay=20)
            page.keyboard.press("Enter")
    elif kind == "accept":
        groups = card(page).locator(".group").all()
        proposed = [group.locator(".title").inner_text() for group in groups for _ in group.locator(".item").all()]
        for place, (item_id, label) in enumerate(zip(shown, proposed, strict=True)):
            if kind_of(item_id) != label:
                page.keyboard.press("Home")
                for _ in range(place + 1):
                    page.keyboard.press("ArrowRight")
                page.keyboard.press("Space")
                page.keyboard.press(answers(page)[kind_of(item_id)])
        for _ in range(10):
            words = card(page).locator(".answer.main").inner_text()
            page.keyboard.press("Enter")
            if "more" not in words:
                break
            expect(card(page).locator(".answer.main")).not_to_have_text(words, use_inner_text=True)
            settle(page)
    else:
        page.keyboard.press("Enter")
    return kind if ready(page, other_than=key) else "end"


def answer_by_touch(page, kind):
    """Answer the card rightly by tapping; on a page of proposals one mark is made and taken back."""
    first = card(page).locator(".item").first
    if kind in ("check", "name"):
        wanted = kind_of(first.get_attribute("title"))
        if any(wanted in words for words in answers(page)):
            card(page).locator(".answers .answer", has_text=wanted).first.tap()
        else:
            card(page).get_by_role("combobox").fill(wanted)
            card(page).locator(".choice").first.tap()
        return
    first.tap()
    expect(first).to_have_attribute("aria-selected", "true")
    first.tap()
    expect(first).to_have_attribute("aria-selected", "false")
    for _ in range(12):
        words = card(page).locator(".answer.main").inner_text()
        card(page).locator(".answer.main").tap()
        if "more" not in words:
            return
        settle(page)


def stored(server, name):
    with Project.open(server.projects / f"{name}.taxon", read_only=True) as project:
        return project.labels().set_index("item_id").label, project.history()


def test_review__by_keys_alone_then_undo_reload_and_export(tab, server, project):
    name = project()
    page = reviewed(tab, server, name)
    expect(page.get_by_text("0 % of 144 items settled")).to_be_visible()
    kinds = []
    while len(kinds) < MOST and not (len(kinds) >= 5 and {"name", "accept"} <= set(kinds)):
        kinds.append(answer_by_keys(page))
        assert kinds[-1] != "end"
    assert {"name", "accept"} <= set(kinds)
    labels, history = stored(server, name)
    done = len(kinds) + 1
    assert len(history) == done and (labels == labels.index.map(kind_of)).mean() > 0.9

    offered = card(page).locator(".done .words").inner_text()
    key = card(page).get_attribute("data-card")
    page.keyboard.press("z")
    key = ready(page, other_than=key)
    expect(card(page).locator(".done .words")).not_to_have_text(offered)
    history = stored(server, name)[1]
    assert len(history) == done + 1 and offered.removeprefix("Undo: ") in history[0].sentence

    page.reload()
    assert ready(page) == key
    labels, _ = stored(server, name)
    page.goto(server.url("export", project=name))
    page.locator(".st-key-export-make").get_by_role("button").click()
    button = page.locator(".st-key-export-download").get_by_role("button")
    button.wait_for()
    with page.expect_download() as waiting:
        button.click()
    path = server.projects.parent / "reviewed.csv"
    waiting.value.save_as(path)
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = {row["item_id"]: row["label"] for row in csv.DictReader(file)}
    assert rows == labels.to_dict() and set(rows.values()) >= {"disc", "bar", "ring", "cross"}


def test_keys__skip_unknown_and_a_name_in_use(tab, server, project):
    name = project()
    page = reviewed(tab, server, name)
    first = ready(page)
    page.keyboard.press("s")
    second = ready(page, other_than=first)
    assert len(stored(server, name)[1]) == 1, "skipping stores nothing"
    expect(card(page).locator(".done")).to_contain_text("Skipped")
    page.wait_for_timeout(800)
    page.keyboard.press("u")
    third = ready(page, other_than=second)
    assert stored(server, name)[1][0].sentence.startswith("Set 5 items aside")
    page.wait_for_timeout(800)
    page.keyboard.press("/")
    page.keyboard.type("sunny things")
    expect(card(page).get_by_role("option", name="New name “sunny things”")).to_be_visible()
    page.keyboard.press("Enter")
    fourth = ready(page, other_than=third)
    page.keyboard.type("xSUN")
    page.keyboard.press("Home")
    page.keyboard.press("Delete")
    expect(card(page).get_by_role("option", name="sunny things", exact=True)).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    ready(page, other_than=fourth)
    assert (stored(server, name)[0] == "sunny things").sum() >= 2
    before = len(stored(server, name)[1])
    page.keyboard.type("sun", delay=60)
    page.wait_for_timeout(1500)
    assert len(stored(server, name)[1]) == before, "a name typed too fast sets nothing aside"
    expect(card(page).locator(".hint")).to_contain_text("press / first")


def test_keys__held_down_or_behind_a_dialog_answer_nothing(tab, server, project):
    name = project()
    page = reviewed(tab, server, name)
    page.get_by_role("button", name="History").click()
    page.get_by_test_id("stPopoverBody").wait_for()
    page.keyboard.press("u")
    page.wait_for_timeout(600)
    page.keyboard.press("Escape")
    assert len(stored(server, name)[1]) == 1
    page.locator("body").dispatch_event("keydown", {"key": "u", "repeat": True, "bubbles": True})
    page.wait_for_timeout(400)
    assert len(stored(server, name)[1]) == 1


def test_phone__everything_is_in_the_window_and_large_enough_to_touch(tab, server, project):
    name = project()
    page = reviewed(tab, server, name, viewport={"width": 390, "height": 844}, has_touch=True)
    first = card(page).get_attribute("data-card")
    card(page).get_by_role("combobox").fill("disc")
    card(page).locator(".choice").first.tap()
    seen = set()
    key = ready(page, other_than=first)
    while key and len(seen) < 2:
        kind = card(page).get_attribute("data-kind")
        seen.add(kind)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        for box in [one.bounding_box() for one in card(page).locator("button, input").all() if one.is_visible()]:
            assert box["height"] >= 40 and box["x"] >= 0 and box["x"] + box["width"] <= 390
        answer_by_touch(page, kind)
        key = ready(page, other_than=key)
    assert {"name", "accept"} <= seen


def test_hostile__names_and_texts_are_drawn_as_text(tab, server, project):
    name = project("hostile")
    with Project.open(server.projects / f"{name}.taxon") as opened:
        opened.apply(Rename(1, TAG))
        opened.apply(Rename(2, MARKDOWN))
    page = reviewed(tab, server, name)
    told = ""
    for _ in range(6):
        told += card(page).inner_text()
        assert page.locator('img[src="x"]').count() == 0 and page.locator('a[href^="javascript:"]').count() == 0
        assert page.locator(".katex").count() == 0 and card(page).locator("b, strong, script").count() == 0
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        key = card(page).get_attribute("data-card")
        if TAG in told and MARKDOWN in told:
            break
        page.keyboard.press("s")
        if not ready(page, other_than=key):
            break
    assert TAG in told and MARKDOWN in told
    page.keyboard.press("/")
    page.keyboard.type("<img src=x onerror=alert(2)> $y$")
    expect(card(page).locator(".choice").first).to_contain_text("<img src=x onerror=alert(2)> $y$")
    key = card(page).get_attribute("data-card")
    page.keyboard.press("Enter")
    ready(page, other_than=key)
    expect(card(page).locator(".done")).to_contain_text("<img src=x onerror=alert(2)> $y$")
    assert page.locator('img[src="x"]').count() == 0 and page.locator(".katex").count() == 0


def test_edit_in_another_tab__leads_to_a_fresh_card(tab, server, project):
    name = project()
    page = reviewed(tab, server, name)
    other = tab(server.url("explore", project=name, cluster=1))
    other.get_by_label("Name").fill("elsewhere")
    other.keyboard.press("Enter")
    other.get_by_test_id("stToast").first.wait_for()
    key = ready(page)
    page.keyboard.type("disc", delay=20)
    page.keyboard.press("Enter")
    ready(page, other_than=key)
    assert card(page).get_attribute("data-kind") and page.get_by_test_id("stException").count() == 0


def test_screen_reader__is_told_the_question_the_names_and_the_keys(tab, server, project):
    page = reviewed(tab, server, project())
    key = ready(page)
    expect(card(page).get_by_role("status")).to_contain_text("What are these? 5 items shown.")
    expect(card(page).get_by_role("heading", name="What are these?")).to_be_visible()
    card(page).get_by_role("combobox").fill("disc")
    page.keyboard.press("Enter")
    ready(page, other_than=key)
    expect(card(page).get_by_role("status")).to_contain_text("Named 5 items at one look “disc”")
    expect(card(page).get_by_role("status")).to_contain_text("Likely: 1 disc.")
    for made in card(page).get_by_role("button").all():
        assert made.get_attribute("aria-keyshortcuts") and made.locator("kbd").inner_text()


def test_page_of_proposals__is_accepted_only_when_all_of_it_was_on_the_screen(tab, server, project):
    name = project()
    with Project.open(server.projects / f"{name}.taxon") as opened:
        loop = Review(opened)
        for _ in range(MOST):
            asked = loop.next()
            if asked.kind == "accept" and len(asked.shown) >= 10:
                break
            loop.answer(asked, Accept() if asked.kind == "accept" else Name(kind_of(asked.shown[0])))
    page = reviewed(tab, server, name, viewport={"width": 900, "height": 420})
    key, before = ready(page), len(stored(server, name)[1])
    assert card(page).get_attribute("data-kind") == "accept"
    main = card(page).locator(".answer.main")
    expect(main).to_contain_text("more")
    page.keyboard.press("Enter")
    page.wait_for_timeout(600)
    settle(page)
    assert ready(page) == key and len(stored(server, name)[1]) == before
    for _ in range(20):
        if "Accept" in main.inner_text():
            break
        page.keyboard.press("Enter")
        settle(page)
    page.keyboard.press("Enter")
    ready(page, other_than=key)
    assert len(stored(server, name)[1]) == before + 1
