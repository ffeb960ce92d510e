"""Review without a browser: what it says in every state, what it shows, and what becomes of an answer."""

from __future__ import annotations

import json
import threading

import pytest
import streamlit as st

from app import resources, reviewing
from app.components import card as component
from app.server import identity
from core.assist.cards import MOST_ACCEPTED
from core.partition.edits import Confirm, Forget, Merge, Rename, SetAside
from core.partition.rows import Rows
from core.project import Project
from core.users.roles import Role

PLACE = "review:card"


@pytest.fixture
def answering(monkeypatch):
    """In the place of the component a button that sends what stands in the session; `answer` presses it."""

    def mount(_):
        def draw(key, data, on_event_change):
            st.session_state["drawn"] = data
            st.button("send", key="send", on_click=on_event_change)

        return draw

    monkeypatch.setattr(component, "mount", mount)

    def answer(page, **event):
        said = drawn(page)
        sent = {"kind": "answer", "card": said["card"]["key"], **event, "seq": said["seq"] + 1}
        page.session_state[PLACE] = {"event": {"events": [sent]}}
        return page.button(key="send").click().run()

    return answer


def drawn(page):
    """What the component was given."""
    if "drawn" in page.session_state:
        return page.session_state["drawn"]
    told = [json.loads(one.proto.json) for one in page.get("bidi_component")]
    return next(one for one in told if "card" in one)


def stored(name):
    with Project.open(resources.project_path(name), read_only=True) as project:
        return project.labels(), project.history()


def test_review__without_a_project_says_where_to_begin(view, words):
    page = view("review")
    assert not page.exception and "No project is open" in words(page) and "→ Go to Start" in words(page)


def test_review__before_the_analysis_says_what_to_do(view, projects, words):
    Project.create(projects / "empty.taxon", "empty").close()
    page = view("review", project="empty")
    assert not page.exception and "Nothing is in this project yet" in words(page)


def test_review__shows_one_card_with_everything_that_is_needed(view, planted_copy, words):
    page = view("review", project=planted_copy)
    said = drawn(page)
    assert not page.exception and "0 % of 144 items settled" in words(page)
    asked = said["card"]
    assert asked["kind"] == "name" and asked["question"] == "What are these?" and asked["why"] and asked["worth"]
    assert len(asked["tiles"]) == 5 and not asked["whole"] and asked["tiles"][0]["picture"].startswith("/thumb/")
    assert asked["tiles"][0]["big"] == "", "five are small enough for thumbnails"
    assert said["done"] == {"text": "", "undo": ""}, "what the machine did is not taken back by a key"
    assert said["panel"]["words"] == "0 answers" and "30 checked items" in said["panel"]["more"]


def test_review__fetches_the_pictures_of_the_next_card_meanwhile(view, planted_copy, answering):
    page = view("review", project=planted_copy)
    for _ in range(6):
        coming = json.loads(page.get("bidi_component")[-1].proto.json)["addresses"]
        asked = drawn(page)["card"]
        answering(page, answer="name", text=(asked["suggestions"] or [{"text": "disc"}])[0]["text"])
        tiles = drawn(page)["card"]["tiles"]
        assert coming[: len(tiles)] == [tile["picture"] for tile in tiles]
        assert len(tiles) > 1 or coming[1:] == [tiles[0]["big"]]


def test_answer__is_stored_in_her_name_and_the_next_card_comes(view, planted_copy, answering):
    page = view("review", project=planted_copy)
    first = drawn(page)["card"]["key"]
    answering(page, answer="name", text="  <b>disc</b> ")
    said = drawn(page)
    assert not page.exception and not page.error
    assert said["card"]["key"] != first and said["names"] == ["<b>disc</b>"]
    assert said["done"] == dict.fromkeys(("text", "undo"), "Named 5 items at one look “<b>disc</b>”")
    assert said["panel"]["words"] == "1 answer"
    labels, history = stored(planted_copy)
    assert (labels.label == "<b>disc</b>").sum() >= 1 and history[0].who == "browser"
    answering(page, kind="undo")
    assert drawn(page)["done"]["undo"] == "" and drawn(page)["panel"]["words"] == "0 answers"
    assert (stored(planted_copy)[0].label == "").all()


def test_answers__lead_to_pages_that_are_accepted_but_for_what_was_marked(view, planted_copy, answering):
    page = view("review", project=planted_copy)
    for _ in range(40):
        asked = drawn(page)["card"]
        if asked["kind"] == "accept":
            break
        answering(page, answer="name", text=asked["tiles"][0]["title"].split("-")[0])
    assert asked["kind"] == "accept" and len(asked["tiles"]) <= MOST_ACCEPTED
    assert sum(group["count"] for group in asked["groups"]) == len(asked["tiles"])
    assert asked["suggestions"][0]["text"] in {group["title"] for group in asked["groups"]}
    odd = asked["tiles"][0]["title"]
    answering(page, answer="accept", wrong=[[0, "odd one"], [1, None]])
    assert not page.exception and not page.error
    labels = stored(planted_copy)[0].set_index("item_id").label
    assert labels[odd] == "odd one"
    left = [tile["title"] for tile in asked["tiles"][2:]]
    assert sum(labels[title] == title.split("-")[0] for title in left) > len(left) / 2 >= 1
    for _ in range(40):
        if not (asked := drawn(page)["card"]) or "% right" in drawn(page)["panel"]["words"]:
            break
        name = asked["tiles"][0]["title"].split("-")[0]
        answering(page, **({"answer": "accept"} if asked["kind"] == "accept" else {"answer": "name", "text": name}))
    assert "left" not in drawn(page)["panel"]["words"] and drawn(page)["panel"]["words"].endswith("% right")


