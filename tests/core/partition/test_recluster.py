from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.partition.edits import Confirm, Move, Recluster, Reject, Rename, SetAside, Undo
from core.partition.fold import apply, fold
from core.partition.partition import UNDECIDED, Partition
from core.partition.recluster import _assign
from core.partition.rows import Rows


def start(labels, *edits):
    return fold(np.array(labels), edits)


def test_recluster__the_same_groups_under_other_numbers_change_nothing():
    before = start([0, 0, 1, 1, 1, -1], Rename(1, "cats"))
    step = apply(before, Recluster([7, 7, 3, 3, 3, -1]))
    assert step.partition.same_as(before) and step.touched == frozenset() and step.conflicts == []
    assert step.partition.clusters[1] is before.clusters[1]


def test_recluster__ids_names_colours_follow_the_overlap():
    before = start([0, 0, 0, 1, 1, 1, 2, 2], Rename(1, "cats"), Rename(2, "dogs"))
    step = apply(before, Recluster([5, 5, 1, 1, 1, 1, 8, 8]))
    assert step.partition.cluster_of.tolist() == [1, 1, 2, 2, 2, 2, 3, 3]
    assert step.touched == {1, 2} and step.partition.clusters[3] is before.clusters[3]
    assert [step.partition.clusters[key].colour for key in (1, 2)] == [before.clusters[key].colour for key in (1, 2)]


def test_recluster__new_groups_get_new_ids_bigger_first():
    step = apply(start([-1] * 7), Recluster([4, 0, 0, 0, 2, 2, -1]))
    assert step.partition.cluster_of.tolist() == [3, 1, 1, 1, 2, 2, 0] and step.created == (1, 2, 3)


def test_recluster__confirmed_and_aside_items_stay():
    before = start([0] * 4 + [1] * 4, Confirm(Rows([0])), SetAside(Rows([7])))
    step = apply(before, Recluster([1, 0, 0, 0, 1, 1, 1, 0]))
    assert step.partition.cluster_of.tolist() == [1, 1, 1, 1, 2, 2, 2, 0] and step.partition.aside[7]
    assert any("stay in cluster 1" in sentence for sentence in step.conflicts)


def test_recluster__what_was_said_of_most_of_a_group_stays():
    before = start([0, 0, 0, 1, 1, 1], Rename(1, "cats"), Move(Rows([3, 4]), 1, "most"))
    after = apply(before, Recluster([0, 0, 0, 1, 1, 1])).partition
    assert after.cluster_of.tolist() == [1, 1, 1, 1, 1, 2] and after.origin[3] == before.origin[3]


def test_recluster__two_confirmed_groups_in_one_new_group_stay_apart():
    before = start([0, 0, 0, 1, 1, 2, 2], Confirm(Rows([0, 1, 2])), Confirm(Rows([3, 4])))
    step = apply(before, Recluster([0] * 7))
    assert step.partition.cluster_of.tolist() == [1, 1, 1, 2, 2, 1, 1]
    assert any("2 items stay in cluster 2" in sentence for sentence in step.conflicts)


def test_recluster__a_rejected_item_is_not_put_back():
    before = start([0, 0, 0, 0, 1, 1], Reject(Rows([0]), 1))
    step = apply(before, Recluster([0, 0, 0, 0, 1, 1]))
    assert step.partition.cluster_of.tolist() == [0, 1, 1, 1, 2, 2]
    assert any("rejected" in sentence for sentence in step.conflicts)
    assert step.touched == frozenset()


def test_recluster__a_name_is_never_lost():
    before = start([0, 0, 1, 1, 1, 1], Rename(1, "cats"))
    step = apply(before, Recluster([0] * 6))
    assert step.partition.sizes() == {1: 0, 2: 6} and step.partition.clusters[1].name == "cats"
    assert step.conflicts == ["“cats” has no items now: its 2 went elsewhere."]
    assert apply(step.partition, Move(Rows([0]), 1)).partition.sizes() == {1: 1, 2: 5}
    assert fold(before, [Recluster([0] * 6), Undo()]).same_as(before)
    assert 1 not in apply(step.partition, Rename(1, "")).partition.clusters


