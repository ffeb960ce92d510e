"""A walk part by part visits everything once and is as good as one through all at once."""

from __future__ import annotations

import numpy as np
import pytest

from core.structure import long_tour as module
from core.structure.graph import knn
from core.structure.kmeans import kmeans
from core.structure.long_tour import long_tour
from core.structure.tour import tour
from tests.core.structure.test_tour import beside, clouds

N = 3000


@pytest.fixture(scope="module")
def made():
    features = clouds(N)
    return features, knn(features, 10), kmeans(features, 60, seed=0).labels


@pytest.mark.parametrize("part", [150, 400, 100_000])
def test_long_tour__is_as_good_as_one_through_all(made, monkeypatch, part):
    features, graph, micro = made
    monkeypatch.setattr(module, "PART", part)
    walk = long_tour(features, graph, np.arange(N), micro)
    assert sorted(walk.tolist()) == list(range(N))
    assert beside(features, walk) > 0.97 * beside(features, tour(features, graph, np.arange(N)))
    assert np.array_equal(walk, long_tour(features, graph, np.arange(N), micro)), "the same twice"


def test_long_tour__goes_through_parts_that_are_alike_one_after_the_other(made, monkeypatch):
    features, graph, micro = made
    monkeypatch.setattr(module, "PART", 150)
    walk = long_tour(features, graph, np.arange(N), micro)
    steps = np.einsum("kd,kd->k", features[walk[:-1]], features[walk[1:]])
    begins = np.flatnonzero(np.diff(micro[walk]) != 0)
    assert steps[begins].mean() > 0.9 * steps.mean(), "also where one micro-cluster ends and another begins"


def test_long_tour__of_a_part_and_of_groups_bigger_than_a_part(made, monkeypatch):
    features, graph, micro = made
    members = np.random.default_rng(1).permutation(N)[:900]
    monkeypatch.setattr(module, "PART", 100)
    monkeypatch.setattr(module, "_BLOCK", 64)
    for groups in (micro, np.zeros(N, dtype=np.int32), np.repeat([0, 1], N // 2), np.arange(N) // 2):
        walk = long_tour(features, graph, members, groups)
        assert sorted(walk.tolist()) == list(range(900))


def test_turned__begins_at_the_nearer_end():
    turn = np.radians([0, 10, 30, 20])
    features = np.stack([np.cos(turn), np.sin(turn)], axis=1).astype(np.float32)
    members, piece = np.arange(4), np.array([2, 3, 1])
    assert module._turned(features, members, np.array([0]), piece).tolist() == [1, 3, 2]
    assert module._turned(features, members, np.array([0]), piece[::-1]).tolist() == [1, 3, 2]
    assert module._turned(features, members, np.array([], dtype=np.int64), piece).tolist() == [2, 3, 1]


def test_middles__do_not_depend_on_the_blocks(made, monkeypatch):
    features, _, micro = made
    by_group = np.argsort(micro, kind="stable")
    begins = np.concatenate([[0], np.cumsum(np.bincount(micro))])[:-1]
    wanted = np.stack([features[micro == one].mean(axis=0) for one in range(len(begins))])
    wanted /= np.linalg.norm(wanted, axis=1, keepdims=True)
    for block in (7, 64, 3000, 65_536):
        monkeypatch.setattr(module, "_BLOCK", block)
        assert np.allclose(module._middles(features, by_group, begins), wanted, atol=1e-5)
