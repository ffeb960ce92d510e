from __future__ import annotations

import numpy as np
import pytest

from core.assist.names import siblings


@pytest.mark.parametrize("block", [1, 4 * 40, 1 << 26])
@pytest.mark.parametrize("count", [1, 3, 60])
def test_nearest__the_same_in_blocks_of_any_size(monkeypatch, block, count):
    monkeypatch.setattr(siblings, "_BLOCK_BYTES", block)
    random = np.random.default_rng(0)
    features = random.normal(size=(200, 6)).astype(np.float32)
    features /= np.linalg.norm(features, axis=1, keepdims=True)
    clusters = np.split(np.arange(200), np.sort(random.choice(200, 37, replace=False)))
    clusters.insert(5, np.empty(0, np.int64))
    centres = siblings.centroids(features, clusters)
    found = siblings.Nearest(centres, clusters, count)
    for place, near in enumerate(found):
        others = [one for one in range(len(clusters)) if one != place and len(clusters[one])]
        wanted = sorted(others, key=lambda one: -float(centres[place] @ centres[one]))[:count]
        assert near.tolist() == wanted


def test_nearest__of_one_cluster_and_of_none():
    assert siblings.Nearest(np.ones((1, 3), np.float32), [np.array([0])])[0].tolist() == []
    assert list(siblings.Nearest(np.empty((0, 3), np.float32), [])) == []


def test_nearest__of_one_among_many_is_not_worked_out_for_all(monkeypatch):
    monkeypatch.setattr(siblings, "_BLOCK_BYTES", 4 * 1000 * 10)
    centres = np.random.default_rng(0).normal(size=(1000, 4)).astype(np.float32)
    found = siblings.Nearest(centres, [np.array([place]) for place in range(1000)])
    asked = []
    monkeypatch.setattr(found, "_rank", lambda begin, rank=found._rank: asked.append(begin) or rank(begin))
    assert len(found[537]) == 3 and len(found[531]) == 3 and asked == [530]
    with pytest.raises(IndexError):
        found[1000]
