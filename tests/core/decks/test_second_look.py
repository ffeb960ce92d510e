"""A second look as cards: one key a decision, each settled by its answer alone."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from core import near_duplicates
from core.assist.answers import Name, No, Unknown, Yes
from core.decks.loop import DeckReview
from core.decks.names import deck
from core.errors import NotFound
from core.look_again import ALONE, DUPLICATES, LABELS, OUTLIERS, name_of
from core.partition.edits import Move, Rename, SetAside
from core.partition.rows import Rows
from core.pipeline import structure
from core.project import Project
from tests import prepared


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return prepared.planted_project(tmp_path_factory.mktemp("second") / "planted.taxon")


@pytest.fixture
def project(path, tmp_path):
    shutil.copytree(path, tmp_path / "planted.taxon")
    shutil.copytree(path.parent / "planted source", tmp_path / "planted source")
    with Project.open(tmp_path / "planted.taxon") as project:
        yield project


def review_of(project, kind):
    return DeckReview(project, deck(name_of(kind), project, structure(project)))


@pytest.fixture
def named(project):
    """Names for all clusters, and two items in a wrong one."""
    for one in list(project.partition().clusters):
        member = int(project.partition().members(one)[0])
        project.apply(Rename(one, project.items.load().item_id[member].split("-")[0]))
    wrong = next(one.id for one in project.partition().clusters.values() if one.name == "cross")
    project.apply(Move(Rows(np.array([5, 40])), wrong))
    return project


@pytest.mark.parametrize("kind", [LABELS, ALONE])
def test_labels__the_first_key_puts_it_right_the_second_leaves_it(named, kind):
    review = review_of(named, kind)
    labels = named.labels().set_index("item_id").label
    if kind == ALONE:  # what a person moved she has decided on
        assert review.next() is None
        return
    first = review.next()
    assert first.kind == "check" and len(first.shown) == 1 and first.suggestions[1] == labels[first.shown[0]] == "cross"
    assert "cross" in first.why and first.suggestions[0] in first.why
    assert review.ahead().shown != first.shown
    review.answer(first, Name(first.suggestions[0]))
    second = review.next()
    review.answer(second, Name("CROSS"))
    assert review.next() is None
    labels = named.labels().set_index("item_id").label
    assert labels[first.shown[0]] == first.suggestions[0] and labels[second.shown[0]] == "cross"
    assert review_of(named, kind).next() is None, "read off the journal"
    named.undo()
    assert review_of(named, kind).next().shown == second.shown


def test_labels__another_name_and_no_name_at_all(named):
    review = review_of(named, LABELS)
    one = review.next()
    review.answer(one, Name("something new"))
    two = review.next()
    review.answer(two, Unknown())
    assert named.labels().set_index("item_id").label[one.shown[0]] == "something new"
    assert named.partition().aside.sum() == 1 and review.next() is None


def test_labels__clusters_without_names_are_called_by_number_and_stay_nameless(project):
    project.apply(Move(Rows(np.array([5])), 4))
    review = review_of(project, LABELS)
    card = review.next()
    home = int(project.partition().cluster_of[6])
    assert card.suggestions == (f"Cluster {home}", "Cluster 4")
    review.answer(card, Name(f"cluster {home}"))
    assert project.partition().cluster_of[5] == home
    assert not any(one.name for one in project.partition().clusters.values())


def test_outliers__belong_or_are_set_aside(named):
    review = review_of(named, OUTLIERS)
    kept = 0
    while (card := review.next()) is not None:
        assert card.kind == "check" and card.why
        review.answer(card, Unknown() if kept % 2 else Name((*card.suggestions, "odd")[0]))
        kept += 1
    assert kept and review_of(named, OUTLIERS).next() is None


def test_duplicates__one_is_kept_or_all_are(named):
    found = structure(named)
    with pytest.raises(NotFound):
        review_of(named, DUPLICATES)
    near_duplicates.prepare(named)
    groups = near_duplicates.groups(named, found)
    assert groups, "the planted pictures repeat"
    review = review_of(named, DUPLICATES)
    card = review.next()
    assert card.kind == "merge" and len(card.sides[0]) == 1 and card.words == ("Yes, keep the first", "No, keep all")
    review.answer(card, Yes())
    frame = named.labels().set_index("item_id")
    assert frame.label[list(card.sides[0])].ne("").all() and frame.label[list(card.sides[1])].eq("").all()
    second = review.next()
    if second is not None:
        review.answer(second, No())
        rows = [int(np.flatnonzero(named.items.load().item_id == one)[0]) for one in second.shown]
        assert named.partition().confirmed[rows].all()
        assert (review_of(named, DUPLICATES).next() or card).shown != second.shown


def test_findings__that_others_settled_meanwhile_are_left_out(named):
    review = review_of(named, LABELS)
    card = review.next()
    named.apply(SetAside(Rows(np.array([5, 40]))))
    assert review.next() is None
    told = review.deck.told(named.partition())
    assert told.words == "2 of 2 findings settled" and card
