"""Where the names of the clusters stand on a map: at the median of their members, worked out again only on change."""

from __future__ import annotations

import threading
from dataclasses import dataclass

import numpy as np

from core.partition.partition import Cluster, Partition

# Above this many changed clusters one pass over all points in order is quicker than one pass for each.
_ONE_BY_ONE = 12


@dataclass(frozen=True)
class Middle:
    """A cluster's place on the map.

    Attributes
    ----------
    cluster
        Whose it is.
    x, y
        Median of its members that have a place, in the map's coordinates.
    size
        How many of them there are.
    """

    cluster: Cluster
    x: float
    y: float
    size: int


class Middles:
    """The middles of one map's clusters, kept from one revision to the next. May be used from several threads.

    Parameters
    ----------
    xy
        (m, 2) float positions; NaN has no place.
    rows
        (m,) int64 rows of the items, None = position i is row i.
    """

    def __init__(self, xy: np.ndarray, rows: np.ndarray | None) -> None:
        self._xy = xy
        self._rows = rows
        # Cluster id → (version, x, y, size): a cluster's version changes whenever its members do.
        self._known: dict[int, tuple[int, float, float, int]] = {}
        self._lock = threading.Lock()

    def of(self, partition: Partition) -> list[Middle]:
        """The clusters that have a member on the map: named ones first, the biggest of them first."""
        with self._lock:
            changed = [one for one in partition.clusters.values() if self._known.get(one.id, (None,))[0] != one.version]
            if changed:
                of_point = partition.cluster_of if self._rows is None else partition.cluster_of[self._rows]
                self._learn(changed, of_point[: len(self._xy)])
            self._known = {one: self._known[one] for one in partition.clusters}
            known = dict(self._known)
        found = [Middle(one, *known[one.id][1:]) for one in partition.clusters.values()]
        found = [one for one in found if one.size]
        return sorted(found, key=lambda one: (not one.cluster.name, -one.size, one.cluster.id))

    def _learn(self, changed: list[Cluster], of_point: np.ndarray) -> None:
        if len(changed) <= _ONE_BY_ONE:
            members = [np.flatnonzero(of_point == one.id) for one in changed]
        else:
            order = np.argsort(of_point, kind="stable")
            ids = np.array([one.id for one in changed])
            begins, ends = (np.searchsorted(of_point, ids, side, sorter=order) for side in ("left", "right"))
            members = [order[begin:end] for begin, end in zip(begins, ends, strict=True)]
        for one, places in zip(changed, members, strict=True):
            xy = np.asarray(self._xy[places])
            xy = xy[np.isfinite(xy).all(axis=1)]
            x, y = np.median(xy, axis=0) if len(xy) else (0.0, 0.0)
            self._known[one.id] = (one.version, float(x), float(y), len(xy))
