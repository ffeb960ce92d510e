"""The clusters that a name must set a cluster apart from: the three nearest ones."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

SIBLINGS = 3


def centroids(features: np.ndarray, clusters: Sequence[np.ndarray]) -> np.ndarray:
    """(c, d) float32 unit rows: the direction of each cluster's mean; zero for an empty one.

    Parameters
    ----------
    features
        (m, d) float32 unit rows.
    clusters
        Positions of the members of each cluster.
    """
    found = np.zeros((len(clusters), features.shape[1]), np.float32)
    for place, members in enumerate(clusters):
        if len(members):
            found[place] = features[members].mean(axis=0)
    length = np.linalg.norm(found, axis=1, keepdims=True)
    return np.divide(found, length, out=found, where=length > 0)


def nearest(centres: np.ndarray, clusters: Sequence[np.ndarray], count: int = SIBLINGS) -> list[np.ndarray]:
    """For each cluster the other ones that are not empty, nearest first, at most `count`."""
    filled = np.array([len(members) > 0 for members in clusters], bool)
    near = centres @ centres.T
    near[:, ~filled] = -np.inf
    np.fill_diagonal(near, -np.inf)
    order = np.argsort(-near, axis=1, kind="stable")[:, :count]
    return [row[near[place, row] > -np.inf] for place, row in enumerate(order)]
