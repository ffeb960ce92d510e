"""A walk through items on which neighbours look alike: one dimension to look through a collection in.

Greedy edges (Bentley 1992, doi:10.1287/ijoc.4.4.387): the strongest ties of the neighbour graph are taken as long as no
item gets a third one and no ring closes; what is left are pieces, whose ends are tied in the same way until there is
one. Then 2-opt with neighbour lists (Johnson and McGeoch 1997, in Local Search in Combinatorial Optimization): two ties
are exchanged where that makes the sum of cosines greater.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from core.progress import Progress, silent
from core.structure.graph import Graph

MOST = 200_000  # items of a walk
_TRIED = 8  # neighbours that an exchange is tried with
_ROUNDS = 12
_LONGEST = 50_000  # places that one exchange may turn around
_ALL_PAIRS = 4_000  # ends of pieces that are compared one by one
_AXES, _BESIDE = 6, 6  # more of them: what lies beside each other along some axes


def tour(features: np.ndarray, graph: Graph, members: np.ndarray, progress: Progress = silent) -> np.ndarray:
    """Put items in an order in which neighbours are alike.

    Parameters
    ----------
    features
        (n, d) float32 unit rows that the graph was built on.
    graph
        Their neighbours.
    members
        (k,) integer positions of the items to walk through, each once.

    Returns
    -------
    numpy.ndarray
        (k,) int64, a permutation: indices into `members`. The same input gives the same walk.

    Raises
    ------
    Cancelled
        When `progress` says so.
    """
    k = len(members)
    if k < 3:
        return np.arange(k)
    progress(0, 3, "Tying what is most alike")
    rows = np.ascontiguousarray(features[members], dtype=np.float32)
    near = _inside(graph, members, len(features))
    ties = np.full((k, 2), -1, dtype=np.int32)
    piece = np.arange(k, dtype=np.int32)
    one, other = np.nonzero(near >= 0)
    _tie(ties, piece, rows, one, near[one, other])
    progress(1, 3, "Joining the pieces")
    while len(ends := _ends(ties)) > 2:
        _tie(ties, piece, rows, *_pairs(rows, ends, _top(piece, ends)))
    walk = _along(ties, int(ends[0]))
    progress(2, 3, "Smoothing the walk")
    for _ in range(_ROUNDS):
        if not _compiled("turn")(walk, np.argsort(walk).astype(np.int32), rows, near[:, :_TRIED], _LONGEST):
            break
        progress(2, 3, "Smoothing the walk")
    return walk.astype(np.int64)


def _inside(graph: Graph, members: np.ndarray, n: int) -> np.ndarray:
    """(k, j) int32: the neighbours of each member among the members, as indices, nearest first; −1 = another item."""
    place = np.full(n + 1, -1, dtype=np.int32)
    place[members] = np.arange(len(members))
    near = place[np.asarray(graph.neighbours[members], dtype=np.int64)]
    # What is inside first, so that few tries see all of it.
    return np.take_along_axis(near, np.argsort(near < 0, axis=1, kind="stable"), axis=1)


def _tie(ties: np.ndarray, piece: np.ndarray, rows: np.ndarray, one: np.ndarray, other: np.ndarray) -> None:
    """Tie the pairs (one, other), the most alike first, where both are free and of different pieces."""
    alike = np.empty(len(one), dtype=np.float32)
    for begin in range(0, len(one), 1 << 18):
        part = slice(begin, begin + (1 << 18))
        alike[part] = np.einsum("kd,kd->k", rows[one[part]], rows[other[part]])
    order = np.argsort(-alike, kind="stable")
    _compiled("tie")(ties, piece, one[order].astype(np.int32), other[order].astype(np.int32))


def _ends(ties: np.ndarray) -> np.ndarray:
    """Items that are tied less than twice."""
    return np.flatnonzero(ties[:, 1] < 0)


def _top(piece: np.ndarray, items: np.ndarray) -> np.ndarray:
    """Which piece each of some items belongs to."""
    found = items
    while (above := piece[found]).tolist() != found.tolist():
        found = above
    return np.asarray(found)


def _pairs(rows: np.ndarray, ends: np.ndarray, of: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Pairs of ends of different pieces that are worth tying: all the nearest, or of many those beside each other."""
    if len(ends) <= _ALL_PAIRS:
        alike = rows[ends] @ rows[ends].T
        alike[of[:, None] == of] = -np.inf
        count = min(_TRIED, len(ends) - 1)
        best = np.argpartition(-alike, count - 1, axis=1)[:, :count]
        one = np.repeat(np.arange(len(ends)), count)
        other = best.ravel()
        kept = alike[one, other] > -np.inf
        return ends[one[kept]], ends[other[kept]]
    found = rows[ends]
    centred = found - found.mean(axis=0)
    _, axes = np.linalg.eigh(centred.T @ centred)
    pairs = []
    for axis in axes.T[::-1][:_AXES]:
        order = np.argsort(centred @ axis, kind="stable")
        for step in range(1, _BESIDE + 1):
            one, other = order[:-step], order[step:]
            kept = of[one] != of[other]
            pairs.append((ends[one[kept]], ends[other[kept]]))
    return np.concatenate([one for one, _ in pairs]), np.concatenate([other for _, other in pairs])


