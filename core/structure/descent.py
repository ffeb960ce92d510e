"""The steps that draw a map: UMAP's objective by sampled gradient steps, for two dimensions only.

Edges pull their ends together, items drawn at random push away (McInnes, Healy, Melville 2018, arXiv:1802.03426,
appendix B). What makes it several times quicker than umap-learn, at the same epochs: forces are read from a table whose
places are the first bits of the squared distance, so that no power is computed; all is float32 for two dimensions; the
machine code is kept on disk from one process to the next.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import Any

import numpy as np

from core.progress import Progress, silent
from core.structure.edges import Edges

NEGATIVES = 5
# 1 / (1 + A d^(2 B)) is the curve nearest to UMAP's default: flat up to 0.1, then falling as exp(0.1 − d).
_A, _B = 1.5769434603, 0.8950608779
# The table covers squared distances of 2^-24 … 2^16 in steps of 1/64 of a power of two: relative error below 1 %.
_SHIFT, _LOWEST, _PLACES = 17, 103 << 6, 40 << 6
_LONGEST = np.float32(4)


def descend(
    xy: np.ndarray,
    edges: Edges,
    epochs: int,
    pace: tuple[float, float] = (1.0, 0.0),
    seed: int | None = 0,
    mobile: np.ndarray | None = None,
    progress: Progress = silent,
    note: str = "Drawing the map",
) -> np.ndarray:
    """Move the items of a layout, epoch by epoch.

    Parameters
    ----------
    xy
        (n, 2) layout to begin with, spread over about 10 to 40 units; stays as it is.
    edges
        Of the same n items; one of weight w is used in w / max(w) of the epochs.
    epochs
        How many.
    pace
        Length of the steps in the first epoch and, falling evenly, after the last.
    seed
        The same seed gives the same bits on one machine, on one thread; None uses every core and is not repeatable.
    mobile
        (n,) bool: items that may move; all when None.

    Returns
    -------
    numpy.ndarray
        (n, 2) float32.

    Raises
    ------
    Cancelled
        When `progress` says so; it is asked before every epoch.
    """
    n = len(edges)
    placed = np.ascontiguousarray(xy, dtype=np.float32).copy()
    if not n or not len(edges.weights):
        return placed
    share = edges.weights / edges.weights.max()
    moving = np.ones(n, dtype=np.uint8) if mobile is None else np.ascontiguousarray(mobile, dtype=np.uint8)
    parts = 1 if seed is not None else _cores()
    # Parts of equally many edges, so that the threads end together.
    bounds = np.searchsorted(edges.begins, np.linspace(0, len(share), parts + 1))
    bounds[0], bounds[-1] = 0, n
    random = np.random.default_rng(seed).integers(1, 2**63, size=(parts, 1), dtype=np.uint64)
    pull, push = _forces()
    epoch_of = _compiled()

    with ThreadPoolExecutor(parts) as threads:
        for epoch in range(epochs):
            progress(epoch, epochs, note)
            length = np.float32(pace[0] + (pace[1] - pace[0]) * epoch / epochs)
            given = (placed, edges.begins, edges.ends, share, moving, pull, push, NEGATIVES, epoch, length)
            calls = [(*given, bounds[part], bounds[part + 1], random[part]) for part in range(parts)]
            if parts == 1:
                epoch_of(*calls[0])
            else:
                list(threads.map(epoch_of, *zip(*calls, strict=True)))
    return placed


def _forces() -> tuple[np.ndarray, np.ndarray]:
    """Pull of an edge and push of a random item: (2,560,) float32 each, by place in the table, per difference."""
    bits = (np.arange(_PLACES, dtype=np.int64) + _LOWEST << _SHIFT) + (1 << _SHIFT - 1)
    squared = bits.astype(np.int32).view(np.float32).astype(np.float64)
    curve = 1 + _A * squared**_B
    pull = -2 * _A * _B * squared ** (_B - 1) / curve
    push = 2 * _B / ((0.001 + squared) * curve)
    return pull.astype(np.float32), push.astype(np.float32)


@cache
def _compiled() -> Callable[..., None]:
    from numba import njit

    options: dict[str, Any] = {"fastmath": True, "nogil": True, "boundscheck": False}
    try:
        return njit(_one_epoch, cache=True, **options)
    except RuntimeError:
        # Neither the package's folder nor the user's cache can be written to.
        return njit(_one_epoch, **options)


def _one_epoch(
    xy: np.ndarray,
    begins: np.ndarray,
    ends: np.ndarray,
    share: np.ndarray,
    moving: np.ndarray,
    pull: np.ndarray,
    push: np.ndarray,
    negatives: int,
    epoch: int,
    length: np.float32,
    first: int,
    last: int,
    random: np.ndarray,
) -> None:
    """Compiled; moves the items `first` … `last`, and the other ends of their edges."""
    n = np.uint64(len(xy))
    highest = len(pull) - 1
    state = random[0]
    longest = np.float32(_LONGEST)
    before, now = np.float32(epoch), np.float32(epoch + 1)
    for i in range(first, last):
        free = moving[i]
        x = xy[i, 0]
        y = xy[i, 1]
        for edge in range(begins[i], begins[i + 1]):
            if np.floor(share[edge] * now) == np.floor(share[edge] * before):
                continue
            j = ends[edge]
            dx = x - xy[j, 0]
            dy = y - xy[j, 1]
            place = (np.float32(dx * dx + dy * dy).view(np.int32) >> _SHIFT) - _LOWEST
            force = pull[min(max(place, 0), highest)]
            dx = min(max(force * dx, -longest), longest) * length
            dy = min(max(force * dy, -longest), longest) * length
            if moving[j]:
                xy[j, 0] -= dx
                xy[j, 1] -= dy
            if not free:
                continue
            x += dx
            y += dy
            for _ in range(negatives):
                # Xorshift (Marsaglia 2003, doi:10.18637/jss.v008.i14).
                state ^= state << np.uint64(13)
                state ^= state >> np.uint64(7)
                state ^= state << np.uint64(17)
                j = np.int64(((state >> np.uint64(32)) * n) >> np.uint64(32))
                dx = x - xy[j, 0]
                dy = y - xy[j, 1]
                place = (np.float32(dx * dx + dy * dy).view(np.int32) >> _SHIFT) - _LOWEST
                force = push[min(max(place, 0), highest)]
                x += min(max(force * dx, -longest), longest) * length
                y += min(max(force * dy, -longest), longest) * length
        if free:
            xy[i, 0] = x
            xy[i, 1] = y
    random[0] = state


def _cores() -> int:
    import os

    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
