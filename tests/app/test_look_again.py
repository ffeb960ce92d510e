"""Looking again, without a browser: the choice, what was found, why an item is where it is, what a cluster is."""

from __future__ import annotations

import numpy as np

from app import resources
from core import near_duplicates
from core.partition.edits import Move, Rename
from core.partition.rows import Rows
from core.project import Project


def press(page, key):
    next(button for button in page.button if button.key == key).click().run()
    return page


def moved(name, rows, cluster_id):
    project = resources.open_project(name)
    project.apply(Move(Rows(np.array(rows)), cluster_id))
    return project


def test_look_again__a_doubtful_label_is_shown_and_can_be_put_right(view, planted_copy, words):
    project = moved(planted_copy, [5], 4)
    home = int(project.partition().cluster_of[6])
    project.apply(Rename(home, "discs *and* more"))
    page = press(view("explore", project=planted_copy), "look:labels")
    assert not page.exception and "Doubtful labels" in words(page) and "1 of 144" in words(page)
    assert "a model that did not learn from them both say another cluster" in words(page)
    page.query_params["item"] = "5"
    state = page.session_state["taxon"]
    page.session_state["taxon"] = type(state)(**{**state.__dict__, "item": 5})
    page.run()
    assert "Why is this here?" in words(page) and "0 of its 15 nearest items are in cluster 4" in words(page)
    assert "Neighbours and model say “discs *and* more”." in words(page)
    press(page, "item:agree")
    assert not page.exception
    with Project.open(resources.project_path(planted_copy), read_only=True) as stored:
        assert stored.partition().cluster_of[5] == home


def test_look_again__a_refused_doubt_does_not_come_back(view, planted_copy, words):
    moved(planted_copy, [5], 4)
    page = press(view("explore", project=planted_copy, item=5), "look:labels")
    press(page, "item:refuse")
    page.run()
    assert not page.exception and "0 of 144" in words(page)
    assert resources.open_project(planted_copy).partition().cluster_of[5] == 4


def test_look_again__all_kinds_answer(view, planted_copy, words):
    for kind, title in (("alone", "No neighbour with the same label"), ("outliers", "Outliers")):
        page = press(view("explore", project=planted_copy), f"look:{kind}")
        assert not page.exception and title in words(page)


def test_look_again__duplicates_are_looked_for_in_a_job_and_then_shown(view, planted_copy, words, begun):
    page = press(view("explore", project=planted_copy), "look:duplicates")
    assert not page.exception and begun == [(near_duplicates.STAGE, {})]
    assert "Near-duplicates: not looked for yet" in words(page)
    near_duplicates.prepare(resources.open_project(planted_copy))
    page.run()
    assert "not looked for yet" not in words(page) and "Near-duplicates" in words(page)
    press(page, "look:duplicates")
    assert len(begun) == 1


def test_item__why_it_is_here_in_sentences(view, planted_copy, words):
    page = view("explore", project=planted_copy, item=3)
    assert not page.exception
    assert "Why is this here?" in words(page) and "15 of its 15 nearest items are in cluster" in words(page)
    assert "It is nearer to the middle of cluster" in words(page)


def test_clusters__what_a_cluster_is(view, planted_copy, words):
    page = press(view("clusters", project=planted_copy, cluster=3), "explain:open")
    assert not page.exception
    said = words(page)
    assert "What sets it apart from cluster" in said and "100 % of these, 0 % of the nearest clusters" in said
    assert "Typical, from its middle outwards" in said and "On the border to Cluster" in said and "Odd ones" in said
