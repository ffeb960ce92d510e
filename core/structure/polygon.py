"""Which points a person drew around."""

from __future__ import annotations

import numpy as np

_BLOCK = 400_000  # points at a time: keeps the scratch arrays below 20 MB whatever the collection's size


def inside(xy: np.ndarray, polygon: np.ndarray) -> np.ndarray:
    """Points inside a closed polygon, by the even-odd rule; a polygon that crosses itself has holes where it does.

    A point on an edge belongs to exactly one of the two areas that share the edge: left and lower edges are inside,
    right and upper ones are not.

    Parameters
    ----------
    xy
        (n, 2) floating-point positions; NaN is inside nothing.
    polygon
        (m, 2) corners in order, the last joined to the first; fewer than 3 corners hold nothing.

    Returns
    -------
    numpy.ndarray
        (n,) bool.
    """
    xy = np.asarray(xy)
    corners = np.asarray(polygon, dtype=np.float64).reshape(-1, 2)
    result = np.zeros(len(xy), dtype=bool)
    if len(corners) < 3 or not np.isfinite(corners).all():
        return result
    (left, low), (right, high) = corners.min(axis=0), corners.max(axis=0)
    for begin in range(0, len(xy), _BLOCK):
        x, y = xy[begin : begin + _BLOCK, 0], xy[begin : begin + _BLOCK, 1]
        near = np.flatnonzero((x >= left) & (x <= right) & (y >= low) & (y <= high))
        odd = _crossings_odd(x[near].astype(np.float64), y[near].astype(np.float64), corners)
        result[begin + near[odd]] = True
    return result


def _crossings_odd(x: np.ndarray, y: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """(k,) bool: whether a ray to the right crosses an odd number of sides (Shimrat 1962, doi:10.1145/368637.368653).

    The points are put in order of y, so that a side looks only at those that its height spans: the work is that of a
    few sides a point, however many corners the outline has.
    """
    order = np.argsort(y)
    x, y = x[order], y[order]
    odd = np.zeros(len(x), dtype=bool)
    ends = np.roll(corners, -1, axis=0)
    # Each side from its lower end, so that two outlines that share one round the crossing alike.
    up = (corners[:, 1] <= ends[:, 1])[:, None]
    lower, upper = np.where(up, corners, ends), np.where(up, ends, corners)
    spans = np.searchsorted(y, np.stack([lower[:, 1], upper[:, 1]], axis=1))
    for (x0, y0), (x1, y1), (begin, end) in zip(lower, upper, spans, strict=True):
        if begin < end:
            crossing = x0 + (y[begin:end] - y0) * ((x1 - x0) / (y1 - y0))
            odd[begin:end] ^= x[begin:end] < crossing
    result = np.empty_like(odd)
    result[order] = odd
    return result
