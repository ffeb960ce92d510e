import numpy as np
import pytest

from core.structure import edges as module
from core.structure.edges import edges_of
from core.structure.graph import Graph, knn


@pytest.fixture(scope="module")
def found(tail):
    return edges_of(tail.graph)


def test_edges_of__hold_both_directions_alike(tail, found):
    dense = found.matrix().toarray()
    assert np.allclose(dense, dense.T, atol=1e-6)
    wanted = tail.graph.symmetric().toarray() > 0
    assert np.array_equal(dense > 0, wanted)
    assert found.weights.min() > 0 and found.weights.max() <= 1 + 1e-6
    assert (found.begins.dtype, found.ends.dtype, found.weights.dtype) == (np.int64, np.int32, np.float32)


def test_edges_of__the_nearest_neighbour_is_held_fully(tail, found):
    dense = found.matrix().toarray()
    nearest = tail.graph.neighbours[:, 0]
    assert np.allclose(dense[np.arange(len(dense)), nearest], 1, atol=1e-5)


@pytest.mark.parametrize("k", [2, 5, 15, 40])
def test_edges_of__each_item_holds_log2_of_its_neighbours(k):
    distance = np.sort(np.random.default_rng(k).gamma(3, size=(300, k)), axis=1).astype(np.float32)
    weights = module._falling_off(distance)
    assert np.allclose(weights.sum(axis=1), np.maximum(np.log2(k + 1), 1), atol=0.02)
    assert (np.diff(weights, axis=1) <= 0).all()


def test_edges_of__identical_items_hold_each_other_fully():
    graph = knn(np.repeat(np.eye(3, dtype=np.float32), 20, axis=0))
    assert np.allclose(edges_of(graph).weights, 1)


def test_edges_of__blocks_change_nothing(tail, found, monkeypatch):
    monkeypatch.setattr(module, "_BLOCK", 700)
    assert np.array_equal(edges_of(tail.graph).weights, found.weights)


@pytest.mark.parametrize("n", [0, 1])
def test_edges_of__of_nothing_are_none(n):
    found = edges_of(Graph(np.zeros((n, 0), dtype=np.int32), np.zeros((n, 0), dtype=np.float32)))
    assert (len(found), len(found.weights)) == (n, 0)
