"""k-means on unit rows: the micro-clusters under the tree, and a clusterer of its own."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.progress import Progress, silent

_BLOCK_BYTES = 64 * 1024 * 1024
# Rows that the centres are fitted on; the others are only assigned.
_TRAIN_ROWS = 100_000
# Above this many centres, k-means++ costs more than the iterations that it saves.
_CAREFUL_START = 256


@dataclass(frozen=True)
class Centres:
    """A fitted k-means.

    Attributes
    ----------
    labels
        (n,) int32, index of the nearest centre; every centre has at least one row.
    means
        (k, d) float32, mean of each centre's rows.
    sizes
        (k,) int64.
    inertia
        Sum of squared distances to the centres.
    """

    labels: np.ndarray
    means: np.ndarray
    sizes: np.ndarray
    inertia: float


def kmeans(
    features: np.ndarray, k: int, seed: int = 0, iterations: int = 25, starts: int = 1, progress: Progress = silent
) -> Centres:
    """Lloyd's iterations from k-means++ (Arthur and Vassilvitskii 2007) or, for many centres, from random rows.

    The same seed gives the same labels: no step depends on the order in which threads finish.

    Parameters
    ----------
    features
        (n, d) float32.
    k
        Centres, clipped to 1 … n. Identical rows can make it fewer.
    starts
        Runs from different starts; the one with the least inertia is kept.

    Returns
    -------
    Centres
        With empty centres dropped.
    """
    rng = np.random.default_rng(seed)
    features = np.ascontiguousarray(features, dtype=np.float32)
    n = len(features)
    k = max(1, min(k, n))
    train = features
    if n > _TRAIN_ROWS:
        train = features[np.sort(rng.choice(n, size=max(_TRAIN_ROWS, 4 * k), replace=False))]
    best: Centres | None = None
    for start in range(starts):
        centres = _start(train, k, rng)
        for step in range(iterations):
            progress(start * iterations + step, starts * iterations, "Gathering near items")
            labels, distance = assign(train, centres)
            moved = _means(train, labels, distance, centres)
            done = np.abs(moved - centres).max() < 1e-4
            centres = moved
            if done:
                break
        found = _finish(features, centres)
        if best is None or found.inertia < best.inertia:
            best = found
    assert best is not None
    return best


def _start(features: np.ndarray, k: int, rng: np.random.Generator) -> np.ndarray:
    n = len(features)
    if k > _CAREFUL_START:
        return features[np.sort(rng.choice(n, size=k, replace=False))].copy()
    squares = (features * features).sum(axis=1)
    chosen = [int(rng.integers(n))]
    nearest = _squared(features, squares, chosen)[0]
    tries = 2 + int(np.log(k))
    while len(chosen) < k:
        total = nearest.sum(dtype=np.float64)
        if total <= 0:
            chosen.append(int(rng.integers(n)))
            continue
        drawn = np.searchsorted(np.cumsum(nearest, dtype=np.float64), rng.random(tries) * total).clip(0, n - 1)
        options = np.minimum(nearest, _squared(features, squares, drawn))
        won = int(options.sum(axis=1, dtype=np.float64).argmin())
        chosen.append(int(drawn[won]))
        nearest = options[won]
    return features[chosen].copy()


def _squared(features: np.ndarray, squares: np.ndarray, rows: np.ndarray | list[int]) -> np.ndarray:
    """(len(rows), n) float32 squared distances of a few rows to all."""
    apart = squares[rows][:, None] + squares - 2 * (features[rows] @ features.T)
    return np.maximum(apart, 0)


def assign(features: np.ndarray, centres: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(n,) int64 nearest of the (k, d) centres of each of (n, d) float32 rows, (n,) float32 squared distance to it."""
    import torch

    step = max(1, _BLOCK_BYTES // (4 * len(centres)))
    labels = np.empty(len(features), dtype=np.int64)
    distance = np.empty(len(features), dtype=np.float32)
    with torch.inference_mode():
        across = torch.from_numpy(np.ascontiguousarray(centres.T))
        half = (across * across).sum(0) / 2
        for begin in range(0, len(features), step):
            block = torch.from_numpy(features[begin : begin + step])
            scores, found = torch.addmm(-half, block, across).max(dim=1)
            labels[begin : begin + step] = found.numpy()
            distance[begin : begin + step] = ((block * block).sum(1) - 2 * scores).clamp(min=0).numpy()
    return labels, distance


def _means(features: np.ndarray, labels: np.ndarray, distance: np.ndarray, centres: np.ndarray) -> np.ndarray:
    """Mean of each centre's rows; an empty centre moves to one of the rows that lie farthest from theirs."""
    import torch

    k, d = centres.shape
    sums = torch.zeros((k, d)).index_add_(0, torch.from_numpy(labels), torch.from_numpy(features)).numpy()
    sizes = np.bincount(labels, minlength=k)
    moved = sums / np.maximum(sizes, 1)[:, None].astype(np.float32)
    empty = np.flatnonzero(sizes == 0)
    if len(empty):
        moved[empty] = features[np.argsort(-distance, kind="stable")[: len(empty)]]
    return moved


def _finish(features: np.ndarray, centres: np.ndarray) -> Centres:
    labels, distance = assign(features, centres)
    kept, labels = np.unique(labels, return_inverse=True)
    means = _means(features, labels, distance, centres[kept])
    sizes = np.bincount(labels, minlength=len(kept))
    return Centres(labels.astype(np.int32), means, sizes, float(distance.sum(dtype=np.float64)))
