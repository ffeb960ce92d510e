"""Ward's linkage of weighted points by the nearest-neighbour chain."""

from __future__ import annotations

import numpy as np

from core.progress import Progress, silent


def linkage(points: np.ndarray, sizes: np.ndarray, progress: Progress = silent) -> tuple[np.ndarray, np.ndarray]:
    """Ward tree of points that each stand for several items.

    Nearest-neighbour chain (Murtagh 1983, doi:10.1093/comjnl/26.4.354) with the Lance-Williams update, which is exact
    for any initial sizes. All pairs are held: 4 m² bytes.

    Parameters
    ----------
    points
        (m, d) float32, mean of the items of each point.
    sizes
        (m,) items of each point.

    Returns
    -------
    merges
        (max(m − 1, 0), 2) int32 in order of height; merge i makes node m + i.
    heights
        (max(m − 1, 0),) float32: sqrt(2 · growth of the within-cluster sum of squares); for sizes of 1 the same as
        scipy's "ward".
    """
    m = len(points)
    if m < 2:
        return np.zeros((0, 2), dtype=np.int32), np.zeros(0, dtype=np.float32)
    growth = _pairwise_growth(points, sizes)
    weight = sizes.astype(np.float32)
    pairs = np.empty((m - 1, 2), dtype=np.int64)
    cost = np.empty(m - 1, dtype=np.float32)
    chain: list[int] = []
    alive = np.ones(m, dtype=bool)
    for done in range(m - 1):
        if done % 500 == 0:
            progress(done, m - 1, "Building the tree")
        left, right = _nearest_pair(growth, chain, alive)
        pairs[done] = left, right
        cost[done] = growth[left, right]
        _join(growth, weight, left, right)
        alive[left] = False
    return _ordered(pairs, cost, m)


def _pairwise_growth(points: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """(m, m) float32: growth of the sum of squares when two points are joined; infinite on the diagonal."""
    import torch

    with torch.inference_mode():
        given = torch.from_numpy(np.array(points, dtype=np.float32))
        # Near-identical points lose their digits in |a|² + |b|² − 2ab unless the common part is taken away first.
        given -= given.mean(0)
        squares = (given * given).sum(1)
        growth = torch.addmm(squares[:, None] + squares, given, given.T, alpha=-2).clamp_(min=0)
        weight = torch.from_numpy(sizes.astype(np.float32))
        growth *= weight[:, None]
        growth *= weight
        growth /= weight[:, None] + weight
        growth.fill_diagonal_(torch.inf)
        # Rounding makes the two halves differ in the last digit, and a chain needs one answer for both directions.
        return torch.minimum(growth, growth.T).numpy()


def _nearest_pair(growth: np.ndarray, chain: list[int], alive: np.ndarray) -> tuple[int, int]:
    """Follow nearest neighbours until two are nearest to each other; the chain keeps the rest for the next time."""
    if not chain:
        chain.append(int(np.argmax(alive)))
    while True:
        tip = chain[-1]
        nearest = int(np.argmin(growth[tip]))
        if len(chain) > 1 and growth[tip, chain[-2]] <= growth[tip, nearest]:
            nearest = chain[-2]
        # Rounding among many equal distances can lead back to an earlier link; going on would go round for ever.
        if nearest in chain:
            del chain[chain.index(nearest) :]
            return tip, nearest
        chain.append(nearest)


def _join(growth: np.ndarray, weight: np.ndarray, left: int, right: int) -> None:
    """Let `right` stand for both and take `left` out."""
    a, b, both = weight[left], weight[right], growth[left, right]
    joined = ((weight + a) * growth[left] + (weight + b) * growth[right] - weight * both) / (weight + a + b)
    np.maximum(joined, 0, out=joined)
    joined[[left, right]] = np.inf
    growth[right] = joined
    growth[:, right] = joined
    growth[left] = np.inf
    growth[:, left] = np.inf
    weight[right] += a


def _ordered(pairs: np.ndarray, cost: np.ndarray, m: int) -> tuple[np.ndarray, np.ndarray]:
    """Sort merges by height and name the nodes that they join."""
    order = np.argsort(cost, kind="stable")
    parent = np.arange(2 * m - 1)

    def top(node: int) -> int:
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = int(parent[node])
        return node

    merges = np.empty((m - 1, 2), dtype=np.int32)
    for position, which in enumerate(order):
        left, right = sorted((top(int(pairs[which, 0])), top(int(pairs[which, 1]))))
        merges[position] = left, right
        parent[left] = parent[right] = m + position
    return merges, np.sqrt(2 * cost[order]).astype(np.float32)
