"""Items move towards their neighbours and stay unit rows, and groups come out purer."""

from __future__ import annotations

import numpy as np
import pytest

from core.structure import smoothing
from core.structure.clusterers import cluster
from core.structure.graph import Graph, knn
from core.structure.smoothing import smoothed
from core.structure.tree import grown, ward


@pytest.fixture(scope="module")
def noisy(make):
    vectors, truth = make.planted(20, 1500)
    return make(vectors + 1.5 * np.random.default_rng(0).normal(size=vectors.shape), truth)


def test_smoothed__groups_that_noise_blurs_come_out_purer(noisy, make):
    found = smoothed(noisy.features, noisy.graph)
    assert found.dtype == np.float32 and np.allclose(np.linalg.norm(found, axis=1), 1, atol=1e-5)
    before, after = (make.purity(ward(one).cut(20), noisy.truth) for one in (noisy.features, found))
    assert after > before + 0.025 and after > 0.96


def test_smoothed__is_the_same_in_blocks(monkeypatch, noisy):
    whole = smoothed(noisy.features, noisy.graph)
    monkeypatch.setattr(smoothing, "_BLOCK", 7)
    assert np.allclose(whole, smoothed(noisy.features, noisy.graph), atol=1e-6)


@pytest.mark.parametrize("n", [1, 2, 40])
def test_smoothed__identical_items_and_one_alone_stay_what_they_are(n):
    features = np.tile(np.eye(1, 4, dtype=np.float32), (n, 1))
    assert np.allclose(smoothed(features, knn(features)), features)


def test_smoothed__neighbours_that_cancel_each_other_leave_an_item_as_it_was():
    features = np.array([[1, 0], [-1, 0]], dtype=np.float32)
    graph = Graph(np.array([[1], [0]], dtype=np.int32), np.array([[-1], [-1]], dtype=np.float32))
    assert np.array_equal(smoothed(features, graph), features)


def test_grown__is_what_clusters_are_cut_from(noisy):
    tree = grown(noisy.features, noisy.graph)
    assert np.array_equal(tree.merges, ward(smoothed(noisy.features, noisy.graph)).merges)
    assert np.array_equal(cluster("tree", noisy.features, noisy.graph, k=20).labels, tree.cut(20))
