"""Where clusters' names stand, from one edit to the next."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from core.middles import Middles
from core.partition.edits import Merge, Move, Rename
from core.partition.fold import apply
from core.partition.partition import Partition
from core.partition.rows import Rows

XY = np.random.default_rng(0).uniform(0, 1, (60, 2)).astype(np.float32)


def anew(partition, xy=XY, rows=None):
    return {one.cluster.id: (one.x, one.y, one.size) for one in Middles(xy, rows).of(partition)}


def told(middles, partition):
    return {one.cluster.id: (one.x, one.y, one.size) for one in middles.of(partition)}


def test_middles__are_medians_of_those_with_a_place():
    xy = np.array([[0, 0], [1, 0], [10, 4], [np.nan, 0], [7, 7]], dtype=np.float32)
    partition = Partition.from_labels(np.array([0, 0, 0, 0, 1]))
    assert anew(partition, xy) == {1: (1.0, 0.0, 3), 2: (7.0, 7.0, 1)}


def test_middles__of_items_of_which_some_are_not_on_the_map():
    partition = Partition.from_labels(np.array([0, 1, 0, 1, 2]))
    xy = np.array([[1, 1], [2, 2], [4, 4]], dtype=np.float32)
    assert anew(partition, xy, np.array([0, 1, 3])) == {1: (1.0, 1.0, 1), 2: (3.0, 3.0, 2)}


def test_middles__named_ones_come_first_then_the_biggest():
    partition = Partition.from_labels(np.repeat([0, 1, 2], [30, 20, 10]))
    partition = apply(partition, Rename(3, "cats")).partition
    assert [one.cluster.id for one in Middles(XY, None).of(partition)] == [3, 1, 2]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(["move", "new", "merge", "undecided"]), st.integers(0, 10_000)), max_size=8))
def test_middles__kept_from_edit_to_edit_are_those_worked_out_anew(acts):
    partition = Partition.from_labels(np.arange(60) % 20)
    middles = Middles(XY, None)
    told(middles, partition)
    for act, seed in acts:
        random = np.random.default_rng(seed)
        rows = Rows(random.choice(60, 7, replace=False))
        ids = list(partition.clusters)
        if act == "merge" and len(ids) > 1:
            edit = Merge(tuple(int(one) for one in random.choice(ids, 2, replace=False)))
        else:
            edit = Move(rows, {"new": None, "undecided": 0}.get(act, int(random.choice(ids)) if ids else None))
        step = apply(partition, edit)
        partition = step.partition
        assert told(middles, partition) == anew(partition)
        if seed % 3 == 0:
            partition, _ = step.inverse.apply(partition)
            assert told(middles, partition) == anew(partition)
