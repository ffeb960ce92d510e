"""A walk through very many items: through the micro-clusters first, then through the items of some of them at a time.

Karp's partitioning (1977, doi:10.1287/moor.2.3.209) with parts that are near in all dimensions: the walk through the
middles says in which order the parts are gone through; each is walked as in `tour`, from the end that is nearer to the
one before. Time grows with the number of items, and only the features of one part are held.
"""

from __future__ import annotations

import numpy as np

from core.progress import Progress, silent
from core.structure.graph import Graph, knn
from core.structure.tour import tour

PART = 20_000  # items that are walked through at a time
_BLOCK = 65_536


def long_tour(
    features: np.ndarray, graph: Graph, members: np.ndarray, micro: np.ndarray, progress: Progress = silent
) -> np.ndarray:
    """Put items in an order in which neighbours are alike.

    Parameters
    ----------
    features, graph, members
        As in `tour.tour`.
    micro
        (n,) integer: the micro-cluster of each item, as in `Tree.micro`.

    Returns
    -------
    numpy.ndarray
        (k,) int64, a permutation: indices into `members`. The same input gives the same walk.

    Raises
    ------
    Cancelled
        When `progress` says so.
    """
    group = np.unique(micro[members], return_inverse=True)[1]
    by_group = np.argsort(group, kind="stable")
    sizes = np.bincount(group)
    begins = np.concatenate([[0], np.cumsum(sizes)])
    middles = _middles(features, members[by_group], begins[:-1])
    inner = np.arange(len(sizes))
    order = tour(middles, knn(middles, min(15, len(middles) - 1)), inner) if len(middles) > 2 else inner
    parts = _parts(sizes[order])
    walk = np.empty(0, dtype=np.int64)
    for done, (begin, end) in enumerate(parts):
        progress(done, len(parts), "Walking along likeness")
        held = np.concatenate([by_group[begins[one] : begins[one + 1]] for one in order[begin:end].tolist()])
        for piece in np.array_split(held, -(-len(held) // PART)) if end - begin == 1 else [held]:
            found = piece[tour(features, graph, members[piece])]
            walk = np.concatenate([walk, _turned(features, members, walk, found)])
    return walk


def _middles(features: np.ndarray, rows: np.ndarray, begins: np.ndarray) -> np.ndarray:
    """(g, d) float32 directions of the means of groups: rows from one of `begins` to the next."""
    total = np.zeros((len(begins), features.shape[1]), dtype=np.float64)
    for begin in range(0, len(rows), _BLOCK):
        part = np.asarray(features[rows[begin : begin + _BLOCK]], dtype=np.float32)
        first = np.searchsorted(begins, begin, side="right") - 1
        last = np.searchsorted(begins, begin + len(part), side="left")
        cuts = np.maximum(begins[first:last] - begin, 0)
        total[first:last] += np.add.reduceat(part, cuts, axis=0)
    lengths = np.linalg.norm(total, axis=1, keepdims=True)
    return (total / np.where(lengths > 0, lengths, 1)).astype(np.float32)


def _parts(sizes: np.ndarray) -> list[tuple[int, int]]:
    """(first, end) of groups in their order, of at most `PART` items together; a bigger group is a part of its own."""
    found, begin, held = [], 0, 0
    for place, size in enumerate(sizes.tolist()):
        if place > begin and held + size > PART:
            found.append((begin, place))
            begin, held = place, 0
        held += size
    return [*found, (begin, len(sizes))]


def _turned(features: np.ndarray, members: np.ndarray, walk: np.ndarray, piece: np.ndarray) -> np.ndarray:
    """A piece of the walk, begun at the end that is nearer to where the walk is."""
    if not len(walk):
        return piece
    here, first, last = (np.asarray(features[members[at]], dtype=np.float32) for at in (walk[-1], piece[0], piece[-1]))
    return piece if here @ first >= here @ last else piece[::-1]
