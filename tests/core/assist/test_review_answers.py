"""What single answers do on planted groups, and that none does harm that does not fit or comes too late."""

from __future__ import annotations

import pytest

from core.assist.answers import Accept, First, Most, Name, Skip, Unknown, Yes
from core.assist.cards import ANSWERS
from core.assist.review import Review
from core.errors import BadInput, Conflict
from core.partition.edits import Rename
from tests.core.assist.reviewed import EACH, GROUPS, honest, opened_copy, template_of_texts, work  # noqa: F401


def test_skip__asks_something_else_and_comes_back_at_the_end(opened):
    project, _ = opened
    review = Review(project)
    seen = []
    for _ in range(20):
        card = review.next()
        assert card.key not in seen
        seen.append(card.key)
        assert review.answer(card, Skip()) is None
    assert len({one for key in seen for one in [key.partition(":")[2]]}) == len(seen)
    assert project.partition().confirmed.sum() == 0


def test_review__nobody_is_asked_for_ever_who_skips_everything(opened):
    project, _ = opened
    review = Review(project)
    for _ in range(4 * GROUPS * EACH):
        card = review.next()
        if card is None:
            break
        review.answer(card, Skip())
    assert review.next() is None


def test_unknown__sets_what_is_shown_aside_and_does_not_ask_again(opened):
    project, truth = opened
    review = Review(project)
    work(review, truth, 2)
    card = review.next()
    assert card.kind in ("check", "name")
    review.answer(card, Unknown())
    frame = project.labels().set_index("item_id")
    assert (frame.label[list(card.shown)] == "").all()
    assert all(not set(card.shown) & set(later.shown) for later in work(review, truth, 40))


def test_group__is_asked_first_and_what_is_said_of_most_of_it_teaches_and_stays_open(opened):
    project, _ = opened
    review = Review(project)
    card = review.next()
    assert card.kind == "name" and card.size == len(card.shown) == 5
    event = review.answer(card, Most("some"))
    frame = project.labels().set_index("item_id").loc[list(card.shown)]
    assert set(frame.label) == {"some"} and set(frame.origin) == {"group"}
    assert not project.partition().confirmed.any() and event.sentence == "Said of most of 5 items: “some”"
    other = review.next()
    assert not set(other.shown) & set(card.shown), "it is not asked about again while other things are unseen"
    review.answer(other, Most("other"))
    assert (project.labels().origin == "spread").any() or (project.partition().likely > 0).any()
    project.undo()
    project.undo()
    assert not project.partition().clusters or all(not one.name for one in project.partition().clusters.values())


def test_group__of_which_only_the_first_is_known_says_nothing_of_the_others(opened):
    project, _ = opened
    review = Review(project)
    card = review.next()
    review.answer(card, First("this"))
    frame = project.labels().set_index("item_id")
    assert frame.label[card.shown[0]] == "this" and (frame.label[list(card.shown[1:])] != "this").all()
    assert not len(project.partition().rejected())


def test_group__that_is_all_one_thing_is_settled_by_one_answer(opened):
    project, _ = opened
    review = Review(project)
    card = review.next()
    review.answer(card, Name("this"))
    frame = project.labels().set_index("item_id").loc[list(card.shown)]
    assert set(frame.label) == {"this"} and set(frame.origin) == {"group"} and project.partition().confirmed.sum() == 5


def test_accept__an_item_that_is_just_not_that_gets_another_label(opened):
    project, truth = opened
    review = Review(project)
    rejected = {}
    for _ in range(60):
        card = review.next()
        if card is None:
            break
        if card.kind == "accept":
            if not rejected:
                rejected[card.shown[0]] = card.labels[card.shown[0]]
            review.answer(card, Accept({one: None for one in rejected if one in card.shown}))
        else:
            review.answer(card, Skip() if set(rejected) & set(card.shown) else honest(card, truth))
        frame = project.labels().set_index("item_id")
        assert all(frame.label[one] != label for one, label in rejected.items())
    assert rejected


def test_name__counts_for_the_whole_cluster_only_when_nearly_all_agree(opened):
    project, truth = opened
    review = Review(project)
    named = []
    while (card := review.next()) is not None and len(named) < 2:
        if card.kind != "name" or card.size == len(card.shown):
            review.answer(card, honest(card, truth))
            continue
        size = card.size
        only = card.shown[: len(card.shown) - 4 * (len(named) % 2)]
        review.answer(card, Name("odd one", only=only))
        members = project.labels().query("label == 'odd one' and origin in ('cluster', 'person')")
        named.append((len(members), size, len(only)))
        project.undo()
        review.answer(review.next(), Skip()) if review.next().kind == "name" else None
    if named:
        assert named[0][0] >= named[0][1] - 1
    if len(named) > 1:
        assert named[1][0] == named[1][2]


def test_answer__that_does_not_fit_is_refused_and_the_card_stays(opened):
    project, _ = opened
    review = Review(project)
    card = review.next()
    for answer in (Yes(), Accept({}), Name("x", only=("somebody else",))):
        if not isinstance(answer, ANSWERS[card.kind]) or isinstance(answer, Name):
            with pytest.raises(BadInput):
                review.answer(card, answer)
    assert review.next() is card


def test_edits_elsewhere__make_a_fresh_card_not_a_wrong_label(opened):
    project, truth = opened
    review = Review(project)
    work(review, truth, 5)
    card = review.next()
    cluster_id = int(project.partition().cluster_of[0])
    project.apply(Rename(cluster_id, "by hand"))
    try:
        review.answer(card, honest(card, truth))
    except (Conflict, BadInput):
        assert review.next() is not None
    work(review, truth, 3)
