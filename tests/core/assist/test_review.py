"""The loop on planted groups: a person who knows the truth answers, and everything that is promised of it holds."""

from __future__ import annotations

from contextlib import suppress

import numpy as np
import pytest

from core.assist import review as loop
from core.assist.answers import Accept, Name, No, Skip, Yes
from core.assist.cards import MOST_ACCEPTED, MOST_SHOWN
from core.assist.review import Review
from core.errors import BadInput, Conflict, NotFound
from core.partition.edits import Rename
from core.project import Project
from tests.core.assist.reviewed import EACH, GROUPS, honest, opened_copy, template_of_texts, work  # noqa: F401


def right(project, truth):
    frame = project.labels()
    return float((frame.label == frame.item_id.map(truth)).mean())


def test_review__a_few_answers_label_almost_everything(opened):
    project, truth = opened
    cards = work(Review(project), truth, 2 * GROUPS)
    assert right(project, truth) > 0.97
    assert sum(len(card.shown) for card in cards) < len(truth)
    frame = project.labels()
    assert set(frame.origin) <= {"person", "group", "cluster", "spread", "machine"} and (frame.label != "").all()


def test_review__goes_on_until_all_is_settled_and_everything_is_right(opened):
    project, truth = opened
    review = Review(project)
    work(review, truth, 10 * len(truth))
    assert review.next() is None and right(project, truth) == 1.0
    assert project.partition().settled().all()


def test_review__asks_once_again_about_a_slip_when_all_is_settled(opened):
    project, truth = opened
    review = Review(project)
    work(review, truth, 12)
    card = review.next()
    while card.kind != "accept":
        review.answer(card, honest(card, truth))
        card = review.next()
    slipped = card.shown[0]
    wrong = next(label for label in sorted(set(truth.values())) if label != truth[slipped])
    review.answer(card, Accept({slipped: wrong}))
    last = work(review, truth, 10 * len(truth))
    assert review.next() is None and right(project, truth) == 1.0
    assert [card.shown for card in last if slipped in card.shown] == [(slipped,)]


@pytest.mark.parametrize("same", [True, False])
def test_review__asks_whether_two_names_are_one_thing_when_all_is_settled(opened, same):
    project, truth = opened
    review = Review(project)
    asked = []
    said = {one: f"{label}{'s' * (label == 'class 1' and row % 2)}" for row, (one, label) in enumerate(truth.items())}
    for _ in range(10 * len(truth)):
        card = review.next()
        if card is None:
            break
        if card.kind == "merge":
            asked.append({said[one] for one in card.shown})
            assert len(card.sides) == 2 and len(card.shown) <= MOST_SHOWN
            merged = same and asked[-1] == {"class 1", "class 1s"}
            review.answer(card, Yes() if merged else No())
            if merged:
                names = {cluster.name for cluster in project.partition().clusters.values()}
                kept = ({"class 1", "class 1s"} & names).pop()
                said = {one: kept if label.startswith("class 1") else label for one, label in said.items()}
        else:
            review.answer(card, honest(card, said))
    assert {"class 1", "class 1s"} in asked and len({tuple(sorted(one)) for one in asked}) == len(asked)
    names = {cluster.name for cluster in project.partition().clusters.values()}
    assert ("class 1s" in names and "class 1" in names) is not same
    assert Review(project).next() is None or Review(project).next().kind == "check"


def test_cards__show_what_they_say(opened):
    project, truth = opened
    for card in work(Review(project), truth, 25):
        assert len(set(card.shown)) == len(card.shown) <= (MOST_ACCEPTED if card.kind == "accept" else MOST_SHOWN)
        assert set(card.shown) <= set(truth) and card.question and card.why and card.seconds > 0
        assert (set(card.labels) == set(card.shown)) if card.kind == "accept" else not card.labels


def test_next__is_the_same_card_until_it_is_answered(opened):
    project, truth = opened
    review = Review(project)
    assert review.next() is review.next()
    card = review.next()
    review.answer(card, honest(card, truth))
    assert review.next().key != card.key
    with pytest.raises(BadInput, match="not open"):
        review.answer(card, honest(card, truth))


