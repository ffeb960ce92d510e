"""The clusters that a name must set a cluster apart from: the three nearest ones."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

SIBLINGS = 3
_BLOCK_BYTES = 64 * 1024 * 1024


def centroids(features: np.ndarray, clusters: Sequence[np.ndarray]) -> np.ndarray:
    """(c, d) float32 unit rows: the direction of each cluster's mean; zero for an empty one.

    Parameters
    ----------
    features
        (m, d) float32 unit rows.
    clusters
        Positions of the members of each cluster.
    """
    found = np.zeros((len(clusters), features.shape[1]), np.float32)
    for place, members in enumerate(clusters):
        if len(members):
            found[place] = features[members].mean(axis=0)
    length = np.linalg.norm(found, axis=1, keepdims=True)
    return np.divide(found, length, out=found, where=length > 0)


class Nearest(Sequence[np.ndarray]):
    """For each cluster the other ones that are not empty, nearest first, at most `count`.

    Worked out where it is asked for, some clusters at once: of many clusters all pairs would be gigabytes, and whoever
    looks at one of them needs its own only. May be used from several threads.
    """

    def __init__(self, centres: np.ndarray, clusters: Sequence[np.ndarray], count: int = SIBLINGS) -> None:
        self._centres, self._count = centres, min(count, len(centres))
        self._empty = np.array([not len(members) for members in clusters], bool)
        self._step = max(1, _BLOCK_BYTES // (4 * max(1, len(centres))))
        self._known: dict[int, list[np.ndarray]] = {}

    def __len__(self) -> int:
        return len(self._centres)

    def __getitem__(self, place: int) -> np.ndarray:  # type: ignore[override]
        if not 0 <= place < len(self):
            raise IndexError(place)
        block, inside = divmod(place, self._step)
        found = self._known.get(block)
        if found is None:
            found = self._known[block] = self._rank(block * self._step)
        return found[inside]

    def _rank(self, begin: int) -> list[np.ndarray]:
        near = self._centres[begin : begin + self._step] @ self._centres.T
        near[:, self._empty] = -np.inf
        near[np.arange(len(near)), np.arange(begin, begin + len(near))] = -np.inf
        best = np.sort(np.argpartition(-near, self._count - 1, axis=1)[:, : self._count], axis=1)
        values = np.take_along_axis(near, best, axis=1)
        order = np.argsort(-values, axis=1, kind="stable")
        ranked, values = (np.take_along_axis(one, order, axis=1) for one in (best, values))
        return [row[known > -np.inf] for row, known in zip(ranked, values, strict=True)]
