"""The sample of a cluster: what is shown, what answers make of it, and that nothing but the journal keeps it."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from core.assist.answers import Accept, Skip, Yes
from core.assist.purity import purity
from core.decks.loop import DeckReview
from core.decks.names import deck, of_sample, sampled_cluster
from core.decks.sample import PAGE, sampled
from core.errors import BadInput, NotFound
from core.partition.edits import Confirm, Merge, Rename
from core.partition.rows import Rows
from core.pipeline import structure
from core.project import Project
from tests import prepared


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    folder = tmp_path_factory.mktemp("sample")
    return folder / "p.taxon", prepared.texts_project(folder / "p.taxon", k=5)


@pytest.fixture
def opened(template, tmp_path):
    shutil.copytree(template[0], tmp_path / "p.taxon")
    with Project.open(tmp_path / "p.taxon") as project:
        project.apply(Merge((1, 2, 3, 4, 5), 1))
        project.apply(Rename(1, "all"))
        yield project, template[1]


def review_of(project, cluster_id=1):
    return DeckReview(project, deck(of_sample(cluster_id), project, structure(project)))


def look(project, strays=(), pages=99):
    """Look through pages, the strays are wrong; the cards."""
    review, cards = review_of(project), []
    while len(cards) < pages and (card := review.next()) is not None:
        cards.append(card)
        review.answer(card, Accept({one: None for one in card.shown if one in strays}))
    return cards


def test_sample__pages_until_it_is_good_enough(opened):
    project, _ = opened
    cards = look(project)
    assert all(card.kind == "accept" and len(card.shown) <= PAGE for card in cards)
    assert all(set(card.labels.values()) == {"all"} and card.question and card.why for card in cards)
    shown = [one for card in cards for one in card.shown]
    assert len(set(shown)) == len(shown) < 100
    found = sampled(project.partition(), 1).purity
    assert (found.size, found.checked, found.right) == (300, len(shown), len(shown))
    assert found.low >= 0.95 and purity(300, len(shown) - PAGE, len(shown) - PAGE).low < 0.95
    assert "Good enough" in review_of(project).deck.told(project.partition()).more


def test_sample__is_random_and_not_what_was_confirmed_elsewhere(opened):
    project, truth = opened
    chosen = [row for row in range(300) if truth[f"i{row:03}"] == "class 0"]
    project.apply(Confirm(Rows(chosen)))
    order = sampled(project.partition(), 1)
    assert order.purity.checked < 5 and order.known.sum() == len(chosen)
    assert sorted(order.order) == list(range(300)) and order.order.tolist() != sorted(order.order)
    first = review_of(project).next()
    assert not {int(one[1:]) for one in first.shown} & set(chosen)


def test_sample__refused_items_leave_and_still_count(opened):
    project, truth = opened
    strays = {one for one, label in truth.items() if label == "class 4"}
    cards = look(project, strays)
    found = sampled(project.partition(), 1).purity
    wrong = [one for card in cards for one in card.shown if one in strays]
    assert found.checked - found.right == len(wrong) > 0 and found.high < 0.95 and len(cards) == 1
    assert not (project.partition().cluster_of[[int(one[1:]) for one in wrong]] == 1).any()
    assert "Fewer than" in review_of(project).deck.told(project.partition()).more
    assert f"{found.right:,} right" in project.history()[0].sentence


def test_sample__a_right_name_for_a_wrong_item_is_taken(opened):
    project, _ = opened
    review = review_of(project)
    card = review.next()
    review.answer(card, Accept({card.shown[0]: "odd", card.shown[1]: "ALL"}))
    labels = project.labels().set_index("item_id").label
    assert labels[card.shown[0]] == "odd" and labels[card.shown[1]] == "all"
    found = sampled(project.partition(), 1).purity
    assert (found.checked, found.right) == (PAGE, PAGE - 1)


def test_sample__survives_a_restart_and_goes_with_an_undo(opened):
    project, _ = opened
    look(project, pages=1)
    path, told = project.path, sampled(project.partition(), 1).purity
    project.close()
    with Project.open(path) as again:
        assert sampled(again.partition(), 1).purity == told
        assert review_of(again).next().shown == look_ahead(again)
        again.undo()
        assert sampled(again.partition(), 1).purity.checked == 0


def look_ahead(project):
    with_first_undone = sampled(project.partition(), 1)
    return tuple(f"i{row:03}" for row in with_first_undone.order[~with_first_undone.known][:PAGE])


def test_ahead__is_the_page_that_follows(opened):
    project, _ = opened
    review = review_of(project)
    card, coming = review.next(), review.ahead()
    assert not set(card.shown) & set(coming.shown)
    review.answer(card, Accept({card.shown[3]: None}))
    assert review.next().shown == coming.shown


def test_answers__that_do_not_fit_are_refused(opened):
    project, _ = opened
    review = review_of(project)
    card = review.next()
    with pytest.raises(BadInput):
        review.answer(card, Yes())
    assert review.answer(card, Skip()) is None and len(project.history()) == 3
    with pytest.raises(BadInput, match="not open"):
        review.answer(card, Accept())
    assert set(review.next().shown) != set(card.shown)


def test_beyond__goes_on_to_the_last_item(opened):
    project, _ = opened
    look(project)
    review = review_of(project)
    assert review.next() is None
    review.deck.beyond = True
    review._revision = -1
    while (card := review.next()) is not None:
        review.answer(card, Accept())
    found = sampled(project.partition(), 1)
    assert found.known.all() and found.purity.low == found.purity.high == 1


def test_gone_cluster__and_unknown_names_are_sentences(opened):
    project, _ = opened
    with pytest.raises(NotFound, match="not there"):
        review_of(project, 77).next()
    for name in ("sample:x", "sample:", "look:nothing", "sample:-1", "x"):
        with pytest.raises(BadInput):
            deck(name, project, structure(project))
        assert sampled_cluster(name) is None
    assert sampled_cluster(of_sample(12)) == 12


def test_interval__covers_the_share_of_what_was_put_there(opened):
    """Over many random divisions into right and wrong the stated interval holds the truth as often as it says."""
    project, _ = opened
    before = project.partition()
    from core.partition.edits import Reject
    from core.partition.fold import apply

    covered, random = [], np.random.default_rng(0)
    for _ in range(60):
        wrong = random.random(300) < 0.2
        order = sampled(before, 1).order[:40]
        after = apply(before, Confirm(Rows(order[~wrong[order]]))).partition
        after = apply(after, Reject(Rows(order[wrong[order]]), 1)).partition
        found = sampled(after, 1).purity
        assert found.checked == 40 and found.size == 300
        covered.append(found.low <= 1 - wrong.mean() <= found.high)
    assert np.mean(covered) >= 0.93
