"""Which points a person drew around."""

from __future__ import annotations

import numpy as np

_BLOCK = 200_000  # points at a time: keeps the scratch arrays below 20 MB whatever the collection's size


def inside(xy: np.ndarray, polygon: np.ndarray) -> np.ndarray:
    """Points inside a closed polygon, by the even-odd rule; a polygon that crosses itself has holes where it does.

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
    low, high = corners.min(axis=0), corners.max(axis=0)
    near = np.flatnonzero(((xy >= low) & (xy <= high)).all(axis=1))
    for start in range(0, len(near), _BLOCK):
        block = near[start : start + _BLOCK]
        result[block] = _crossings_odd(xy[block].astype(np.float64), corners)
    return result


def _crossings_odd(xy: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """Whether a ray to the right crosses an odd number of sides (Shimrat 1962, doi:10.1145/368637.368653)."""
    x, y = xy[:, 0], xy[:, 1]
    odd = np.zeros(len(xy), dtype=bool)
    for (x0, y0), (x1, y1) in zip(corners, np.roll(corners, -1, axis=0), strict=True):
        if y0 == y1:
            continue
        spans = (y0 > y) != (y1 > y)
        crossing = x0 + (y - y0) * ((x1 - x0) / (y1 - y0))
        odd ^= spans & (x < crossing)
    return odd
