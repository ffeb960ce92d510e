"""Which items are worth a person's look: typical ones of the biggest unsure groups that nobody has looked into.

The tree is cut into a few more groups than there are verified items, so some hold none; the group with the most doubt
is asked for its medoid. With nothing verified everything is unsure and the biggest groups come first (typical items
before uncertain ones: TypiClust, Hacohen et al. 2022, arXiv:2202.02794); with every answer the cut gets finer, and what
is asked moves by itself from covering the collection to its doubtful corners. A verified item of each group also keeps
questions apart (ProbCover, Yehuda et al. 2022, arXiv:2205.11320).
"""

from __future__ import annotations

import numpy as np

from core.assist.beliefs import Beliefs
from core.structure.tree import Tree


def doubt(beliefs: Beliefs | None, open_items: np.ndarray) -> np.ndarray:
    """(m,) float32 in 0 … 1: how unsure each item is; 0 for what needs no question (`open_items` (m,) bool)."""
    if beliefs is None:
        return open_items.astype(np.float32)
    return np.where(open_items, 1.0 - beliefs.certainty(), 0.0).astype(np.float32)


def frontier(
    tree: Tree, features: np.ndarray, seen: np.ndarray, unsure: np.ndarray, count: int, coarsest: int
) -> tuple[np.ndarray, np.ndarray]:
    """Medoids of groups that nobody has looked into, most doubt first.

    Parameters
    ----------
    features
        (m, d) float32 unit rows that the tree was built on.
    seen
        (v,) int64 positions that were looked at.
    unsure
        (m,) float32 of `doubt`; items with 0 are not taken.
    count
        How many to give at most.
    coarsest
        Groups to begin with.

    Returns
    -------
    (k,) int64 positions and (k,) float64 the doubt in the group of each; empty when every group of the finest cut was
    looked into.
    """
    groups = tree.cut(max(coarsest, len(seen) + count))
    mass = np.bincount(groups, weights=unsure)
    mass[groups[seen]] = 0
    chosen = np.argsort(-mass, kind="stable")[:count]
    chosen = chosen[mass[chosen] > 0]
    place = np.full(len(mass), -1, dtype=np.int64)
    place[chosen] = np.arange(len(chosen))
    inside = np.flatnonzero((place[groups] >= 0) & (unsure > 0))
    order = inside[np.argsort(place[groups[inside]], kind="stable")]
    medoids = [
        members[np.argmax(features[members] @ features[members].sum(axis=0))]
        for members in np.split(order, np.flatnonzero(np.diff(place[groups[order]])) + 1)
        if len(members)
    ]
    return np.array(medoids, dtype=np.int64), mass[chosen]


def most_doubtful(unsure: np.ndarray, neighbours: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """The least sure positions, no two of them near neighbours, with their doubt: for when every group was looked into.

    Parameters
    ----------
    neighbours
        (m, k) int32 of the graph.
    """
    tries = min(len(unsure), 8 * count)
    best = np.argpartition(-unsure, tries - 1)[:tries]
    taken: list[int] = []
    blocked = np.zeros(len(unsure), dtype=bool)
    for position in best[np.argsort(-unsure[best], kind="stable")].tolist():
        if unsure[position] > 0 and not blocked[position] and len(taken) < count:
            taken.append(position)
            blocked[neighbours[position, :5]] = True
    found = np.array(taken, dtype=np.int64)
    return found, unsure[found].astype(np.float64)
