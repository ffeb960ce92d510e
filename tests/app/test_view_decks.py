"""What to review: a chosen set of cards in the place of the queue, and the sample of a cluster from Clusters."""

from __future__ import annotations

import numpy as np
import pytest

from app import resources, reviewing, state
from core import look_again, near_duplicates
from core.decks.names import of_sample
from core.decks.sample import PAGE
from core.partition.edits import Move, Rename
from core.partition.rows import Rows
from core.project import Project
from tests.app.test_view_review import answering, drawn, stored  # noqa: F401


@pytest.fixture
def chosen(view, planted_copy, monkeypatch):
    """The Review page with another choice than the queue."""

    def run(deck):
        given = state.from_address
        monkeypatch.setattr(state, "from_address", lambda told: (state.replace(given(told)[0], deck=deck), []))
        return view("review", project=planted_copy)

    return run


def box(page):
    return next(one for one in page.selectbox if one.label == "What to review")


def test_sample__is_checked_page_by_page_and_says_what_it_came_to(chosen, planted_copy, answering, words):  # noqa: F811
    with Project.open(resources.project_path(planted_copy)) as project:
        project.apply(Rename(1, "disc"))
        size = project.partition().size(1)
    page = chosen(of_sample(1))
    said = drawn(page)
    assert not page.exception and said["card"]["kind"] == "accept" and len(said["card"]["tiles"]) == PAGE
    assert said["card"]["groups"] == [{"title": "disc", "count": PAGE}] and "random" in said["card"]["why"]
    assert said["panel"]["words"] == f"None of {size} items checked yet."
    answering(page, answer="accept", wrong=[])
    assert drawn(page)["panel"]["words"].startswith(f"{PAGE} of {size} checked, {PAGE} right: ")
    while "review:queue" not in {one.key for one in page.button}:
        answering(page, answer="accept", wrong=[])
        assert not page.exception and not page.error
    assert "Good enough" in words(page) or f"All {size} checked" in words(page)
    assert all(event.kind == "together" for event in stored(planted_copy)[1][:2])
    page.button(key="review:queue").click().run()
    assert not page.exception and drawn(page)["card"]["kind"] == "name"


def test_sample__button_on_clusters_leads_there(view, planted_copy, words):
    page = view("clusters", project=planted_copy, cluster=1)
    page.button(key="sample:open").click().run()
    assert not page.exception and page.session_state["taxon"].deck == of_sample(1)
    assert "→→ views/review.py" in words(page)


def test_second_look__takes_the_place_of_the_queue_and_gives_it_back(chosen, planted_copy, answering):  # noqa: F811
    with Project.open(resources.project_path(planted_copy)) as project:
        project.apply(Move(Rows(np.array([5, 40])), 4))
    page = chosen("")
    answering(page, answer="skip")
    key = drawn(page)["card"]["key"]
    box(page).select(look_again.name_of("labels")).run()
    said = drawn(page)
    assert not page.exception and said["card"]["kind"] == "check" and len(said["card"]["suggestions"]) >= 2
    assert said["panel"]["words"] == "0 of 2 findings settled"
    answering(page, answer="name", text=said["card"]["suggestions"][0]["text"])
    assert drawn(page)["panel"]["words"] == "1 of 2 findings settled" and not page.error
    answering(page, answer="skip")
    assert "review:again" in {one.key for one in page.button}
    box(page).select("").run()
    assert drawn(page)["card"]["key"].partition(":")[2] == key.partition(":")[2], "the queue kept its place"


def test_duplicates__are_looked_for_in_a_job_first(chosen, planted_copy, words, begun, answering):  # noqa: F811
    page = chosen(look_again.name_of("duplicates"))
    assert not page.exception and "were not looked for yet" in words(page)
    page.button(key="review:job").click().run()
    assert begun == [(near_duplicates.STAGE, {})]
    near_duplicates.prepare(resources.open_project(planted_copy))
    page.run()
    said = drawn(page)["card"]
    assert said["kind"] == "merge" and (said["yes"], said["no"]) == ("Yes, keep the first", "No, keep all")
    answering(page, answer="yes")
    assert not page.error and stored(planted_copy)[0].undecided.sum() == len(said["tiles"]) - 1


def test_choice__of_a_cluster_that_is_gone_is_a_sentence(chosen, planted_copy, words):
    page = chosen(of_sample(99))
    assert not page.exception and "not there any more" in words(page)
    box(page).select("").run()
    assert not page.exception and drawn(page)["card"]["kind"] == "name"


def test_look_again__on_explore_leads_to_the_cards(view, planted_copy, words):
    with Project.open(resources.project_path(planted_copy)) as project:
        project.apply(Move(Rows(np.array([5, 40])), 4))
    page = view("explore", project=planted_copy)
    page.button(key="look:labels").click().run()
    page.button(key="look:cards").click().run()
    assert not page.exception and page.session_state["taxon"].deck == look_again.name_of("labels")
    assert reviewing._DECK not in page.session_state and "→→ views/review.py" in words(page)
