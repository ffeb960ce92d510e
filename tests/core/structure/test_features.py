import numpy as np
import pytest

from core.errors import BadInput
from core.structure.features import features


def rows(n, d, seed=0):
    return np.random.default_rng(seed).normal(size=(n, d)).astype(np.float32)


@pytest.mark.parametrize("n", range(6))
def test_features__few_items_have_finite_unit_rows(n):
    found = features(rows(n, 512), np.zeros(n, dtype=np.uint8))
    assert found.dtype == np.float32
    assert found.shape[0] == n
    assert np.allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)


def test_features__wide_vectors_are_reduced_and_narrow_ones_are_not():
    assert features(rows(300, 512), np.zeros(300)).shape == (300, 128)
    assert features(rows(300, 140), np.zeros(300)).shape == (300, 140)


def test_features__reduction_keeps_what_is_near():
    low = rows(400, 20)
    wide = low @ np.linalg.qr(rows(400, 400, seed=1))[0][:20]
    kept, direct = features(wide, np.zeros(400)), features(low, np.zeros(400))
    assert np.abs(kept @ kept.T - direct @ direct.T).max() < 1e-3


def test_features__modalities_end_up_around_one_middle():
    shared = rows(200, 32)
    both = np.vstack([shared + 4, shared - 4])
    found = features(both, np.repeat([0, 1], 200))
    assert (found[:200] @ found[200:].T).argmax(axis=1).tolist() == list(range(200))
    assert ((found[:200] * found[200:]).sum(axis=1) > 0.8).all()


def test_features__identical_items_stay_identical():
    found = features(np.tile(rows(1, 300), (50, 1)), np.zeros(50))
    assert (found == found[0]).all()
    assert np.isclose(np.linalg.norm(found[0]), 1)


def test_features__length_of_a_vector_does_not_matter():
    given = rows(100, 32)
    scaled = given * np.geomspace(1e-12, 1e12, 100, dtype=np.float64)[:, None]
    assert np.allclose(features(scaled, np.zeros(100)), features(given, np.zeros(100)), atol=1e-4)


def test_features__zero_rows_do_not_spoil_the_others():
    given = rows(100, 32)
    given[7] = 0
    assert np.isfinite(features(given, np.zeros(100))).all()


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_features__rows_that_are_not_numbers_are_named(bad):
    given = rows(10, 4)
    given[3, 2] = bad
    with pytest.raises(BadInput, match=r"1 of 10 items.*rows 3"):
        features(given, np.zeros(10))


def test_features__shapes_must_fit():
    with pytest.raises(BadInput):
        features(rows(10, 4), np.zeros(9))
    with pytest.raises(BadInput):
        features(np.zeros(10, dtype=np.float32), np.zeros(10))


def test_features__order_of_rows_does_not_matter():
    given = rows(300, 400)
    order = np.random.default_rng(2).permutation(300)
    assert np.allclose(features(given, np.zeros(300))[order], features(given[order], np.zeros(300)), atol=1e-3)
