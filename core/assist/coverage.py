"""Which items to look at next, so that what was looked at stands for as much of the doubtful collection as possible.

Facility location: a set of items covers every other one as well as the nearest of them does, by the kernel that the
regression learns with, and what is covered counts as much as it is in doubt. Taking the item that adds most, again and
again, is within 1 − 1/e of the best set of every size (Nemhauser, Wolsey, Fisher 1978, doi:10.1007/BF01588971), so the
number of questions need not be known beforehand. With nothing answered yet this begins in the biggest crowds (typical
items first: TypiClust, Hacohen et al. 2022, arXiv:2202.02794); doubt moves with every answer, and so does what is
asked.

Coverage alone begins in the middle of everything, which is typical of nothing. So at first each question must
come from another group of the tree, and the very first count only what they cover of their own group.
"""

from __future__ import annotations

from copy import copy
from heapq import heapify, heappop, heapreplace

import numpy as np

from core.structure.tree import Tree

# Candidates are medoids of a cut this many times as fine as what was looked at, within these limits.
_FINER = 4
_FEWEST_CANDIDATES, _MOST_CANDIDATES = 1_000, 2_000
# So many items, drawn at random, stand for the collection.
_POINTS = 8_000
# Looks of which each stands for its own group alone; and how many come from groups apart, or as many as the coarsest
# cut has groups.
_ALONE = 24
_APART = 40
# A group was looked into when the looks at its items make so much of one: what is shown beside an item often lies in
# the next group, which nobody asked about.
_LOOKED_INTO = 0.5
_BLOCK = 256


