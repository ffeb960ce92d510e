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
    _, first, inverse, sizes = np.unique(labels[inside], return_index=True, return_inverse=True, return_counts=True)
    order = np.lexsort((first, -sizes))
    rank = np.empty(len(order), dtype=np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    numbered[inside] = rank[inverse]
    return numbered