@pytest.mark.parametrize(
    "event",
    [
        {"answer": "yes"},
        {"answer": "name", "text": 3},
        {"answer": "name", "text": " "},
        {"answer": "name", "text": "x", "marked": [7]},
        {"answer": "name", "text": "x", "marked": "all"},
        {"answer": "accept", "wrong": [[0, None]]},
        {"answer": "accept", "wrong": 3},
        {"answer": "__class__"},
        {"answer": None},
        {"card": "1:check:0:1 ", "answer": "unknown"},
    ],
)
def test_answer__that_makes_no_sense_is_refused_and_changes_nothing(view, planted_copy, answering, event):
    page = view("review", project=planted_copy)
    key, before = drawn(page)["card"]["key"], len(stored(planted_copy)[1])
    answering(page, **event)
    assert not page.exception and len(page.error) == 1 and "Error" not in page.error[0].value
    assert drawn(page)["card"]["key"] == key and len(stored(planted_copy)[1]) == before


def test_answer__to_what_somebody_else_has_changed_leads_to_a_fresh_card(view, planted_copy, answering):
    page = view("review", project=planted_copy)
    answering(page, answer="name", text="disc")
    project = resources.open_project(planted_copy)
    project.apply(Merge((1, 2, 3, 4)), who="somebody")
    answering(page, answer="name", text="bar")
    assert not page.exception and page.error and "has changed" in page.error[0].value
    assert not (stored(planted_copy)[0].label == "bar").any()
    answering(page, answer="name", text="bar")
    assert not page.error and (stored(planted_copy)[0].label == "bar").any()


def test_review__after_an_edit_elsewhere_asks_afresh(view, planted_copy, answering):
    page = view("review", project=planted_copy)
    key = drawn(page)["card"]["key"]
    resources.open_project(planted_copy).apply(Rename(1, "by hand"), who="somebody")
    page.run()
    assert not page.exception and drawn(page)["card"]["key"] != key and drawn(page)["names"] == ["by hand"]


def test_review__of_forgotten_items_says_that_the_analysis_must_run(view, planted_copy, answering, words):
    page = view("review", project=planted_copy)
    resources.open_project(planted_copy).apply(Forget(Rows([0, 1])), who="somebody")
    answering(page, answer="unknown")
    assert not page.exception and "The analysis is to be run again" in words(page)


def test_review__when_everything_is_settled_leads_to_the_export(view, planted_copy, words):
    with Project.open(resources.project_path(planted_copy)) as project:
        project.apply(Rename(1, "x"))
        project.apply(Confirm(Rows(project.partition().members(1))))
        project.apply(SetAside(Rows([row for row in range(144) if project.partition().cluster_of[row] != 1])))
    page = view("review", project=planted_copy)
    assert not page.exception and "Everything is settled" in words(page) and "→ Export" in words(page)
    assert "100 % of 144 items settled" in words(page)


def test_review__what_was_skipped_is_asked_again_when_she_says_so(view, planted_copy, answering, words):
    with Project.open(resources.project_path(planted_copy)) as project:
        project.apply(SetAside(Rows(range(1, 144))))
    page = view("review", project=planted_copy)
    answering(page, answer="skip")
    assert not page.exception and "but what you skipped" in words(page)
    page.button(key="review:again").click().run()
    assert not page.exception and drawn(page)["card"]["kind"] == "check"


def test_review__a_viewer_may_look_and_answers_nothing(view, planted_copy, answering, words, monkeypatch):
    page = view("review", project=planted_copy)
    monkeypatch.setattr(identity, "current", lambda: identity.Identity("Vera", Role.VIEWER))
    answering(page, answer="unknown")
    assert "You may not edit" in page.error[0].value and not stored(planted_copy)[0].undecided.any()
    page = view("review", project=planted_copy)
    assert not page.exception and "You may look, not answer" in words(page) and not page.get("bidi_component")


def test_review__of_a_project_that_somebody_else_writes_waits(view, planted_copy, words):
    with Project.open(resources.project_path(planted_copy)) as other:
        other.apply(Rename(1, "theirs"))
        page = view("review", project=planted_copy)
        assert not page.exception and "Questions wait" in words(page) and "is held by process" in words(page)


def test_sessions__have_loops_of_their_own(view, planted_copy, answering):
    one, two = view("review", project=planted_copy), view("review", project=planted_copy)
    assert one.session_state["taxon:review"] is not two.session_state["taxon:review"]
    answering(one, answer="skip")
    two.run()
    assert drawn(one)["card"]["key"] != drawn(two)["card"]["key"]


def test_reload__has_what_was_answered(view, planted_copy, answering):
    page = view("review", project=planted_copy)
    for _ in range(3):
        answering(page, answer="name", text="disc")
    again = view("review", project=planted_copy)
    assert drawn(again)["card"] == drawn(page)["card"]
    assert drawn(again)["panel"] == drawn(page)["panel"] and drawn(again)["done"]["undo"].startswith("Named")


def test_review__does_not_make_the_page_wait_for_its_desk(view, planted_copy, words, monkeypatch):
    go = threading.Event()
    made = reviewing.Review
    monkeypatch.setattr(reviewing, "Review", lambda *given: (go.wait(60), made(*given))[1])
    monkeypatch.setattr(reviewing, "_PATIENCE", 0.05)
    shown = lambda page: any("card" in json.loads(one.proto.json) for one in page.get("bidi_component"))  # noqa: E731
    page = view("review", project=planted_copy)
    assert not page.exception and "Looking for the first question" in words(page) and not shown(page)
    go.set()
    monkeypatch.setattr(reviewing, "_PATIENCE", 60.0)
    page.run()
    assert "Looking for the first question" not in words(page) and shown(page)