def contrary(card, truth):
    """Never what is likeliest."""
    if card.kind in ("merge", "split"):
        return Skip()
    odd = f"odd {int(card.shown[0][1:]) % 3}"
    if card.kind == "accept":
        return Accept({card.shown[0]: odd})
    return Name("even" if odd in card.suggestions[:1] else odd)


@pytest.mark.parametrize("answer", [honest, contrary])
def test_ahead__changes_no_card_and_no_label(opened, tmp_path, answer):
    import shutil

    project, truth = opened
    shutil.copytree(project.path, tmp_path / "other.taxon")
    with Project.open(tmp_path / "other.taxon") as other:
        plain, looking, foreseen = Review(other), Review(project), 0
        for _ in range(40):
            card = looking.next()
            assert card == plain.next()
            if card is None:
                break
            coming = looking.ahead()
            assert coming is looking.ahead() and looking.next() is card
            looking.answer(card, answer(card, truth))
            plain.answer(card, answer(card, truth))
            assert project.partition().same_as(other.partition())
            foreseen += coming is not None and looking.next() is coming
        assert (foreseen > 5) is (answer is honest)


def test_ahead__foresees_nothing_where_it_would_take_too_long(opened, monkeypatch):
    monkeypatch.setattr(loop, "_FORESEEN_UP_TO", GROUPS * EACH - 1)
    review = Review(opened[0])
    assert review.ahead() is None and review.next() is not None


def test_ahead__is_void_when_somebody_else_edits(opened):
    project, truth = opened
    review = Review(project)
    work(review, truth, 6)
    card = review.next()
    review.ahead()
    here = project.partition().cluster_of[int(card.shown[0][1:])]
    far = next(one for one in project.partition().clusters if one != here)
    project.apply(Rename(far, "by hand"))
    with suppress(Conflict, BadInput):
        review.answer(card, honest(card, truth))
    assert "by hand" in {one.name for one in project.partition().clusters.values()}
    assert review.next() == Review(project).next()


def test_answer__is_one_step_to_take_back(opened):
    project, truth = opened
    review = Review(project)
    work(review, truth, 8)
    before, history = project.partition(), len(project.history())
    work(review, truth, 1)
    assert len(project.history()) == history + 1
    project.undo()
    assert project.partition().same_as(before)
    work(review, truth, 3)
    assert right(project, truth) > 0.5


def test_review__knows_after_a_restart_what_it_knew(opened):
    project, truth = opened
    work(Review(project), truth, 9)
    fresh, again = Review(project), Review(project)
    assert fresh.next() == again.next()
    labels = project.labels()
    path = project.path
    project.close()
    with Project.open(path) as reopened:
        assert reopened.labels().equals(labels)
        assert Review(reopened).next() == fresh.next()


def test_replay__of_the_journal_gives_the_same_labels(opened, tmp_path):
    from core.partition.fold import fold
    from core.partition.partition import Partition

    project, truth = opened
    work(Review(project), truth, 20)
    assert fold(Partition.start(len(truth)), project.journal.edits()).same_as(project.partition())


def test_everything_named_x__scores_no_better_than_the_biggest_class(opened):
    project, truth = opened
    work(Review(project), truth, 10, lambda card, _: Accept({}) if card.kind == "accept" else Name("class 0"))
    assert right(project, truth) <= 1 / GROUPS + 0.02


def test_shuffled_truth__is_not_learned(opened):
    project, truth = opened
    values = np.random.default_rng(0).permutation(list(truth.values()))
    mixed = dict(zip(truth, values.tolist(), strict=True))
    looked = sum(len(card.shown) for card in work(Review(project), mixed, 25))
    assert right(project, mixed) <= looked / len(truth) + 0.35


def test_confidence__is_absent_at_first_and_close_to_the_truth_later(opened):
    project, truth = opened
    review = Review(project)
    work(review, truth, 3)
    assert project.labels().confidence.isna().all() and review.calibration is None
    work(review, truth, 30)
    frame = project.labels()
    stated = frame[frame.confidence.notna()]
    if len(stated):
        assert abs(stated.confidence.mean() - (stated.label == stated.item_id.map(truth)).mean()) < 0.1


def test_review__without_an_analysis_says_what_to_do(tmp_path):
    with Project.create(tmp_path / "p.taxon") as project, pytest.raises(NotFound, match="vectors"):
        Review(project)
