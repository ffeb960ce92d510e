"""Collections with a known truth, made once."""

import numpy as np
import pytest

from core.structure.features import features
from core.structure.graph import knn
from core.structure.tree import ward


class Collection:
    """Vectors, their truth, and the structure that most tests start from."""

    def __init__(self, vectors, truth):
        self.vectors, self.truth = vectors.astype(np.float32), truth
        self.features = features(self.vectors, np.zeros(len(vectors), dtype=np.uint8))
        self.graph = knn(self.features)
        self.tree = ward(self.features)


def planted(groups, n, tail=False, seed=0, width=64):
    """Groups around related centres, each of three sub-modes; `tail`: sizes fall as 1/rank."""
    rng = np.random.default_rng(seed)
    above = rng.normal(size=(max(2, groups // 2), width))
    centres = above[rng.integers(len(above), size=groups)] + rng.normal(size=(groups, width)) * 0.9
    modes = centres[:, None] + rng.normal(size=(groups, 3, width)) * 0.35
    share = 1 / np.arange(1, groups + 1) if tail else np.ones(groups)
    truth = rng.choice(groups, size=n, p=share / share.sum())
    return modes[truth, rng.integers(3, size=n)] + rng.normal(size=(n, width)), truth


def purity(labels, truth):
    """Share of items that a name for each cluster would put right."""
    return sum(np.bincount(truth[labels == label]).max() for label in np.unique(labels)) / len(truth)


@pytest.fixture(scope="session")
def digits():
    from sklearn.datasets import load_digits

    return Collection(*load_digits(return_X_y=True))


@pytest.fixture(scope="session")
def tail():
    return Collection(*planted(30, 2000, tail=True))


@pytest.fixture(scope="session")
def cloud():
    rng = np.random.default_rng(0)
    return Collection(rng.normal(size=(600, 16)), rng.integers(5, size=600))


@pytest.fixture(scope="session")
def make():
    """(vectors, truth) -> Collection; with the generator at hand as `make.planted`, and `make.purity`."""

    def build(vectors, truth=None):
        return Collection(np.asarray(vectors), truth)

    build.planted, build.purity = planted, purity
    return build
