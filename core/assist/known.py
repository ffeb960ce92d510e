"""What a person has said so far, read off the partition: the engine keeps nothing of its own.

So undo, edits on other pages and a restart need no second bookkeeping. Verified is what a person confirmed in a
cluster with a name; loose is what was said of most of a group; weak is what lies in a cluster that was named as a
whole, unless later answers contradict it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.assist.beliefs import Evidence
from core.partition.partition import UNDECIDED, Origin, Partition

_PURE = 0.8
_CONTRADICTIONS = 2


@dataclass(frozen=True)
class Classes:
    """The names in use; clusters whose names differ in case only are one class.

    Attributes
    ----------
    names
        As first written.
    cluster_ids
        (c,) int32: the biggest cluster of each.
    of_cluster
        (next id,) int32: the class of each cluster, −1 = it has no name.
    """

    names: tuple[str, ...]
    cluster_ids: np.ndarray
    of_cluster: np.ndarray

    def __len__(self) -> int:
        return len(self.names)

    def find(self, name: str) -> int | None:
        """The class that a name means, if it is in use."""
        wanted = name.casefold()
        return next((place for place, known in enumerate(self.names) if known.casefold() == wanted), None)


def classes(partition: Partition) -> Classes:
    """The classes of a partition, in the order of their clusters' ids."""
    places: dict[str, int] = {}
    names: list[str] = []
    biggest: list[int] = []
    of_cluster = np.full(partition.next_id, -1, dtype=np.int32)
    for cluster in partition.clusters.values():
        if not cluster.name:
            continue
        place = places.setdefault(cluster.name.casefold(), len(names))
        if place == len(names):
            names.append(cluster.name)
            biggest.append(cluster.id)
        elif partition.size(cluster.id) > partition.size(biggest[place]):
            biggest[place] = cluster.id
        of_cluster[cluster.id] = place
    return Classes(tuple(names), np.array(biggest, dtype=np.int32), of_cluster)


def evidence(partition: Partition, found: Classes, rows: np.ndarray, groups: np.ndarray) -> Evidence:
    """What is known about the items that have a vector.

    Parameters
    ----------
    rows
        (m,) int64 of those items.
    groups
        (m,) int32: the machine's clustering, −1 = in none; a name that was given to a cluster as a whole is tested
        by what is verified in its group.
    """
    class_of = found.of_cluster[partition.cluster_of[rows]]
    sure = partition.confirmed[rows] & (class_of >= 0)
    positions = np.flatnonzero(sure)
    whole = np.flatnonzero((class_of >= 0) & ~sure & (partition.origin[rows] == Origin.MACHINE))
    said = np.flatnonzero((class_of >= 0) & ~sure & (partition.origin[rows] == Origin.GROUP))
    weak = np.stack([whole, class_of[whole]], axis=1).astype(np.int64)
    weak = weak[_stands(weak, groups, positions, class_of[positions])]
    return Evidence(
        positions,
        class_of[positions].astype(np.int64),
        len(found),
        refused=_refused(partition, found, rows),
        weak=weak,
        loose=np.stack([said, class_of[said]], axis=1).astype(np.int64),
        grouped=partition.origin[rows[positions]] == Origin.GROUP,
    )


def _stands(weak: np.ndarray, groups: np.ndarray, positions: np.ndarray, verified: np.ndarray) -> np.ndarray:
    """(w,) bool: the name has not been contradicted in this item's group (Beta(1, 1) posterior of its purity)."""
    stands = np.ones(len(weak), dtype=bool)
    for group, label in np.unique(np.stack([groups[weak[:, 0]], weak[:, 1]], axis=1), axis=0).tolist():
        if group < 0:
            continue
        inside = verified[groups[positions] == group]
        agree, contradict = int((inside == label).sum()), int((inside != label).sum())
        impure = (1 + agree) / (2 + agree + contradict) < _PURE
        if contradict >= _CONTRADICTIONS and impure:
            stands[(groups[weak[:, 0]] == group) & (weak[:, 1] == label)] = False
    return stands


def _refused(partition: Partition, found: Classes, rows: np.ndarray) -> np.ndarray:
    pairs = partition.rejected()
    if not len(pairs):
        return np.empty((0, 2), np.int64)
    position_of = np.full(len(partition), -1, dtype=np.int64)
    position_of[rows] = np.arange(len(rows))
    ruled = np.stack([position_of[pairs[:, 0]], found.of_cluster[pairs[:, 1]]], axis=1)
    ruled = ruled[(ruled >= 0).all(axis=1)]
    # One cluster of a class may have been refused while the item was put into another of the same name.
    own = np.where(partition.confirmed[rows], found.of_cluster[partition.cluster_of[rows]], UNDECIDED - 1)
    return ruled[own[ruled[:, 0]] != ruled[:, 1]]
