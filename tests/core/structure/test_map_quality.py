import numpy as np
import pytest

from core.structure.graph import knn
from core.structure.map_quality import badge, quality_of
from core.structure.maps import Map, lay_out


@pytest.fixture(scope="module")
def scatter(digits):
    return np.random.default_rng(0).normal(size=(len(digits.truth), 2)).astype(np.float32)


def test_quality__of_a_random_scatter_is_bad(digits, scatter):
    quality = quality_of(digits.features, digits.graph, scatter)
    assert quality["recall"] < 0.01
    assert quality["trustworthiness"] < 0.6
    assert quality["continuity"] < 0.6


def test_quality__of_a_plane_shown_as_it_is_is_perfect():
    angle = np.sort(np.random.default_rng(0).uniform(0, np.pi / 2, size=300))
    plane = np.column_stack([np.cos(angle), np.sin(angle)]).astype(np.float32)
    quality = quality_of(plane, knn(plane), plane)
    assert min(quality.values()) > 0.99


def test_quality__agrees_with_scikit_learn(digits):
    from sklearn.manifold import trustworthiness

    features, xy = digits.features[:400], digits.features[:400, :2] * 3
    quality = quality_of(features, knn(features), xy)
    assert quality["trustworthiness"] == pytest.approx(trustworthiness(features, xy, n_neighbors=15), abs=1e-3)
    assert quality["continuity"] == pytest.approx(trustworthiness(xy, features, n_neighbors=15), abs=1e-3)


def test_quality__a_map_torn_apart_is_trustworthy_but_not_continuous():
    angle = np.linspace(0, np.pi / 2, 300)
    plane = np.column_stack([np.cos(angle), np.sin(angle)]).astype(np.float32)
    torn = plane.copy()
    torn[::2] += 10
    quality = quality_of(plane, knn(plane), torn)
    assert quality["trustworthiness"] > 0.98 > quality["continuity"]


@pytest.mark.parametrize("n", range(2, 9))
def test_quality__few_items(n):
    given = np.eye(n, dtype=np.float32)
    assert 0 <= quality_of(given, knn(given), given[:, :2])["recall"] <= 1


def test_badge__a_random_scatter_gets_the_worst(digits, scatter):
    drawn = Map(scatter, "umap", 0, "fast", quality=quality_of(digits.features, digits.graph, scatter))
    found = badge(drawn.to_arrays()[1])
    assert found.level == "none"
    assert "Do not trust" in found.sentence


def test_badge__a_real_map_gets_a_good_one_and_a_sketch_says_so(digits):
    drawn = lay_out(digits.features, digits.graph)
    found = badge(drawn.to_arrays()[1])
    assert found.level == "high"
    assert f"{drawn.quality['recall'] * 15:.1f} are nearest" in found.detail
    assert "refined" not in found.sentence
    assert "being refined" in badge({"quality": drawn.quality, "sketch": True}).sentence


def test_badge__every_figure_can_lower_it():
    best = {"trustworthiness": 0.99, "continuity": 0.99, "recall": 0.5}
    order = ["high", "fair", "low", "none"]
    assert badge({"quality": best}).level == "high"
    for name in best:
        levels = [badge({"quality": {**best, name: value}}).level for value in np.linspace(1, 0, 200)]
        assert [order.index(level) for level in levels] == sorted(order.index(level) for level in levels)
        assert set(levels) == set(order)


def test_badge__of_a_map_by_hand():
    assert badge({"quality": {}}).level == "exact"
    assert badge({"quality": {"recall": 0.9}}).level == "high"
