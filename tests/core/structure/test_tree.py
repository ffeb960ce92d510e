import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from core.structure.chain import linkage
from core.structure.tree import Tree, ward


def unit(n, d=8, seed=0):
    found = np.random.default_rng(seed).normal(size=(n, d)).astype(np.float32)
    return found / np.linalg.norm(found, axis=1, keepdims=True)


def test_linkage__is_scipys_ward():
    from scipy.cluster.hierarchy import cut_tree
    from scipy.cluster.hierarchy import ward as reference

    given = unit(300)
    merges, heights = linkage(given, np.ones(300, dtype=int))
    wanted = reference(given.astype(np.float64))
    assert np.allclose(heights, wanted[:, 2], rtol=1e-4, atol=1e-5)
    tree = Tree(merges, heights, np.ones(300, dtype=int), np.arange(300, dtype=np.int32))
    for k in (2, 7, 60):
        assert adjusted_rand_score(tree.cut(k), cut_tree(wanted, k)[:, 0]) == 1.0


def test_linkage__a_weighted_point_stands_for_its_items():
    points = unit(60)
    sizes = np.random.default_rng(1).integers(1, 9, size=60)
    weighted = Tree(*linkage(points, sizes), sizes, np.repeat(np.arange(60), sizes).astype(np.int32))
    unweighted = ward(np.repeat(points, sizes, axis=0))
    for k in (2, 5, 20, 59):
        assert adjusted_rand_score(weighted.cut(k), unweighted.cut(k)) == 1.0
    assert np.allclose(weighted.heights, unweighted.heights[-59:], rtol=1e-3)


def test_linkage__many_equal_distances():
    for given in (np.eye(200), np.eye(20)[np.arange(400) % 20], np.random.default_rng(0).integers(2, size=(300, 6))):
        merges, heights = linkage(given.astype(np.float32), np.ones(len(given), dtype=int))
        assert sorted(merges.ravel().tolist()) == list(range(2 * len(given) - 2))
        assert (np.diff(heights) >= 0).all()


def test_ward__heights_never_fall_and_merges_name_earlier_nodes(digits):
    tree = digits.tree
    assert (np.diff(tree.heights) >= 0).all()
    assert (tree.merges < np.arange(tree.leaves, 2 * tree.leaves - 1)[:, None]).all()
    assert sorted(tree.merges.ravel().tolist()) == list(range(2 * tree.leaves - 2))


@pytest.mark.parametrize("n", range(6))
def test_cut__any_k_of_few_items(n):
    tree = ward(unit(n))
    for k in (-1, 0, 1, 2, 3, 99):
        labels = tree.cut(k)
        assert labels.dtype == np.int32
        assert len(np.unique(labels)) == (min(max(k, 1), n) if n else 0)


def test_cut__is_ordered_by_size_then_first_item(tail):
    for k in (1, 3, 30, 200, 2000):
        labels = tail.tree.cut(k)
        sizes = np.bincount(labels)
        first = [int(np.argmax(labels == label)) for label in range(len(sizes))]
        assert len(sizes) == k
        assert sorted(range(k), key=lambda label: (-sizes[label], first[label])) == list(range(k))


def test_cut__a_finer_cut_only_divides(tail):
    coarse, fine = tail.tree.cut(10), tail.tree.cut(40)
    assert all(len(np.unique(coarse[fine == label])) == 1 for label in range(40))


def test_ward__identical_items_are_no_obstacle():
    tree = ward(np.tile(unit(1), (50, 1)))
    assert np.bincount(tree.cut(3)).sum() == 50
    assert len(np.unique(tree.cut(3))) == 3


def test_ward__finds_digits(digits, make):
    assert make.purity(digits.tree.cut(10), digits.truth) >= 0.82
    assert make.purity(digits.tree.cut(20), digits.truth) >= 0.94


def test_ward__shuffled_truth_is_not_found(digits):
    shuffled = np.random.default_rng(0).permutation(digits.truth)
    assert abs(adjusted_rand_score(digits.tree.cut(10), shuffled)) < 0.05


