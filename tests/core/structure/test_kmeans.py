import numpy as np
import pytest
from sklearn.metrics import adjusted_rand_score

from core.structure import kmeans as module
from core.structure.kmeans import kmeans


def test_kmeans__is_as_good_as_scikit_learns(digits):
    from sklearn.cluster import KMeans

    reference = KMeans(10, n_init=3, random_state=0).fit(digits.features)
    assert kmeans(digits.features, 10, starts=3).inertia <= reference.inertia_ * 1.02


def test_kmeans__same_seed_same_labels(tail):
    for k in (10, 400):
        assert np.array_equal(kmeans(tail.features, k, seed=1).labels, kmeans(tail.features, k, seed=1).labels)


def test_kmeans__sizes_and_means_are_those_of_the_labels(tail):
    found = kmeans(tail.features, 300)
    assert np.array_equal(found.sizes, np.bincount(found.labels))
    assert found.sizes.min() >= 1
    for centre in (0, 100, len(found.sizes) - 1):
        assert np.allclose(found.means[centre], tail.features[found.labels == centre].mean(axis=0), atol=1e-5)


def test_kmeans__fits_on_a_sample_of_many(monkeypatch, tail):
    monkeypatch.setattr(module, "_TRAIN_ROWS", 800)
    found = kmeans(tail.features, 12, starts=3)
    assert len(found.labels) == len(tail.truth)
    assert adjusted_rand_score(found.labels, kmeans(tail.features, 12, starts=3).labels) > 0.5


@pytest.mark.parametrize("n", [1, 2, 5])
def test_kmeans__more_centres_than_items(n):
    found = kmeans(np.eye(8, dtype=np.float32)[:n], 50)
    assert sorted(found.labels.tolist()) == list(range(n))


def test_kmeans__identical_items_make_one_centre():
    assert kmeans(np.tile(np.eye(4, dtype=np.float32)[0], (30, 1)), 5).sizes.tolist() == [30]
