"""Clusters are numbered by size, so that the same clusters get the same numbers whoever found them."""

from __future__ import annotations

import numpy as np


def by_size(labels: np.ndarray) -> np.ndarray:
    """Renumber: 0 the biggest, ties by first item; negative labels become −1 (in no cluster).

    Parameters
    ----------
    labels
        (n,) any integers.

    Returns
    -------
    numpy.ndarray
        (n,) int32.
    """
    labels = np.asarray(labels)
    numbered = np.full(len(labels), -1, dtype=np.int32)
    inside = labels >= 0
    if not inside.any():
        return numbered
    values = labels[inside].astype(np.int64)
    if values.max() > 4 * len(values):
        values = np.unique(values, return_inverse=True)[1]
    # Counting instead of sorting: a cut of 100,000 items follows a slider.
    sizes = np.bincount(values)
    first = np.full(len(sizes), len(values))
    first[values[::-1]] = np.arange(len(values))[::-1]
    rank = np.empty(len(sizes), dtype=np.int32)
    rank[np.lexsort((first, -sizes))] = np.arange(len(sizes), dtype=np.int32)
    numbered[inside] = rank[values]
    return numbered