def test_recluster__a_stray_item_does_not_hand_the_name_on():
    for rest in (-1, 1):
        before = start([0] * 10 + [rest] * 20, Rename(1, "cats"))
        step = apply(before, Recluster([-1] * 9 + [3] + [3] * 10 + [4] * 10))
        assert step.partition.size(1) == 0 and step.partition.clusters[1].name == "cats"


def test_recluster__a_few_seeds_name_their_group_and_it_says_so():
    before = start([0] * 3 + [-1] * 17, Rename(1, "cats"), Confirm(Rows([0, 1, 2])))
    step = apply(before, Recluster([0] * 10 + [1] * 10))
    assert step.partition.size(1) == 10 and step.conflicts == ["“cats” has 10 items now, 7 of them new: check it."]


def test_recluster__a_subset_leaves_the_rest_alone():
    before = start([0, 0, 0, 0, -1, -1, -1, 1])
    step = apply(before, Recluster([0, 0, 1], Rows([4, 5, 6])))
    assert step.partition.cluster_of.tolist() == [1, 1, 1, 1, 3, 3, 4, 2] and step.touched == {3, 4}
    inside = apply(before, Recluster([0, 0, 0, 1], Rows([0, 1, 2, 3])))
    assert inside.partition.cluster_of.tolist()[:4] == [1, 1, 1, 3]


def test_recluster__groups_of_nobody_make_no_cluster():
    before = start([0, 0, 1, 1], Confirm(Rows([0, 1, 2, 3])))
    step = apply(before, Recluster([0, 1, 2, 3]))
    assert step.partition.same_as(before) and step.partition.next_id == before.next_id


@given(st.integers(1, 5), st.integers(1, 5), st.randoms(use_true_random=False))
def test_assign__is_the_best_there_is(height, width, random):
    table = {(i, j): random.randint(1, 9) for i in range(height) for j in range(width) if random.random() < 0.6}
    cells = np.array(list(table), dtype=np.int64).reshape(-1, 2)
    pairs = _assign(cells[:, 0], cells[:, 1], np.array(list(table.values()), dtype=np.int64))
    assert len({left for left, _ in pairs}) == len({right for _, right in pairs}) == len(pairs)
    columns = [*range(width), *[None] * height]
    best = max(
        sum(table.get((row, column), 0) for row, column in enumerate(chosen))
        for chosen in itertools.permutations(columns, height)
    )
    assert sum(table[pair] for pair in pairs) == best


@pytest.mark.parametrize("seed", range(5))
def test_recluster__holds_its_promises_on_random_input(seed):
    random = np.random.default_rng(seed)
    n = 200
    before = fold(
        random.integers(-1, 6, n),
        [
            Rename(1, "a"),
            Rename(2, "b"),
            Confirm(Rows(random.choice(n, 30))),
            SetAside(Rows(random.choice(n, 10))),
            Reject(Rows(random.choice(n, 40)), 3),
        ],
    )
    step = apply(before, Recluster(random.integers(-1, 9, n)))
    after = step.partition
    kept = before.confirmed | before.aside
    assert np.array_equal(after.cluster_of[kept], before.cluster_of[kept])
    for row, cluster_id in after.rejected():
        assert after.cluster_of[row] != cluster_id
    assert {cluster.name for cluster in after.clusters.values()} >= {"a", "b"}
    assert set(np.unique(after.cluster_of)) - {UNDECIDED} <= set(after.clusters)
    assert step.inverse.apply(after)[0].same_as(before)


def test_recluster__same_for_any_number_of_rows_appended_later():
    edit = Recluster([0, 1, 1], Rows([0, 1, 2]))
    few, many = (apply(Partition.start(n), edit).partition.cluster_of for n in (3, 9))
    assert np.array_equal(many[:3], few)