class Coverage:
    """Picks items to look at; keeps what it computed, so that the next pick after an answer is quick.

    Parameters
    ----------
    features
        (m, d) float32 unit rows.
    tree
        Of these features.
    coarsest
        Groups to begin with.
    """

    def __init__(self, features: np.ndarray, tree: Tree, coarsest: int = 2, seed: int = 0) -> None:
        self._features, self._tree, self._coarsest = features, tree, max(2, coarsest)
        m = len(features)
        self._points = np.sort(np.random.default_rng(seed).choice(m, size=min(m, _POINTS), replace=False))
        self._at_points = features[self._points]
        self._cut = 0
        self._candidates = np.empty(0, dtype=np.int64)
        self._kernel = np.empty((0, len(self._points)), dtype=np.float32)
        self._seen = np.zeros(m, dtype=bool)
        self._covered = np.zeros(len(self._points), dtype=np.float32)

    def fork(self) -> Coverage:
        """One that goes its own way from here; nothing is copied, because nothing is changed in place."""
        return copy(self)

    def next_items(self, seen: np.ndarray, looks: int, unsure: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
        """The items that add most to what was seen, best first.

        Parameters
        ----------
        seen
            (m,) float32: how much of a look each item had; 0 = was not looked at, 1 = was by itself, or needs no look.
        looks
            How many times: items that were seen together were one look, and tell of one place only.
        unsure
            (m,) float32 of `attention.doubt`; items with 0 are not taken.
        count
            How many to give at most.

        Returns
        -------
        (k,) int64 positions and (k,) float64 the doubt that each covers, in items; fewer than asked for, or none, when
        all candidates were looked at.
        """
        was_seen = seen > 0
        self._refine(int(was_seen.sum()) + count, unsure)
        covered = self._cover(was_seen)
        weights = unsure[self._points] * np.float32(len(self._features) / max(len(self._points), 1))
        places = np.flatnonzero(~was_seen[self._candidates] & (unsure[self._candidates] > 0))
        if looks >= max(_APART, self._coarsest):
            taken, worth = _greedy(self._kernel, places, covered, weights, count)
            return self._candidates[taken], worth
        groups = self._tree.cut(max(self._coarsest, looks + count))
        own = groups[self._candidates]
        looked_into = np.bincount(groups, weights=seen) > _LOOKED_INTO
        fresh = places[~looked_into[own[places]]]
        kernel = self._kernel
        if looks < _ALONE:
            kernel = np.where(own[:, None] == groups[self._points], kernel, np.float32(0))
        # Where every group was looked into, the rest of them is as good.
        taken, worth = _greedy(kernel, fresh if len(fresh) else places, covered, weights, count, own)
        return self._candidates[taken], worth

    def _refine(self, wanted: int, unsure: np.ndarray) -> None:
        """Candidates fine enough for so many looks; where there would be too many, of the groups with most doubt."""
        cut = max(self._cut, min(_FEWEST_CANDIDATES, self._tree.leaves))
        while cut < min(_FINER * wanted, self._tree.leaves):
            cut = min(2 * cut, self._tree.leaves)
        if cut == self._cut:
            return
        self._cut = cut
        groups = self._tree.cut(cut)
        mass = np.bincount(groups, weights=unsure)
        self._candidates = _medoids(self._features, groups, np.argsort(-mass, kind="stable")[:_MOST_CANDIDATES])
        self._kernel = self._likeness(self._candidates)

    def _likeness(self, positions: np.ndarray) -> np.ndarray:
        """(k, p) float32: exp(−‖x − z‖² / 2) between items and points."""
        found = self._features[positions] @ self._at_points.T
        found -= 1
        return np.exp(found, out=found)

    def _cover(self, seen: np.ndarray) -> np.ndarray:
        """(p,) float32: how well what was seen covers each point."""
        covered, before = self._covered, self._seen
        if (before & ~seen).any():
            covered, before = np.zeros_like(covered), np.zeros_like(before)
        new = np.flatnonzero(seen & ~before)
        for begin in range(0, len(new), _BLOCK):
            covered = np.maximum(covered, self._likeness(new[begin : begin + _BLOCK]).max(axis=0))
        self._covered, self._seen = covered, seen.copy()
        return covered


def _greedy(
    kernel: np.ndarray,
    places: np.ndarray,
    covered: np.ndarray,
    weights: np.ndarray,
    count: int,
    groups: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Rows of `kernel` (k, p), of `places`, that add most; of every one of `groups` (k,) at most one.

    What a row adds only falls while others are taken, so a stale gain is an upper bound and few are computed again
    (Minoux 1978, doi:10.1007/BFb0006528).
    """
    gains = [
        np.maximum(kernel[places[begin : begin + _BLOCK]] - covered, 0) @ weights
        for begin in range(0, len(places), _BLOCK)
    ]
    bounds = -np.concatenate(gains) if gains else np.empty(0)
    heap = list(zip(bounds.tolist(), places.tolist(), strict=True))
    heapify(heap)
    taken: list[int] = []
    worth: list[float] = []
    used: set[int] = set()
    while heap and len(taken) < count:
        bound, place = heap[0]
        if groups is not None and int(groups[place]) in used:
            heappop(heap)
            continue
        gain = float(np.maximum(kernel[place] - covered, 0) @ weights) if taken else -bound
        if gain < -bound:
            heapreplace(heap, (-gain, place))
            continue
        heappop(heap)
        if gain <= 0:
            break
        taken.append(place)
        worth.append(gain)
        covered = np.maximum(covered, kernel[place])
        if groups is not None:
            used.add(int(groups[place]))
    return np.array(taken, dtype=np.int64), np.array(worth)


def _medoids(features: np.ndarray, groups: np.ndarray, chosen: np.ndarray) -> np.ndarray:
    """(k,) int64, rising: the item of each chosen group that is most like all of it; `groups` (m,) int32."""
    inside = np.flatnonzero(np.isin(groups, chosen))
    order = inside[np.argsort(groups[inside], kind="stable")]
    parts = np.split(order, np.flatnonzero(np.diff(groups[order])) + 1) if len(order) else []
    found = [members[np.argmax(features[members] @ features[members].sum(axis=0))] for members in parts]
    return np.sort(np.array(found, dtype=np.int64))
