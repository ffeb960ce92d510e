"""Suggestions and the inbox on the Clusters page, without a browser."""

from __future__ import annotations

import numpy as np
import pytest

from core import pipeline
from core.partition.edits import Merge, Recluster, Rename, Spread
from core.partition.rows import Rows
from core.project import Project


@pytest.fixture
def edited(projects, planted_copy):
    """Applies edits to the planted project and gives its partition; in between nothing is open."""

    def do(*edits):
        with Project.open(projects / f"{planted_copy}.taxon") as project:
            for edit in edits:
                project.apply(edit(project) if callable(edit) else edit)
            return project.partition()

    return do


def cut(k):
    def of(project):
        found = pipeline.structure(project)
        return Recluster(found.tree.cut(k), Rows(found.rows))

    return of


def shown(view, name, what, **address):
    page = view("clusters", project=name, **address)
    return page.segmented_control(key="clusters:show").set_value(what).run()


def test_suggestions__yes_merges_and_no_keeps_apart(view, planted_copy, edited, words):
    before = edited(cut(7))
    page = shown(view, planted_copy, "Suggestions")
    assert not page.exception and "Are these the same?" in words(page)
    page.button(key="suggest:merge:0:no").click().run()
    assert not page.exception and len(edited().apart()) == 1
    page.button(key="suggest:merge:0:yes").click().run()
    after = edited()
    assert not page.exception and len(after.clusters) == len(before.clusters) - 1 and len(after.apart()) == 1


def test_suggestions__a_cluster_of_two_kinds_is_taken_apart(view, planted_copy, edited, words):
    edited(Merge((1, 2)))
    page = shown(view, planted_copy, "Suggestions")
    assert "Are these two different things?" in words(page) and "36 items would leave" in words(page)
    page.button(key="suggest:split:0:yes").click().run()
    assert not page.exception and sorted(edited().sizes().values()) == [36, 36, 36, 36]


def test_suggestions__a_refused_split_is_not_asked_again(view, planted_copy, edited, words):
    edited(Merge((1, 2)))
    page = shown(view, planted_copy, "Suggestions")
    page.button(key="suggest:split:0:no").click().run()
    assert not page.exception and edited().confirmed.sum() == 12
    assert "different things" not in words(page) and "No two clusters look like one" in words(page)


def test_suggestions__nothing_to_suggest_says_so(view, planted_copy, words):
    assert "No two clusters look like one" in words(shown(view, planted_copy, "Suggestions"))


def test_inbox__without_confidence_it_says_how_to_get_some(view, planted_copy, words):
    page = shown(view, planted_copy, "Undecided")
    assert not page.exception and "No label has a confidence yet" in words(page)


def test_inbox__the_slider_says_what_would_move_and_the_button_moves_it(view, planted_copy, edited, words):
    sure = (np.arange(65, 101) / 100).astype(np.float32)
    edited(Rename(1, "discs"), lambda project: Spread(Rows(project.partition().members(2)), np.full(36, 1), sure))
    page = shown(view, planted_copy, "Undecided")
    assert not page.exception and "At 90 %: 11 of 36 accepted, about 1 in 20 of them wrong" in words(page)
    page.slider(key="inbox:threshold").set_value(80).run()
    assert "21 of 36 accepted" in words(page) and "15 would go back" in words(page)
    page.button(key="inbox:enough").click().run()
    assert page.slider(key="inbox:threshold").value == 96
    page.button(key="inbox:apply").click().run()
    after = edited()
    assert not page.exception and after.size(1) == 36 + 5 and len(after.undecided()) == 31
    assert page.button(key="inbox:apply").disabled
