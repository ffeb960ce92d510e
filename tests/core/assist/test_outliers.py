import numpy as np
import pytest
from sklearn.datasets import load_digits
from sklearn.metrics import roc_auc_score

from core.assist.outliers import outliers
from core.structure.features import features
from core.structure.graph import knn

PLANTED = 18  # 1 % of the digits


def unit(rows):
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)


def found_in(rows):
    vectors = unit(rows)
    reduced = features(vectors, np.zeros(len(vectors)))
    return outliers(vectors, reduced, knn(reduced))


def strangers(kind, pixels, random):
    if kind == "noise":
        return random.uniform(0, 16, (PLANTED, 64))
    if kind == "shuffled pixels":
        return np.stack([random.permutation(row) for row in pixels[random.choice(len(pixels), PLANTED)]])
    if kind == "inverted":
        return 16 - pixels[random.choice(len(pixels), PLANTED)]
    return random.normal(size=(1, 64)) * 2 + random.normal(size=(PLANTED, 64)) * 0.6  # a cone of their own


@pytest.mark.parametrize("kind", ["noise", "shuffled pixels", "inverted", "another modality"])
def test_outliers__planted_strangers_lie_farthest_out(kind):
    pixels = load_digits(return_X_y=True)[0]
    random = np.random.default_rng(3)
    planted = np.arange(len(pixels) + PLANTED) >= len(pixels)
    found = found_in(np.concatenate([pixels, strangers(kind, pixels, random)]))
    assert roc_auc_score(planted, found.score) >= 0.95
    assert found.outlying[planted].mean() >= 0.8


def test_outliers__the_members_of_small_groups_are_not_taken_for_strangers():
    random = np.random.default_rng(0)
    sizes = np.maximum(8, (600 / np.arange(1, 31)).astype(int))
    group = np.repeat(np.arange(30), sizes)
    centres = unit(random.normal(size=(30, 64)))
    rows = unit(centres[group] + random.normal(size=(len(group), 64)) * 0.1)
    noise = unit(random.normal(size=(20, 64)))
    found = found_in(np.concatenate([rows, noise]))
    planted = np.arange(len(rows) + 20) >= len(rows)
    assert roc_auc_score(planted, found.score) >= 0.95
    small = np.concatenate([sizes[group] < 25, np.zeros(20, bool)])
    assert found.outlying[small].mean() <= 0.1, "at most a few, though a group of 20 lies apart from 98 % of the items"


def test_outliers__a_duplicate_never_is_one():
    pixels = load_digits(return_X_y=True)[0]
    random = np.random.default_rng(5)
    noise = random.uniform(0, 16, (PLANTED, 64))
    found = found_in(np.concatenate([pixels, noise, noise * 1.5]))
    twins = np.arange(len(pixels), len(pixels) + 2 * PLANTED)
    assert not found.outlying[twins].any()
    assert (found.score[twins] <= 0).all()


@pytest.mark.parametrize("n", [0, 1, 2, 3, 20])
def test_outliers__few_items_and_identical_items_are_no_trouble(n):
    for rows in (np.ones((n, 8), np.float32), np.random.default_rng(0).normal(size=(n, 8))):
        found = found_in(rows)
        assert found.score.shape == found.outlying.shape == (n,)
        assert np.isfinite(found.score).all()
