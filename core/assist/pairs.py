"""Whether two groups of items are one thing or two: what the graph, the distances and the gap between them say."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from core.partition.partition import Partition

SIGNALS = ("links", "cosine", "height", "overlap", "bridge")
# Items of a side that the discriminant looks at; more would make it slower, hardly surer.
_LOOK_AT = 128
_FEWEST = 6
# Overlap and bridge where nobody looked, or too few items are there: what pairs have in the middle.
_UNKNOWN = (0.25, -1.0)


class Groups:
    """Disjoint groups of items, measured once; then any two of them can be compared quickly.

    Parameters
    ----------
    features
        (n, d) float32, rows of unit length.
    neighbours
        (n, k) int32 nearest neighbours of each item, as in `Graph`.
    members
        (m_g,) int64 positions of each group, sorted.
    """

    def __init__(self, features: np.ndarray, neighbours: np.ndarray, members: Sequence[np.ndarray]) -> None:
        self.members = [np.asarray(each, dtype=np.int64) for each in members]
        self.features = features
        self.sizes = np.array([len(each) for each in self.members], dtype=np.int64)
        self.centroids = np.stack(
            [np.asarray(features[each], dtype=np.float64).mean(axis=0) for each in self.members]
            or [np.zeros(features.shape[1])]
        )
        # Rows have unit length: a group's spread follows from the length of its mean.
        self.spread = self.sizes * np.maximum(1 - np.square(self.centroids).sum(axis=1)[: len(self.sizes)], 1e-9)
        self._links = _links(len(features), neighbours, self.members)

    def compare(self, pairs: np.ndarray, quickly: bool = False) -> np.ndarray:
        """(p, 5) float64 `SIGNALS` of pairs (p, 2) of group numbers; higher = more like one thing, but for height.

        links
            Logarithm of the graph's edges between the two over those that chance would put there.
        cosine
            Of the two means.
        height
            Logarithm of Ward's merging cost over the spread inside the two.
        overlap
            1 − AUC of a diagonal discriminant, cross-fitted: 0.5 = inseparable, 0 = apart (Bickel and Levina 2004,
            doi:10.3150/bj/1106314847, say why the diagonal one is right for few items in many dimensions).
        bridge
            Logarithm of the density half way between the two on that axis, over the lower of the two densities at
            their middles.

        With `quickly` the last two, which cost a third of a millisecond a pair, are left at a middling value.
        """
        pairs = np.asarray(pairs, dtype=np.int64).reshape(-1, 2)
        one, other = pairs[:, 0], pairs[:, 1]
        apart = self.centroids[one] - self.centroids[other]
        lengths = np.linalg.norm(self.centroids, axis=1)
        cosine = (self.centroids[one] * self.centroids[other]).sum(axis=1)
        cosine = cosine / np.maximum(lengths[one] * lengths[other], 1e-12)
        cost = self.sizes[one] * self.sizes[other] / (self.sizes[one] + self.sizes[other]) * (apart**2).sum(axis=1)
        height = np.log((cost + 1e-9) / (self.spread[one] + self.spread[other]))
        along = np.array([_UNKNOWN if quickly else self._along(a, b) for a, b in pairs.tolist()]).reshape(-1, 2)
        return np.column_stack([self._linked(one, other), cosine, height, along])

    def nearest(self, count: int) -> np.ndarray:
        """(p, 2) int64 pairs worth comparing, smaller number first: nearest by mean, and most linked."""
        number = len(self.members)
        if number < 2:
            return np.empty((0, 2), dtype=np.int64)
        count = min(count, number - 1)
        unit = self.centroids / np.maximum(np.linalg.norm(self.centroids, axis=1, keepdims=True), 1e-12)
        likeness = unit @ unit.T
        linked = (self._links + self._links.T) / np.sqrt(np.outer(self.sizes, self.sizes))
        found = []
        for table in (likeness, linked):
            np.fill_diagonal(table, -np.inf)
            best = np.argpartition(-table, count - 1, axis=1)[:, :count]
            found.append(np.stack([np.repeat(np.arange(number), count), best.ravel()], axis=1))
        return np.unique(np.sort(np.concatenate(found), axis=1), axis=0)

    def _linked(self, one: np.ndarray, other: np.ndarray) -> np.ndarray:
        between = self._links[one, other] + self._links[other, one]
        own = [np.diag(self._links)[each] + between / 2 for each in (one, other)]
        expected = 2 * own[0] * own[1] / np.maximum(own[0] + own[1], 1e-9)
        return np.log((between + 0.5) / (expected + 0.5))

    def _along(self, a: int, b: int) -> tuple[float, float]:
        """Overlap and bridge on the axis that separates the two."""
        sides = [self.features[_some(self.members[each])].astype(np.float64) for each in (a, b)]
        if min(len(side) for side in sides) < _FEWEST:
            return _UNKNOWN
        place: list[list[np.ndarray]] = [[], []]
        overlap = 0.0
        for half in (0, 1):
            learn, judge = ([side[part::2] for side in sides] for part in (half, 1 - half))
            axis = learn[0].mean(axis=0) - learn[1].mean(axis=0)
            variance = (learn[0].var(axis=0) + learn[1].var(axis=0)) / 2
            axis = axis / (variance + variance.mean() + 1e-12)
            seen = [side @ axis for side in judge]
            middles = [float(np.median(values)) for values in seen]
            overlap += _overlap(*seen) / 2
            length = middles[0] - middles[1]
            # On a common scale: the other's middle at 0, the one's at 1; without a distance all is one heap.
            for values, kept in zip(seen, place, strict=True):
                kept.append((values - middles[1]) / length if length > 1e-9 else np.full(len(values), 0.5))
        return overlap, _bridge(np.concatenate(place[0]), np.concatenate(place[1]))


def positions_of(partition: Partition, rows: np.ndarray) -> dict[int, np.ndarray]:
    """Cluster id → (m,) int64 positions of its members among `rows` (n,) int64, the items that have a vector."""
    cluster_of = partition.cluster_of[rows]
    order = np.argsort(cluster_of, kind="stable")
    ids = list(partition.clusters)
    starts, ends = (np.searchsorted(cluster_of[order], ids, side) for side in ("left", "right"))  # type: ignore[call-overload]
    return {key: order[start:end] for key, start, end in zip(ids, starts, ends, strict=True)}


def _links(n: int, neighbours: np.ndarray, members: list[np.ndarray]) -> np.ndarray:
    """(g, g) float64: edges from the items of one group to those of another."""
    number = len(members)
    inside = np.concatenate([*members, np.empty(0, np.int64)])
    own = np.repeat(np.arange(number), [len(each) for each in members])
    near = neighbours[inside].ravel()
    if 8 * len(inside) < n:
        # A small part of a large collection: a table over all items would cost more than looking them up.
        order = np.argsort(inside)
        place = np.minimum(np.searchsorted(inside, near, sorter=order), len(inside) - 1)
        there = np.where(inside[order[place]] == near, own[order[place]], number) if len(inside) else near
    else:
        group = np.full(n, number, dtype=np.int64)
        group[inside] = own
        there = group[near]
    cells = np.repeat(own, neighbours.shape[1]) * (number + 1) + there
    counts = np.bincount(cells, minlength=(number + 1) ** 2)
    return counts.reshape(number + 1, number + 1)[:number, :number].astype(np.float64)


def _some(members: np.ndarray) -> np.ndarray:
    """At most `_LOOK_AT` of them, always the same ones."""
    if len(members) <= _LOOK_AT:
        return np.random.default_rng(0).permutation(members)
    return np.random.default_rng(0).choice(members, _LOOK_AT, replace=False)


def _overlap(one: np.ndarray, other: np.ndarray) -> float:
    """Share of (one, other) pairs that stand in the wrong order, equal ones by half."""
    ordered = np.sort(other)
    below = (np.searchsorted(ordered, one) + np.searchsorted(ordered, one, "right")) / 2
    return float(1 - below.mean() / len(other))


def _bridge(one: np.ndarray, other: np.ndarray) -> float:
    every = np.concatenate([one, other])
    density = [(np.abs(every - at) < 1 / 6).sum() for at in (0.5, 1.0, 0.0)]
    return float(np.log((density[0] + 0.5) / (min(density[1:]) + 0.5)))
