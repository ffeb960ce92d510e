"""Which items of a group stand for it, and which lie at its edge."""

from __future__ import annotations

import numpy as np


def typicality(features: np.ndarray, members: np.ndarray) -> np.ndarray:
    """How typical each member is of its group: the cosine to the group's mean.

    Parameters
    ----------
    features
        (m, d) float32, rows of unit length.
    members
        (k,) integer positions into `features`; −1 stands for an item without a vector.

    Returns
    -------
    numpy.ndarray
        (k,) float32 in [−1, 1]; NaN for an item without a vector.
    """
    scores = np.full(len(members), np.nan, dtype=np.float32)
    known = members >= 0
    if known.any():
        found = np.asarray(features[members[known]], dtype=np.float32)
        centre = found.mean(axis=0)
        length = float(np.linalg.norm(centre))
        scores[known] = found @ (centre / length) if length > 0 else 0.0
    return scores


def typical_first(features: np.ndarray, members: np.ndarray) -> np.ndarray:
    """(k,) int64: the order that puts the most typical member first and those without a vector last."""
    scores = typicality(features, members)
    return np.argsort(np.where(np.isnan(scores), np.inf, -scores), kind="stable")


def exemplars(features: np.ndarray, members: np.ndarray, count: int = 9) -> np.ndarray:
    """Members spread evenly from the medoid to the 90th percentile of typicality.

    They show what a cluster holds more honestly than its nearest items alone: a mixed cluster looks mixed.

    Returns
    -------
    numpy.ndarray
        (min(count, k),) int64, positions into `members`, most typical first.
    """
    order = typical_first(features, members)
    reach = max(int(np.ceil(len(order) * 0.9)), min(count, len(order)))
    return order[np.unique(np.linspace(0, reach - 1, min(count, reach)).round().astype(np.int64))]
