import numpy as np
import pytest

from core.structure.count import CountRange, estimate


def count_of(collection):
    return estimate(collection.features, collection.graph, collection.tree)


def test_estimate__is_near_the_planted_number(make):
    near = inside = 0
    for groups in (5, 20, 50):
        for tail in (False, True):
            found = count_of(make(*make.planted(groups, 1500, tail=tail, seed=groups)))
            near += max(found.best / groups, groups / found.best) <= 1.5
            inside += found.low <= groups <= found.high
            assert found.reasons
    assert near >= 5
    # The smallest groups of a tail of 50 have fewer items than a neighbourhood.
    assert inside >= 5


def test_estimate__of_digits(digits):
    found = count_of(digits)
    assert found.low <= 10 <= found.high
    assert 8 <= found.best <= 15


@pytest.mark.parametrize("width", [2, 16, 64])
def test_estimate__one_cloud_has_no_clear_groups(make, width):
    found = count_of(make(np.random.default_rng(width).normal(size=(600, width))))
    assert (found.low, found.best) == (1, 1)
    assert not found.clear
    assert 1 < found.start == found.high
    assert "no clear groups" in found.reasons[0]


def test_estimate__two_groups_are_two(make):
    rng = np.random.default_rng(0)
    found = count_of(make(np.vstack([rng.normal(size=(250, 32)), rng.normal(size=(250, 32)) + 2])))
    assert found.best == 2


def test_estimate__many_groups_that_do_not_touch(make):
    rng = np.random.default_rng(0)
    found = count_of(make(np.eye(40)[np.arange(1200) % 40] * 30 + rng.normal(size=(1200, 40))))
    assert found.best == 40


def test_estimate__over_micro_clusters(make):
    from core.structure.tree import ward

    collection = make(*make.planted(20, 2000, seed=4))
    found = estimate(collection.features, collection.graph, ward(collection.features, direct_up_to=100))
    assert 13 <= found.best <= 30


@pytest.mark.parametrize("n", [0, 1, 2, 4, 12, 49, 50, 51])
def test_estimate__few_items(make, n):
    found = count_of(make(np.random.default_rng(0).normal(size=(n, 8))))
    assert 0 <= found.low <= found.best <= found.high <= n
    assert found.reasons


def test_estimate__identical_items_are_one_group(make):
    found = count_of(make(np.ones((40, 8))))
    assert (found.low, found.best, found.high) == (1, 1, 1)


def test_count_range__comes_back_from_json():
    found = CountRange(2, 3, 9, ["because"])
    assert CountRange.from_json(found.to_json()) == found
