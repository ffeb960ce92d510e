"""What the tree expects: by hand on a small tree, and leaving one out against counting anew."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.assist.branches import Branches
from core.structure.tree import Tree, ward


@pytest.fixture
def small():
    """((0 1) 2) (3 4): five items, each a leaf."""
    merges = np.array([[0, 1], [3, 4], [5, 2], [7, 6]], dtype=np.int32)
    ones = np.ones(5, dtype=np.int64)
    return Branches(Tree(merges, np.arange(1, 5, dtype=np.float32), ones, np.arange(5, dtype=np.int32)))


def grown(n, micro, seed):
    random = np.random.default_rng(seed)
    tree = ward(random.normal(0, 1, (micro, 3)).astype(np.float32))
    return Tree(tree.merges, tree.heights, tree.sizes, random.integers(0, micro, n).astype(np.int32))


def test_of_all__each_branch_expects_what_was_found_in_it_and_asks_above_for_the_rest(small):
    found = small.found(np.array([0, 3]), np.array([0, 1]), np.ones(2), 2)
    shares = small.of_all(found)
    # The root has seen one of each; its left side one more of the first kind, and so on down to the item.
    left = (1 + 0.5) / 2
    assert shares[2] == pytest.approx([left, 1 - left])
    assert shares[1, 0] == pytest.approx((1 + left) / 2)
    assert shares[0, 0] == pytest.approx((1 + (1 + left) / 2) / 2)
    assert shares[4] == pytest.approx([1 - left, left])


def test_of_all__a_look_that_weighs_less_moves_less(small):
    def share(weight):
        found = small.found(np.array([0, 3]), np.array([0, 1]), np.array([weight, 1.0]), 2)
        return small.of_all(found)[2, 0]

    assert share(0.1) < share(0.5) < share(1.0)


def test_of_all__nothing_is_expected_where_nothing_was_found(small):
    nobody = np.empty(0, dtype=np.int64)
    assert not small.of_all(small.found(nobody, nobody, np.empty(0), 3)).any()


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 40), st.integers(2, 25), st.integers(1, 12), st.integers(1, 4), st.integers(0, 10_000))
def test_left_out__is_what_counting_the_others_alone_gives(n, micro, told, count, seed):
    random = np.random.default_rng(seed)
    branches = Branches(grown(n, micro, seed))
    positions = random.choice(n, min(told, n), replace=False)
    classes, weights = random.integers(0, count, len(positions)), random.choice([0.2, 1.0], len(positions))
    out = branches.left_out(branches.found(positions, classes, weights, count), positions, classes, weights)
    for one in range(len(positions)):
        others = np.arange(len(positions)) != one
        again = branches.found(positions[others], classes[others], weights[others], count)
        assert out[one] == pytest.approx(branches.of_all(again)[positions[one]], abs=1e-5)


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 60), st.integers(1, 25), st.integers(1, 12), st.integers(0, 10_000))
def test_of_all__shares_are_shares(n, micro, told, seed):
    random = np.random.default_rng(seed)
    branches = Branches(grown(n, micro, seed))
    positions = random.integers(0, n, told)
    shares = branches.of_all(branches.found(positions, random.integers(0, 3, told), np.full(told, 0.2), 3))
    assert shares.shape == (n, 3) and (shares >= 0).all() and np.allclose(shares.sum(axis=1), 1, atol=1e-4)