def test_ward__shuffled_columns_leave_nothing_to_find(make, digits):
    rng = np.random.default_rng(0)
    spoiled = make(np.column_stack([rng.permutation(column) for column in digits.vectors.T]), digits.truth)
    assert abs(adjusted_rand_score(spoiled.tree.cut(10), digits.truth)) < 0.05


@pytest.mark.parametrize("direct_up_to", [8000, 100], ids=["direct", "micro"])
def test_cut__rare_groups_have_a_cluster_of_their_own(tail, direct_up_to):
    labels = ward(tail.features, direct_up_to=direct_up_to).cut(3 * 30)
    rare = [group for group in range(30) if 5 <= (tail.truth == group).sum() < 0.02 * len(tail.truth)]
    assert len(rare) >= 5
    for group in rare:
        members = tail.truth == group
        own = [label for label in np.unique(labels[members]) if (tail.truth[labels == label] == group).mean() > 0.5]
        assert np.isin(labels[members], own).mean() >= 0.8


def test_ward__two_seeds_agree(tail, make):
    # Directly there is nothing to draw; over micro-clusters, where the groups are clear.
    assert np.array_equal(ward(tail.features, seed=0).cut(30), ward(tail.features, seed=1).cut(30))
    balanced = make(*make.planted(30, 2000, seed=1))
    one, two = (ward(balanced.features, seed=seed, direct_up_to=100).cut(30) for seed in (0, 1))
    assert adjusted_rand_score(one, two) >= 0.95
    # The tail leaves it open which big group to divide before which rare ones part.
    one, two = (ward(tail.features, seed=seed, direct_up_to=100).cut(30) for seed in (0, 1))
    assert adjusted_rand_score(one, two) >= 0.75


def test_ward__micro_clusters_of_one_seed_are_the_same(tail):
    one, two = (ward(tail.features, seed=3, direct_up_to=100) for _ in range(2))
    assert np.array_equal(one.micro, two.micro)
    assert np.array_equal(one.merges, two.merges)
    assert one.sizes.sum() == len(tail.truth)
    assert np.array_equal(np.bincount(one.micro), one.sizes)


def test_ward__micro_clusters_cost_little_purity(digits, make):
    micro = ward(digits.features, direct_up_to=100)
    assert micro.leaves < 1000
    assert make.purity(micro.cut(20), digits.truth) >= 0.92


def test_split__without_features_follows_the_branches(tail):
    rows = np.flatnonzero(tail.tree.cut(10) == 0)
    finer = tail.tree.cut(200)[rows]
    for k in (2, 3, 5):
        parts = tail.tree.split(rows, k)
        assert len(np.unique(parts)) == k
        assert (np.diff(np.bincount(parts)) <= 0).all()
        assert all(len(np.unique(parts[finer == label])) == 1 for label in np.unique(finer))


def test_split__of_everything_is_the_cut(tail):
    everything = np.arange(len(tail.truth))
    for k in (1, 2, 9):
        assert np.array_equal(tail.tree.split(everything, k), tail.tree.cut(k))
    assert np.array_equal(tail.tree.children(everything), tail.tree.cut(2))


def test_split__finds_two_groups_that_do_not_follow_a_branch(tail):
    rows = np.flatnonzero(np.isin(tail.truth, [0, 3]))
    for given in (None, tail.features):
        parts = tail.tree.split(rows, 2, given)
        assert adjusted_rand_score(parts, tail.truth[rows]) > 0.95


def test_split__features_take_a_micro_cluster_apart(tail):
    tree = ward(tail.features, direct_up_to=100)
    rows = np.flatnonzero(tree.micro == np.argmax(tree.sizes))[:6]
    assert len(np.unique(tree.split(rows, 3))) == 1
    assert len(np.unique(tree.split(rows, 3, tail.features))) == min(3, len(rows))


def test_split__of_one_or_no_item():
    tree = ward(unit(10))
    assert tree.split(np.array([4]), 2).tolist() == [0]
    assert tree.split(np.array([], dtype=int), 2).tolist() == []


def test_tree__comes_back_from_its_arrays(tail):
    again = Tree.from_arrays(*tail.tree.to_arrays())
    assert np.array_equal(again.cut(17), tail.tree.cut(17))
