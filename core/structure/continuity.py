"""Keeping a map where it was: new items start between their neighbours, the result is turned back onto the old one."""

from __future__ import annotations

import numpy as np

from core.structure.graph import Graph


def placed_between(start: np.ndarray, graph: Graph) -> np.ndarray:
    """(n, 2) float32: the old layout, with each item that it did not have (NaN) at the weighted mean of its neighbours.

    Items without any placed neighbour start at the middle.
    """
    placed = np.array(start, dtype=np.float32)
    known = np.isfinite(placed).all(axis=1)
    placed[~known] = placed[known].mean(axis=0) if known.any() else 0
    for row in np.flatnonzero(~known):
        near = np.asarray(graph.neighbours[row])
        weight = np.where(known[near], np.maximum(graph.similarity[row], 1e-6), 0)
        if weight.sum() > 0:
            placed[row] = weight @ placed[near] / weight.sum()
    return placed


def onto(found: np.ndarray, start: np.ndarray) -> np.ndarray:
    """Turn, mirror, scale and shift a layout so that it lies best on an old one (orthogonal Procrustes).

    Parameters
    ----------
    found
        (n, 2) new layout.
    start
        (n, 2) old one; NaN rows do not count.

    Returns
    -------
    numpy.ndarray
        (n, 2) float32.
    """
    known = np.isfinite(start).all(axis=1)
    if known.sum() < 3:
        return found.astype(np.float32)
    old, new = start[known].astype(np.float64), found[known].astype(np.float64)
    old_middle, new_middle = old.mean(axis=0), new.mean(axis=0)
    left, strength, right = np.linalg.svd((new - new_middle).T @ (old - old_middle))
    scale = strength.sum() / max(float(((new - new_middle) ** 2).sum()), 1e-12)
    return ((found - new_middle) @ (left @ right) * scale + old_middle).astype(np.float32)
