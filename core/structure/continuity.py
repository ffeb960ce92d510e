"""Keeping a map where it was: new items start between their neighbours, the result is turned back onto the old one."""

from __future__ import annotations

import numpy as np

from core.structure.graph import Graph

_BLOCK = 2_048
_NEAREST = 15


def placed_between(start: np.ndarray, graph: Graph, features: np.ndarray) -> np.ndarray:
    """Place the items that a layout does not have yet.

    Each goes to the mean, weighted by cosine, of its neighbours in the graph that have a place; one without such
    neighbours (it belongs to a group that is new) to that of the 15 nearest of all that have one.

    Parameters
    ----------
    start
        (n, 2) layout, NaN for items that it does not have.
    graph, features
        Of the same n items; features are (n, d) float32 unit rows.

    Returns
    -------
    numpy.ndarray
        (n, 2) float32, finite; all 0 when no item had a place.
    """
    placed = np.array(start, dtype=np.float32)
    known = np.isfinite(placed).all(axis=1)
    if not known.any():
        return np.zeros_like(placed)
    missing = np.flatnonzero(~known)
    near = np.asarray(graph.neighbours)[missing]
    weight = np.where(known[near], np.maximum(np.asarray(graph.similarity)[missing], 1e-6), 0).astype(np.float32)
    total = weight.sum(axis=1)
    some = total > 0
    mean = np.einsum("mk,mkd->md", weight[some], np.nan_to_num(placed[near[some]])) / total[some, None]
    lost = missing[~some]
    at_nearest = _among_known(features, lost, np.flatnonzero(known), placed)
    placed[missing[some]] = mean
    placed[lost] = at_nearest
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


def _among_known(features: np.ndarray, rows: np.ndarray, known: np.ndarray, placed: np.ndarray) -> np.ndarray:
    """(len(rows), 2): weighted mean of the places of the nearest items that have one."""
    k = min(_NEAREST, len(known))
    found = np.empty((len(rows), 2), dtype=np.float32)
    for begin in range(0, len(rows), _BLOCK):
        block = rows[begin : begin + _BLOCK]
        scores = features[block] @ features[known].T
        best = np.argpartition(-scores, k - 1, axis=1)[:, :k]
        weight = np.maximum(np.take_along_axis(scores, best, axis=1), 1e-6)
        mean = np.einsum("rk,rkd->rd", weight, placed[known[best]]) / weight.sum(axis=1, keepdims=True)
        found[begin : begin + len(block)] = mean
    return found
