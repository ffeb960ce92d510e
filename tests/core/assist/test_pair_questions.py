"""Splits and same-or-different between the cards of the queue: when they come, what an answer does, what is kept."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from core.assist.answers import No, Skip, Yes
from core.assist.cards import MOST_SHOWN
from core.assist.pair_questions import nearly_same
from core.assist.review import Review
from core.partition.edits import Confirm, Merge, Rename
from core.partition.rows import Rows
from core.project import Project
from tests import prepared
from tests.core.assist.reviewed import honest


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    folder = tmp_path_factory.mktemp("pairs")
    return folder / "p.taxon", prepared.texts_project(folder / "p.taxon", k=5)


@pytest.fixture
def opened(template, tmp_path):
    shutil.copytree(template[0], tmp_path / "p.taxon")
    with Project.open(tmp_path / "p.taxon") as project:
        yield project, template[1]


def main_kind(project, truth, cluster_id):
    members = project.partition().members(cluster_id)
    kinds, counts = np.unique([truth[f"i{row:03}"] for row in members], return_counts=True)
    return str(kinds[counts.argmax()])


@pytest.fixture
def mixed(opened):
    """Every cluster has its name; one of them holds a second kind, and of the bigger kind two items were confirmed."""
    project, truth = opened
    for cluster_id in list(project.partition().clusters):
        project.apply(Rename(cluster_id, main_kind(project, truth, cluster_id)))
    whole, part = sorted(project.partition().clusters)[:2]
    hidden = main_kind(project, truth, part)
    project.apply(Merge((whole, part), whole))
    name = project.partition().clusters[whole].name
    project.apply(Confirm(Rows([row for row in project.partition().members(whole) if truth[f"i{row:03}"] == name][:2])))
    return project, truth, whole, hidden


def until(kind, review, truth=None, most=60):
    """Answer until a card of this kind comes, without a truth skip; None when none does."""
    for _ in range(most):
        card = review.next()
        if card is None or card.kind == kind:
            return card
        review.answer(card, honest(card, truth) if truth else Skip())
    return None


def test_split__is_asked_of_a_name_that_covers_two_things_and_both_halves_are_shown(mixed):
    project, truth, whole, hidden = mixed
    card = until("split", Review(project))
    assert card is not None and len(card.sides) == 2 and len(card.shown) <= MOST_SHOWN
    stays, leaves = ({truth[one] for one in side} for side in card.sides)
    assert leaves == {hidden} and stays == {project.partition().clusters[whole].name}
    assert card.why and card.value > 10 and card.seconds > 0 and card.size > 10
    assert project.partition().clusters[whole].name in card.question


def test_split__yes_is_one_step_and_asks_next_what_left(mixed):
    project, truth, _, hidden = mixed
    review = Review(project)
    card = until("split", review)
    before, events = project.partition(), len(project.history())
    review.answer(card, Yes())
    assert len(project.history()) == events + 1 and "Split" in project.history()[0].sentence
    after = project.partition()
    part = after.clusters[int(after.cluster_of[int(card.sides[1][0][1:])])]
    assert not part.name and after.size(part.id) == card.size
    following = review.next()
    assert following.kind == "name" and {truth[one] for one in following.shown} == {hidden}
    assert following.shown == until("name", Review(project)).shown, "it is asked after a restart, too"
    review.answer(following, honest(following, truth))
    assert project.labels().set_index("item_id").label[list(following.shown)].eq(hidden).all()
    project.undo()
    project.undo()
    assert project.partition().same_as(before)


def test_split__no_is_remembered_and_confirms_what_was_shown(mixed):
    project, _, whole, _ = mixed
    card = until("split", review := Review(project))
    review.answer(card, No())
    rows = [int(one[1:]) for one in card.shown]
    assert project.partition().confirmed[rows].all() and (project.partition().cluster_of[rows] == whole).all()
    for loop in (review, Review(project)):
        again = until("split", loop)
        assert again is None or not set(again.sides[1]) & set(card.sides[1])


def test_split__skipped_does_not_come_back_at_once(mixed):
    review = Review(mixed[0])
    card = until("split", review)
    assert review.answer(card, Skip()) is None and review.next().key != card.key


def test_split__of_clusters_without_a_name_is_not_asked(opened):
    project, truth = opened
    whole, part = sorted(project.partition().clusters)[:2]
    project.apply(Merge((whole, part), whole))
    assert until("split", Review(project), truth) is None and until("split", Review(project)) is None


def test_merge__of_names_that_differ_by_a_letter_is_asked_as_soon_as_it_is_worth_it(opened):
    project, truth = opened
    said = {one: label + "s" * (label == "class 1" and row % 2) for row, (one, label) in enumerate(truth.items())}
    card = until("merge", review := Review(project), said, most=150)
    assert card is not None and not project.partition().settled().all()
    assert {said[one] for one in card.shown} == {"class 1", "class 1s"} and "nearly the same" in card.why
    review.answer(card, No())
    assert until("merge", review, said, most=20) is None
    assert until("merge", Review(project), said, most=20) is None


def test_nearly_same__a_letter_or_a_plural_but_neither_case_nor_figures():
    names = {1: "mouse", 2: "house", 3: "glass", 4: "glasses", 5: "gate 1", 6: "gate 2", 7: "Mouse", 8: "cat", 9: "dog"}
    assert nearly_same(names) == {(1, 2), (2, 7), (3, 4)}
    assert nearly_same({}) == set()
