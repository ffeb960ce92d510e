import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.assist.pairs import SIGNALS, Groups, positions_of
from core.partition.partition import Partition


def counted(neighbours, members):
    """Edges between groups, one by one."""
    group = {item: index for index, each in enumerate(members) for item in each.tolist()}
    table = np.zeros((len(members), len(members)))
    for item, index in group.items():
        for other in neighbours[item].tolist():
            if other in group:
                table[index, group[other]] += 1
    return table


@given(st.integers(0, 10_000), st.sampled_from([12, 60, 400]))
@settings(max_examples=40, deadline=None)
def test_groups__count_every_edge_however_few_items_they_hold(seed, n):
    random = np.random.default_rng(seed)
    neighbours = random.integers(0, n, (n, 4))
    members = [np.sort(each) for each in np.split(random.permutation(n)[:12], [3, 7])]
    groups = Groups(random.normal(size=(n, 5)).astype(np.float32), neighbours, members)
    assert np.array_equal(groups._links, counted(neighbours, members))


def heaps(distance, n=400, seed=0):
    """Two heaps on a circle's arc in 8 dimensions, and the true nearest neighbours."""
    random = np.random.default_rng(seed)
    vectors = random.normal(size=(n, 8)) + np.where(np.arange(n) < n // 2, -distance, distance)[:, None] * np.eye(8)[0]
    vectors[:, 1] += 4
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    likeness = vectors @ vectors.T
    np.fill_diagonal(likeness, -2)
    return vectors.astype(np.float32), np.argsort(-likeness, axis=1)[:, :10].astype(np.int32)


def signals_of(distance):
    vectors, neighbours = heaps(distance)
    groups = Groups(vectors, neighbours, [np.arange(200), np.arange(200, 400)])
    return dict(zip(SIGNALS, groups.compare(np.array([[0, 1]]))[0].tolist(), strict=True))


def test_compare__every_signal_tells_one_heap_from_two():
    one, two = signals_of(0.0), signals_of(3.0)
    assert one["links"] == pytest.approx(0, abs=0.1) and two["links"] < -2
    assert one["cosine"] > 0.98 > two["cosine"] and one["height"] < two["height"] - 2
    assert one["overlap"] == pytest.approx(0.5, abs=0.1) and two["overlap"] < 0.02
    assert one["bridge"] > -0.5 and two["bridge"] < -1.5


def test_compare__the_order_of_a_pair_does_not_matter():
    vectors, neighbours = heaps(1.0)
    groups = Groups(vectors, neighbours, [np.arange(0, 150), np.arange(150, 230), np.arange(230, 400)])
    pairs = np.array([[0, 1], [1, 2], [0, 2]])
    assert np.allclose(groups.compare(pairs), groups.compare(pairs[:, ::-1]))
    assert np.allclose(groups.compare(pairs, quickly=True)[:, :3], groups.compare(pairs)[:, :3])


def test_compare__identical_items_and_handfuls_give_numbers():
    vectors = np.tile(np.eye(4, dtype=np.float32)[:1], (40, 1))
    neighbours = (np.arange(40)[:, None] + np.arange(1, 5)) % 40
    groups = Groups(vectors, neighbours, [np.arange(2), np.arange(2, 20), np.arange(20, 40)])
    assert np.isfinite(groups.compare(groups.nearest(2))).all()
    assert len(Groups(vectors, neighbours, []).nearest(5)) == 0


def test_nearest__each_pair_once_and_the_linked_ones_among_them():
    vectors, neighbours = heaps(2.0)
    members = np.array_split(np.arange(400), 8)
    pairs = Groups(vectors, neighbours, members).nearest(2)
    assert len(np.unique(pairs, axis=0)) == len(pairs) and (pairs[:, 0] < pairs[:, 1]).all()
    # The first four pieces are one heap, the others the other.
    assert np.mean((pairs[:, 0] < 4) == (pairs[:, 1] < 4)) > 0.8


def test_positions_of__members_by_cluster():
    partition = Partition.from_labels(np.array([1, -1, 0, 1, 0]))
    found = positions_of(partition, np.array([0, 1, 3, 4]))
    assert {key: places.tolist() for key, places in found.items()} == {1: [3], 2: [0, 2]}
