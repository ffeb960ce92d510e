"""What to look at next: the picks are the greedy ones, and they spread over what is in doubt."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.assist import coverage
from core.assist.coverage import Coverage
from core.structure.tree import ward

SIZES = (80, 50, 30, 20)


@pytest.fixture(scope="module")
def planted():
    """Four crowds of falling size: features, crowd of each item, tree."""
    random = np.random.default_rng(1)
    truth = np.repeat(np.arange(len(SIZES)), SIZES)
    rows = 2 * random.normal(0, 1, (len(SIZES), 12))[truth] + random.normal(0, 0.5, (len(truth), 12))
    features = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return features, truth, ward(features)


def kernel(features, left, right):
    return np.exp(features[left] @ features[right].T - 1)


@settings(max_examples=30, deadline=None)
@given(st.integers(3, 30), st.integers(2, 25), st.integers(1, 8), st.integers(0, 10_000), st.booleans())
def test_greedy__takes_at_every_step_what_adds_most(k, p, count, seed, grouped):
    random = np.random.default_rng(seed)
    table = random.random((k, p)).astype(np.float32)
    weights, covered = random.random(p).astype(np.float32), (random.random(p) / 3).astype(np.float32)
    groups = random.integers(0, 5, k) if grouped else None
    places = np.flatnonzero(random.random(k) < 0.8)
    taken, worth = coverage._greedy(table, places, covered, weights, count, groups)
    left, now = set(places.tolist()), covered.copy()
    for place, gain in zip(taken.tolist(), worth.tolist(), strict=True):
        best = max(float(np.maximum(table[one] - now, 0) @ weights) for one in left)
        assert gain == pytest.approx(best, rel=1e-4) == pytest.approx(np.maximum(table[place] - now, 0) @ weights)
        left = {one for one in left - {place} if groups is None or groups[one] != groups[place]}
        now = np.maximum(now, table[place])
    assert len(taken) == count or not any((np.maximum(table[one] - now, 0) @ weights) > 1e-6 for one in left)


def test_first_questions__are_typical_items_of_different_crowds_the_biggest_first(planted):
    features, truth, tree = planted
    seen = np.zeros(len(truth), dtype=bool)
    asked = []
    for _ in range(len(SIZES)):
        picks = Coverage(features, tree, len(SIZES))
        (position,), (worth,) = picks.next_items(seen, int(seen.sum()), np.float32(~seen), 1)
        asked.append(int(position))
        seen[position] = True
        assert worth > 0
    assert truth[asked].tolist() == [0, 1, 2, 3]
    for one, position in enumerate(asked):
        crowd = np.flatnonzero(truth == one)
        likeness = kernel(features, crowd, crowd).sum(axis=1)
        assert likeness[crowd == position] >= np.quantile(likeness, 0.8)


def test_items__that_were_seen_or_are_sure_are_not_taken(planted):
    features, truth, tree = planted
    seen, unsure = truth == 0, np.where(truth == 1, 0, 1).astype(np.float32)
    positions, _ = Coverage(features, tree, 2).next_items(seen, int(seen.sum()), unsure, len(truth))
    assert len(positions) and set(truth[positions].tolist()) == {2, 3}


def test_items__without_doubt_are_not_taken_though_they_would_cover_others(planted):
    features, truth, tree = planted
    crowd = np.flatnonzero(truth == 0)
    typical = crowd[np.argsort(-kernel(features, crowd, crowd).sum(axis=1))[:40]]
    seen, unsure = np.zeros(len(truth), dtype=bool), np.where(truth == 0, 1, 0).astype(np.float32)
    unsure[typical] = 0
    positions, _ = Coverage(features, tree, 2).next_items(seen, int(seen.sum()), unsure, 5)
    assert len(positions) and not set(positions.tolist()) & set(typical.tolist())


def test_doubt__draws_the_questions_to_where_it_is(planted):
    features, truth, tree = planted
    seen = np.zeros(len(truth), dtype=bool)
    seen[np.concatenate([np.flatnonzero(truth == one)[:2] for one in range(len(SIZES))])] = True
    unsure = np.where(seen, 0, np.where(truth == 3, 1, 0.02)).astype(np.float32)
    (first, *_), _ = Coverage(features, tree, 2).next_items(seen, coverage._APART, unsure, 3)
    assert truth[first] == 3


def test_items__seen_together_are_one_look_and_tell_of_one_place(planted):
    features, truth, tree = planted
    cuts = []
    recorded = SimpleNamespace(leaves=tree.leaves, cut=lambda k: (cuts.append(k), tree.cut(k))[1])
    seen = np.zeros(len(truth), dtype=bool)
    seen[np.flatnonzero(truth == 0)[:12]] = True
    (first, *_), _ = Coverage(features, recorded, 2).next_items(seen, 1, np.float32(~seen), 1)
    assert cuts[-1] == 2 and truth[first] != 0
    Coverage(features, recorded, 2).next_items(seen, 7, np.float32(~seen), 1)
    assert cuts[-1] == 8


def test_a_group__that_only_neighbours_of_another_look_lie_in_was_not_looked_into(planted):
    features, truth, tree = planted
    assert (truth == tree.cut(len(SIZES))).all()

    def asked(inside):
        """The group of the next item after one look at five items, so many of them in the second group."""
        seen = np.zeros(len(truth), dtype=np.float32)
        seen[truth > 1] = 1
        seen[np.flatnonzero(truth == 0)[: 5 - inside]] = seen[np.flatnonzero(truth == 1)[:inside]] = 0.2
        (first, *_), _ = Coverage(features, tree, len(SIZES)).next_items(seen, 1, np.float32(seen == 0), 1)
        return int(truth[first])

    assert [asked(inside) for inside in (1, 2, 3, 4)] == [1, 1, 0, 0]


def test_undo__asks_what_was_asked_before(planted):
    features, truth, tree = planted
    picks = Coverage(features, tree, 2)
    nothing = np.zeros(len(truth), dtype=bool)
    before = picks.next_items(nothing, int(nothing.sum()), np.ones(len(truth), np.float32), 5)
    some = nothing.copy()
    some[before[0]] = True
    forked = picks.fork()
    later = forked.next_items(some, int(some.sum()), np.float32(~some), 5)
    assert not set(later[0].tolist()) & set(before[0].tolist())
    for one in (picks, forked):
        again = one.next_items(nothing, int(nothing.sum()), np.ones(len(truth), np.float32), 5)
        assert np.array_equal(again[0], before[0]) and np.allclose(again[1], before[1])


@pytest.mark.parametrize("candidates", [1_000, 8])
def test_every_item__can_be_asked_for_in_the_end(planted, monkeypatch, candidates):
    monkeypatch.setattr(coverage, "_FEWEST_CANDIDATES", candidates)
    features, truth, tree = planted
    picks, seen = Coverage(features, tree, 2), np.zeros(len(truth), dtype=bool)
    while not seen.all():
        positions, _ = picks.next_items(seen, int(seen.sum()), np.float32(~seen), 50)
        assert len(positions) and not seen[positions].any()
        seen[positions] = True


def test_identical_items__are_asked_for_without_a_trace():
    features = np.tile(np.eye(1, 4, dtype=np.float32), (30, 1))
    picks, seen = Coverage(features, ward(features), 2), np.zeros(30, dtype=bool)
    seen[0] = True
    positions, _ = picks.next_items(seen, int(seen.sum()), np.float32(~seen), 3)
    assert len(positions) <= 3
