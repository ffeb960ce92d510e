"""Explore without a browser: what it says when there is nothing, and which verbs fit what is chosen."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app import resources
from app.state import Picked
from core.partition.edits import Merge, Rename
from core.project import Project


def labels(page):
    return [button.label for button in page.button]


@pytest.mark.parametrize("name", ["explore", "clusters", "export"])
def test_page__without_a_project_says_where_to_begin(view, name, words):
    page = view(name)
    assert not page.exception and "No project is open" in words(page) and "→ Go to Start" in words(page)


@pytest.mark.parametrize("name", ["explore", "clusters", "export"])
def test_page__of_a_project_that_is_not_there_refuses_in_a_sentence(view, name):
    page = view(name, project="nowhere")
    assert not page.exception and "There is no project" in page.error[0].value


@pytest.mark.parametrize("name", ["explore", "clusters", "export"])
def test_page__of_an_empty_project_says_what_to_do(view, projects, name, words):
    Project.create(projects / "empty.taxon", "empty").close()
    page = view(name, project="empty")
    assert not page.exception and "Nothing is in this project yet" in words(page)


def test_explore__a_cluster_in_focus_can_be_named(view, planted_copy, words):
    page = view("explore", project=planted_copy, cluster=2)
    assert not page.exception and "Split …" in labels(page) and "36 of 144" in words(page)
    field = next(one for one in page.text_input if one.label == "Name")
    field.input("  round   things ").run()
    assert not page.exception
    with Project.open(resources.project_path(planted_copy), read_only=True) as project:
        assert project.partition().clusters[2].name == "round things"
    assert any("Undo: Name cluster 2" in label for label in labels(page))


def test_explore__a_selection_can_be_moved_and_taken_back(view, planted_copy, words):
    page = view("explore", project=planted_copy)
    page.session_state["taxon:selection"] = Picked(np.arange(5))
    page.run()
    assert "5 of 144 items selected" in words(page)
    next(one for one in page.button if one.key == "verbs:add_circle").click().run()
    with Project.open(resources.project_path(planted_copy), read_only=True) as project:
        assert project.partition().size(5) == 5
    next(one for one in page.button if one.key == "undo:undo").click().run()
    with Project.open(resources.project_path(planted_copy), read_only=True) as project:
        assert 5 not in project.partition().clusters
    assert not page.exception


def test_explore__ticked_clusters_say_what_a_merge_moves(view, planted_copy):
    page = view("explore", project=planted_copy)
    page.session_state["taxon"] = replace(page.session_state["taxon"], ticked=(1, 3, 4))
    page.run()
    merge = next(one for one in page.button if one.key == "verbs:merge")
    assert merge.label.startswith("Merge 72 items of 2 into Cluster 1")
    merge.click().run()
    with Project.open(resources.project_path(planted_copy), read_only=True) as project:
        assert project.partition().sizes() == {1: 108, 2: 36}


@pytest.mark.parametrize(
    ("choice", "name"), [("theirs", "theirs"), ("both", "theirs / mine"), ("yours", "mine"), (None, "theirs")]
)
def test_explore__an_edit_on_what_has_changed_is_a_question(view, planted_copy, words, choice, name):
    page = view("explore", project=planted_copy, cluster=1)
    resources.open_project(planted_copy).apply(Rename(1, "theirs"), who="somebody")
    next(one for one in page.text_input if one.label == "Name").input("mine").run()
    assert "somebody" in words(page) and "Yours:" in words(page) and not page.exception
    if choice:
        page.button(key=f"conflict:{choice}").click().run()
        assert "Yours:" not in words(page) and not page.exception
    with Project.open(resources.project_path(planted_copy), read_only=True) as project:
        assert project.partition().clusters[1].name == name
        assert {"somebody"} <= {event.who for event in project.history()}


def test_explore__a_name_for_what_was_merged_away_cannot_stand_instead(view, planted_copy, words):
    page = view("explore", project=planted_copy, cluster=1)
    project = resources.open_project(planted_copy)
    project.apply(Merge((2, 1), 2), who="somebody")
    next(one for one in page.text_input if one.label == "Name").input("mine").run()
    assert "Yours:" in words(page) and page.button(key="conflict:yours").disabled
    page.button(key="conflict:theirs").click().run()
    assert 1 not in project.partition().clusters and not page.exception


def test_explore__a_literal_search_shows_what_it_found(view, planted_copy, words):
    page = view("explore", project=planted_copy, q='"nowhere to be found"')
    assert not page.exception and "0 of 144" in words(page)


def test_page__a_cluster_that_is_gone_is_a_sentence(view, planted_copy):
    for name in ("explore", "clusters"):
        page = view(name, project=planted_copy, cluster=99)
        assert not page.exception and "Cluster 99 is not there any more" in page.error[0].value.replace("\\", "")
