"""When a page of proposals is asked instead of a group, and what a group holds."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from core.assist import questions
from core.assist.beliefs import Evidence
from core.assist.questions import Situation


def situation(looks=10.0, alone=10, stated=True, unsure=0.8, right=0.5):
    evidence = SimpleNamespace(judges=lambda: np.ones(alone, dtype=bool))
    return SimpleNamespace(
        stated=object() if stated else None,
        looks=np.array([looks]),
        evidence=evidence,
        unsure=np.full(20, unsure, np.float32),
        right=np.full(20, right, np.float32),
    )


def beats(here, covered, wrong, count=10):
    positions = np.arange(count)
    return questions._beats_a_group(here, positions, np.full(count, covered), np.full(count, wrong))


@pytest.mark.parametrize(
    ("looks", "wrong", "asked"), [(11, 0.6, False), (11, 0.4, True), (12, 0.9, False), (12, 0.8, True)]
)
def test_page__before_anything_is_proven_is_asked_with_half_right_and_later_with_a_few(looks, wrong, asked):
    assert beats(situation(looks, stated=False), 5.0, wrong) is asked


def test_page__is_asked_now_and_then_to_learn_whether_proposals_are_right():
    assert not beats(situation(looks=39, alone=0, stated=False), 5.0, 1.0)
    assert beats(situation(looks=40, alone=9, stated=False), 5.0, 1.0)
    assert not beats(situation(looks=40, alone=10, stated=False), 5.0, 1.0)


def test_page__where_labels_do_not_hold_a_group_says_more_of_large_surroundings():
    assert not beats(situation(right=0.4), 100.0, 0.5)
    assert beats(situation(right=0.95), 100.0, 0.5), "where they hold, a page says more"
    assert beats(situation(right=0.4), 1.0, 0.5), "so it does where an item stands for itself alone"


def test_next_items__a_group_that_was_named_at_one_look_is_one():
    told = []
    coverage = SimpleNamespace(next_items=lambda *given: (told.append(given), ([0], [1.0]))[1])
    positions, loose = np.arange(6), np.stack([np.arange(6, 11), np.ones(5, np.int64)], axis=1)
    grouped = np.array([True] * 5 + [False])
    evidence = Evidence(positions, np.zeros(6, np.int64), 2, loose=loose, grouped=grouped)
    open_items = np.arange(20) > 5
    open_items[19] = False
    Situation(SimpleNamespace(), coverage, evidence, None, None, open_items).next_items(1)
    ((seen, looks, _, _),) = told
    assert looks == 3, "two groups of five, and an item by itself"
    assert seen.tolist() == pytest.approx([0.2] * 5 + [1] + [0.2] * 5 + [0] * 8 + [1]), "what was put off needs no look"


def test_group__is_the_item_and_its_nearest_that_nobody_saw():
    neighbours = (np.arange(12)[:, None] + np.arange(1, 9)) % 12
    nobody = np.empty(0, np.int64)

    def of(loose, closed=()):
        said = np.array([(one, 0) for one in loose], dtype=np.int64).reshape(-1, 2)
        open_items = np.ones(12, dtype=bool)
        open_items[list(closed)] = False
        coverage = SimpleNamespace(next_items=lambda seen, looks, unsure, count: (np.array([0]), np.array([7.0])))
        graph = SimpleNamespace(neighbours=neighbours)
        evidence = Evidence(nobody, nobody, 1, loose=said)
        return questions.group(Situation(graph, coverage, evidence, None, None, open_items))

    assert of([])[0].tolist() == [0, 1, 2, 3, 4] and of([])[1] == 7.0
    assert of([1, 3], closed=[2])[0].tolist() == [0, 4, 5, 6, 7]
    assert of(range(1, 8))[0].tolist() == [0], "alone where its neighbourhood was seen"
