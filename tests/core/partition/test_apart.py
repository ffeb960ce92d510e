"""Clusters that a person said are different: remembered, undone, carried on, and never brought together."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import BadInput
from core.partition import snapshots
from core.partition.delta import Delta, cluster_from_json
from core.partition.edits import Apart, Confirm, Merge, Move, Recluster, Reject, Rename, SetAside, Split, Undo
from core.partition.fold import apply, fold
from core.partition.partition import UNDECIDED
from core.partition.rows import Rows

ITEMS = 40


def start(labels, *edits):
    return fold(np.array(labels), edits)


def test_apart__is_remembered_and_undone():
    before = start([0, 0, 1, 1, 2])
    step = apply(before, Apart((1, 3)))
    assert step.partition.apart() == [(1, 3)] and step.touched == {1, 3}
    assert step.partition.clusters[2] is before.clusters[2]
    assert step.inverse.apply(step.partition)[0].same_as(before)
    assert Delta.from_bytes(step.inverse.to_bytes()).apply(step.partition)[0].same_as(before)
    assert snapshots.from_bytes(snapshots.to_bytes(step.partition)).same_as(step.partition)


@pytest.mark.parametrize("ids", [(), (1,), (1, 1), (1, 9), (0, 1)])
def test_apart__takes_two_clusters(ids):
    with pytest.raises(BadInput):
        apply(start([0, 0, 1]), Apart(ids))


def test_apart__a_cluster_stored_before_it_was_known_can_be_read():
    assert cluster_from_json([4, "cats", 2, "", 7]).apart == ()


def test_apart__what_differs_from_a_part_differs_from_the_whole():
    after = start([0, 0, 1, 1, 2, 2], Apart((1, 3)), Merge((1, 2), into=2))
    assert after.apart() == [(2, 3)]
    assert fold(after, [Merge((2, 3))]).apart() == []
    assert start([0, 0, 1], Apart((1, 2)), Merge((1, 2)), Undo()).apart() == [(1, 2)]


def test_apart__the_parts_of_a_split_differ_and_each_from_what_the_whole_differed_from():
    after = start([0, 0, 0, 1], Apart((1, 2)), Split(1, (Rows([0]), Rows([1]))))
    assert after.apart() == [(1, 2), (1, 3), (1, 4), (2, 3), (2, 4), (3, 4)]


def test_kept_apart__until_more_than_a_fifth_of_the_members_changed():
    after = start([0] * 10 + [1] * 10 + [-1] * 10, Apart((1, 2)))
    assert after.kept_apart() == {(1, 2)}
    some = fold(after, [Move(Rows([20]), 1), Move(Rows([0]), UNDECIDED)])
    assert some.kept_apart() == {(1, 2)} and some.clusters[1].apart == ((2, 10, 2),)
    more = fold(some, [Move(Rows([21]), 1)])
    assert more.kept_apart() == set() and more.apart() == [(1, 2)]
    assert fold(some, [Apart((1, 2)), Move(Rows([21]), 1)]).kept_apart() == {(1, 2)}
    assert after.kept_apart() == fold(after, [Rename(1, "cats"), Confirm(Rows([0, 1]))]).kept_apart()


def test_recluster__does_not_bring_together_what_differs():
    before = start([0] * 6 + [1] * 4 + [2] * 3, Apart((1, 2)))
    step = apply(before, Recluster([0] * 13))
    assert step.partition.cluster_of.tolist() == [1] * 6 + [2] * 4 + [1] * 3
    assert "4 items stay in cluster 2: a person said that it is not cluster 1." in step.conflicts
    mixed = apply(before, Recluster([0, 0, 0, 1, 1, 1, 0, 1, 1, 1, 2, 2, 2])).partition
    assert mixed.cluster_of.tolist() == [1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3]


def test_recluster__with_what_a_person_said_differs_from_without():
    random = np.random.default_rng(0)
    labels, groups = random.integers(0, 30, 600), random.integers(0, 12, 600)
    pairs = [Apart(tuple(random.choice(np.arange(1, 31), 2, replace=False))) for _ in range(50)]
    free, bound = (fold(labels, [*edits, Recluster(groups)]).cluster_of for edits in ((), pairs))
    assert (free != bound).mean() > 0.05


def acts(random, partition):
    """A random act of a person on a partition."""
    ids = np.array([key for key in partition.clusters if partition.size(key)])
    some = Rows(random.choice(ITEMS, random.integers(1, 6), replace=False))
    one, other = (int(key) for key in random.choice(ids, 2)) if len(ids) else (1, 1)
    inside = partition.members(one)
    return [
        Merge((one, other)),
        Apart((one, other)),
        Move(some, one),
        Move(some, None),
        Confirm(some),
        Reject(some, one),
        SetAside(some),
        Rename(one, f"name {random.integers(9)}"),
        Split(one, (Rows(inside[: max(1, len(inside) // 3)]),)),
        Undo(),
    ][random.integers(10)]


def broken(before, after):
    """What a person decided that does not hold after a re-clustering."""
    placed = before.confirmed | before.aside
    kept = before.cluster_of[placed] == after.cluster_of[placed]
    found = int((~kept).sum()) + int((before.aside != after.aside).sum())
    # Must-link: whatever she put into one cluster is in one cluster; by the line above it is even the same one.
    for key in np.unique(before.cluster_of[before.confirmed]):
        found += len(np.unique(after.cluster_of[before.confirmed & (before.cluster_of == key)])) - 1
    rejected = before.rejected()
    found += int((after.cluster_of[rejected[:, 0]] == rejected[:, 1]).sum()) if len(rejected) else 0
    for one, other in before.apart():
        sides = [set(after.cluster_of[before.cluster_of == key].tolist()) - {UNDECIDED} for key in (one, other)]
        found += len(sides[0] & sides[1])
    names = {one.name for one in before.clusters.values() if one.name}
    return found + len(names - {one.name for one in after.clusters.values()})


def session(random):
    """A partition after 20 random acts, re-clusterings and undos among them."""
    partition, undo = fold(np.full(ITEMS, -1), [Recluster(random.integers(-1, 7, ITEMS))]), []
    for _ in range(20):
        act = acts(random, partition) if random.random() < 0.8 else Recluster(random.integers(-1, 6, ITEMS))
        try:
            if not isinstance(act, Undo):
                step = apply(partition, act)
                partition = step.partition
                undo.append(step.inverse)
            elif undo:
                partition, _ = undo.pop().apply(partition)
        except BadInput:
            continue
    return partition


def test_recluster__never_breaks_what_a_person_decided():
    moved, held = 0, 0
    for seed in range(200):
        random = np.random.default_rng(seed)
        before = session(random)
        rows = np.sort(random.choice(ITEMS, random.integers(5, ITEMS), replace=False))
        some = Recluster(random.integers(-1, 3, len(rows)), Rows(rows))
        for edit in (Recluster(random.integers(-1, 5, ITEMS)), some):
            after = apply(before, edit).partition
            assert broken(before, after) == 0, seed
            moved += int((before.cluster_of != after.cluster_of).sum())
            held += len(before.apart())
    # It would be easy to break nothing by doing nothing.
    assert moved > 2000 and held > 200