def _along(ties: np.ndarray, begin: int) -> np.ndarray:
    return _compiled("along")(ties, begin)


@cache
def _compiled(name: str) -> Callable[..., Any]:
    from numba import njit

    function = {"tie": _tie_all, "along": _walk, "turn": _turn}[name]
    try:
        return njit(function, cache=True, nogil=True)
    except RuntimeError:
        # Neither the package's folder nor the user's cache can be written to.
        return njit(function, nogil=True)


def _tie_all(ties: np.ndarray, piece: np.ndarray, one: np.ndarray, other: np.ndarray) -> None:
    """Compiled; `piece` is a forest that leads from each item to the one that stands for its piece."""
    for at in range(len(one)):
        i, j = one[at], other[at]
        if i == j or ties[i, 1] >= 0 or ties[j, 1] >= 0:
            continue
        a = i
        while piece[a] != a:
            piece[a] = piece[piece[a]]
            a = piece[a]
        b = j
        while piece[b] != b:
            piece[b] = piece[piece[b]]
            b = piece[b]
        if a == b:
            continue
        piece[b] = a
        ties[i, 0 if ties[i, 0] < 0 else 1] = j
        ties[j, 0 if ties[j, 0] < 0 else 1] = i


def _walk(ties: np.ndarray, begin: int) -> np.ndarray:
    """Compiled; the items from one end of the only piece to the other."""
    walk = np.empty(len(ties), dtype=np.int32)
    before, now = -1, begin
    for at in range(len(ties)):
        walk[at] = now
        after = ties[now, 0] if ties[now, 0] != before else ties[now, 1]
        before, now = now, after
    return walk


def _turn(walk: np.ndarray, where: np.ndarray, rows: np.ndarray, near: np.ndarray, longest: int) -> int:
    """Compiled; one round of exchanges. Returns how many there were."""
    n, done = len(walk), 0
    for a in range(n):
        for side in range(2):
            # The tie of a to the next one, or to the one before, against a tie to one of its neighbours.
            at = where[a]
            beside = at + 1 if side == 0 else at - 1
            if beside < 0 or beside >= n:
                continue
            b = walk[beside]
            held = np.dot(rows[a], rows[b])
            for turn in range(near.shape[1]):
                c = near[a, turn]
                if c < 0:
                    break
                tied = np.dot(rows[a], rows[c])
                if tied <= held:
                    break
                there = where[c]
                across = there + 1 if side == 0 else there - 1
                gain = tied - held
                if 0 <= across < n:
                    d = walk[across]
                    gain += np.dot(rows[b], rows[d]) - np.dot(rows[c], rows[d])
                low, high = (min(at, there) + 1, max(at, there)) if side == 0 else (min(at, there), max(at, there) - 1)
                if gain <= 1e-6 or high - low > longest:
                    continue
                while low < high:
                    walk[low], walk[high] = walk[high], walk[low]
                    where[walk[low]], where[walk[high]] = low, high
                    low += 1
                    high -= 1
                done += 1
                break
    return done
