"""Chance, false discovery, log-odds: what keeps a lucky word from becoming a name."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse import csr_matrix
from scipy.stats import hypergeom

from core.assist.names.marks import Marks, chance, false_discovery, log_odds
from core.assist.names.separation import auc, auc_of_shares


def marks():
    carried = np.array([[1, 0, 0.5], [1, 0, 0], [0, 0, 0.25], [1, 0, 0]], np.float32)
    return Marks(("a", "b", "c"), csr_matrix(carried))


def test_marks__count_carriers_and_sums():
    one = marks()
    counts, sums = one.of(np.array([0, 2, 3]))
    assert counts.tolist() == [2, 0, 2]
    assert sums.tolist() == [2, 0, 0.75]
    assert one.totals.tolist() == [3, 0, 2]
    assert one.carriers(0).tolist() == [0, 1, 3]
    assert one.carriers(0, np.array([1, 2])).tolist() == [1]


@pytest.mark.parametrize("terms", [(), ("ä\u2028b", "c d")])
def test_marks__come_back_from_arrays(terms):
    given = Marks(terms, csr_matrix(np.eye(3, len(terms), dtype=np.float32)))
    back = Marks.from_arrays(given.to_arrays())
    assert back.terms == terms
    assert back.carried.shape == given.carried.shape
    assert (back.carried.toarray() == given.carried.toarray()).all()


@given(st.integers(1, 300), st.integers(0, 300), st.integers(1, 500), st.data())
def test_chance__is_fishers_exact_one(size, count, total, data):
    everything = data.draw(st.integers(max(total, size), 1_000))
    count = max(min(count, size, total), size + total - everything)
    found = float(chance(np.array([count]), size, np.array([total]), everything)[0])
    exact = float(hypergeom.sf(count - 1, everything, total, size))
    if count * everything <= size * total:
        assert found == 1
    else:
        assert exact * (1 - 1e-6) - 1e-300 <= found <= exact * (1 + 1e-3) + 1e-12


def test_chance__of_random_sets_falls_below_a_bound_no_more_often_than_it_says():
    rng = np.random.default_rng(0)
    carried = rng.random(2_000) < 0.05
    counts = np.array([carried[rng.choice(2_000, 40, replace=False)].sum() for _ in range(4_000)])
    found = chance(counts, 40, np.full(len(counts), carried.sum()), 2_000)
    for bound in (0.1, 0.01):
        assert (found <= bound).mean() <= bound * 1.3


def test_false_discovery__adjusts_as_benjamini_and_hochberg_do():
    found = false_discovery(np.array([0.01, 0.04, 0.03, 0.005]))
    assert found.tolist() == pytest.approx([0.02, 0.04, 0.04, 0.02])
    assert false_discovery(np.array([0.01]), tests=50).tolist() == pytest.approx([0.5])
    assert len(false_discovery(np.zeros(0))) == 0


def test_log_odds__is_zero_without_a_difference_and_grows_with_evidence():
    share = np.array([0.1])
    little, much = (log_odds(np.array([k]), 10 * k, np.array([k]), 100 * k, share)[0] for k in (2, 50))
    assert 0 < little < much
    assert log_odds(np.array([5]), 50, np.array([10]), 100, share)[0] == pytest.approx(0, abs=1e-9)


def test_auc__counts_ties_half():
    assert auc(np.array([2.0, 3.0]), np.array([1.0, 0.0])) == 1
    assert auc(np.array([1.0]), np.array([1.0, 1.0])) == 0.5
    assert auc(np.zeros(0), np.array([1.0])) == 0.5
    has = np.array([1.0] * 6 + [0.0] * 4), np.array([1.0] * 2 + [0.0] * 8)
    assert auc_of_shares(0.6, 0.2) == pytest.approx(auc(*has))
