import numpy as np
import pytest

from core.structure import descent as module
from core.structure.descent import descend
from core.structure.edges import Edges, edges_of


@pytest.fixture(scope="module")
def edges(tail):
    return edges_of(tail.graph)


@pytest.fixture(scope="module")
def start(tail):
    return np.random.default_rng(0).uniform(0, 10, size=(len(tail.truth), 2)).astype(np.float32)


def length(xy, edges):
    begins = np.repeat(np.arange(len(edges)), np.diff(edges.begins))
    return np.average(np.linalg.norm(xy[begins] - xy[edges.ends], axis=1), weights=edges.weights)


def test_forces__are_those_of_the_curve_within_a_hundredth():
    pull, push = module._forces()
    squared = np.random.default_rng(0).gamma(0.5, 20, size=2000).astype(np.float32) + np.float32(1e-6)
    place = (squared.view(np.int32) >> module._SHIFT) - module._LOWEST
    assert place.min() >= 0 and place.max() < len(pull)
    a, b, d = module._A, module._B, squared.astype(np.float64)
    assert np.allclose(pull[place], -2 * a * b * d ** (b - 1) / (1 + a * d**b), rtol=0.012)
    assert np.allclose(push[place], 2 * b / ((0.001 + d) * (1 + a * d**b)), rtol=0.02)


def test_curve__is_the_nearest_to_that_of_umap():
    from scipy.optimize import curve_fit

    x = np.linspace(0, 3, 300)
    wanted = np.where(x < 0.1, 1, np.exp(0.1 - x))
    fitted, _ = curve_fit(lambda x, a, b: 1 / (1 + a * x ** (2 * b)), x, wanted)
    assert np.allclose(fitted, (module._A, module._B), atol=1e-3)


def test_descend__brings_neighbours_together_and_keeps_the_others_apart(edges, start):
    drawn = descend(start, edges, 60)
    assert length(drawn, edges) < 0.3 * length(start, edges)
    assert np.ptp(drawn) > 5
    assert drawn.dtype == np.float32 and np.isfinite(drawn).all()


def test_descend__same_seed_same_bits_and_the_start_stays(edges, start):
    kept = start.copy()
    first, second, other = (descend(start, edges, 5, seed=seed) for seed in (1, 1, 2))
    assert first.tobytes() == second.tobytes() != other.tobytes()
    assert np.array_equal(start, kept)


def test_descend__on_all_cores_is_as_good(edges, start, monkeypatch):
    monkeypatch.setattr(module, "_cores", lambda: 4)
    assert length(descend(start, edges, 60, seed=None), edges) < 1.3 * length(descend(start, edges, 60), edges)


def test_descend__items_that_may_not_move_stay(edges, start):
    mobile = np.random.default_rng(1).random(len(start)) < 0.1
    drawn = descend(start, edges, 20, mobile=mobile)
    assert np.array_equal(drawn[~mobile], start[~mobile])
    assert (drawn[mobile] != start[mobile]).any(axis=1).mean() > 0.99


def test_descend__two_items_that_hold_each_other_meet():
    pair = Edges(np.array([0, 1, 2]), np.array([1, 0], dtype=np.int32), np.ones(2, dtype=np.float32))
    drawn = descend(np.array([[0, 0], [9, 9]]), pair, 200)
    assert np.linalg.norm(drawn[0] - drawn[1]) < 3


def test_descend__without_edges_nothing_moves(start):
    nothing = Edges(np.zeros(4, dtype=np.int64), np.zeros(0, dtype=np.int32), np.zeros(0, dtype=np.float32))
    assert np.array_equal(descend(start[:3], nothing, 10), start[:3])


def test_descend__works_where_machine_code_cannot_be_kept(edges, start, monkeypatch):
    import numba

    compile_ = numba.njit

    def refuse(function, cache=False, **options):
        if cache:
            raise RuntimeError("no locator available")
        return compile_(function, **options)

    expected = descend(start, edges, 1)
    monkeypatch.setattr(numba, "njit", refuse)
    module._compiled.cache_clear()
    try:
        assert np.array_equal(descend(start, edges, 1), expected)
    finally:
        module._compiled.cache_clear()
