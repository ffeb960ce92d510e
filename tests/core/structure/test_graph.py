import numpy as np
import pytest

from core.errors import BadInput, Cancelled
from core.structure import graph as module
from core.structure.graph import Graph, knn


def unit(n, d=16, seed=0):
    found = np.random.default_rng(seed).normal(size=(n, d)).astype(np.float32)
    return found / np.linalg.norm(found, axis=1, keepdims=True)


def brute(features, k):
    scores = features @ features.T
    np.fill_diagonal(scores, -np.inf)
    return np.argsort(-scores, axis=1, kind="stable")[:, :k]


def test_knn__agrees_with_brute_force_over_several_blocks(monkeypatch):
    monkeypatch.setattr(module, "_BLOCK_BYTES", 4 * 500 * 64)
    given = unit(500)
    found = knn(given, 15)
    assert np.array_equal(found.neighbours, brute(given, 15))
    assert np.allclose(found.similarity, np.take_along_axis(given @ given.T, brute(given, 15), axis=1), atol=1e-5)
    assert found.recall == 1.0
    assert (found.neighbours.dtype, found.similarity.dtype) == (np.int32, np.float32)


@pytest.mark.parametrize("n", range(6))
def test_knn__few_items_have_at_most_all_others(n):
    found = knn(unit(n), 15)
    assert found.neighbours.shape == (n, max(0, n - 1))
    assert found.symmetric().shape == (n, n)


@pytest.mark.parametrize("method", ["exact", "buckets"])
def test_knn__never_the_item_itself_even_among_duplicates(method):
    given = np.repeat(unit(5), 40, axis=0)
    found = knn(given, 15, method=method)
    assert (found.neighbours != np.arange(200)[:, None]).all()
    assert (found.neighbours // 40 == (np.arange(200) // 40)[:, None]).all()
    assert all(len(set(row)) == 15 for row in found.neighbours.tolist())


def test_knn__buckets_measure_their_recall(make):
    given = make(make.planted(40, 3000, tail=True)[0]).features
    found = knn(given, 15, method="buckets")
    truth = brute(given, 15)
    shared = np.mean([len(np.intersect1d(a, b)) / 15 for a, b in zip(found.neighbours, truth, strict=True)])
    assert found.method == "buckets"
    assert 0.95 < shared < 1
    assert found.recall == pytest.approx(shared, abs=0.02)
    assert (np.diff(found.similarity, axis=1) <= 0).all()


def test_knn__buckets_leave_what_has_no_structure_to_the_exact_search():
    found = knn(unit(3000, 32), 15, method="buckets")
    assert (found.method, found.recall) == ("exact", 1.0)


def test_recall__notices_a_bad_graph():
    given = unit(1000)
    random = np.random.default_rng(1).integers(1000, size=(1000, 15))
    assert module._recall(given, random) < 0.1


def test_knn__auto_turns_to_buckets_for_many(monkeypatch):
    monkeypatch.setattr(module, "EXACT_BELOW", 100)
    given = np.repeat(np.eye(4, dtype=np.float32), 25, axis=0)
    assert knn(given[:99], 5).method == "exact"
    assert knn(given, 5).method == "buckets"


def test_knn__same_twice():
    given = np.repeat(unit(100), 3, axis=0)
    assert np.array_equal(knn(given).neighbours, knn(given).neighbours)


def test_symmetric__holds_both_directions_and_nothing_else():
    found = knn(unit(300), 5)
    dense = found.symmetric().toarray()
    directed = np.zeros((300, 300), dtype=bool)
    directed[np.arange(300)[:, None], found.neighbours] = True
    assert np.array_equal(dense > 0, directed | directed.T)
    assert np.array_equal(dense, dense.T)


def test_graph__comes_back_from_its_arrays():
    found = knn(unit(50), 5)
    again = Graph.from_arrays(*found.to_arrays())
    assert np.array_equal(again.neighbours, found.neighbours)
    assert (again.recall, again.method, again.k, len(again)) == (1.0, "exact", 5, 50)


def test_knn__refuses_what_it_cannot_search():
    with pytest.raises(BadInput, match="neighbour search"):
        knn(unit(10), method="magic")
    broken = unit(10)
    broken[2, 0] = np.nan
    with pytest.raises(BadInput, match="rows 2"):
        knn(broken)


def test_knn__can_be_stopped():
    def stop(*_):
        raise Cancelled("stopped")

    with pytest.raises(Cancelled):
        knn(unit(50), progress=stop)
