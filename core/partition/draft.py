"""A partition in the making: collects what an edit changes, then gives the new partition and the way back."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from core.partition.delta import Delta
from core.partition.partition import COLUMNS, UNDECIDED, Cluster, Origin, Partition, colours_used

# What the machine thinks of an item: a change of it does not outdate what a person sees of a cluster.
_OPINIONS = ("confidence", "likely")


@dataclass(frozen=True)
class Step:
    """What one edit did.

    Attributes
    ----------
    partition
        The state after it.
    inverse
        The delta that leads back.
    touched
        Ids of the clusters that differ now, in members or in themselves.
    created
        Ids of the clusters it made, in order.
    conflicts
        What it could not settle, in sentences.
    """

    partition: Partition
    inverse: Delta
    touched: frozenset[int]
    created: tuple[int, ...] = ()
    conflicts: list[str] = field(default_factory=list)


class Draft:
    """Changes to a partition, in order; nothing of the partition itself is written to."""

    def __init__(self, partition: Partition) -> None:
        self.before = partition
        self.created: list[int] = []
        self.conflicts: list[str] = []
        self._columns: dict[str, np.ndarray] = {}
        self._rows: list[np.ndarray] = []
        self._clusters: dict[int, Cluster | None] = {}
        self._colours: np.ndarray | None = None  # how often each is used; counting anew for each cluster is quadratic
        self._refused = partition.rejected_keys
        self._bumped: set[int] = set()
        self._next_id = partition.next_id

    def cluster(self, cluster_id: int) -> Cluster:
        """The cluster as it stands in the draft."""
        return self._clusters.get(cluster_id) or self.before.clusters[cluster_id]

    def new_cluster(self) -> int:
        """A new, nameless cluster with the colour that is used least."""
        cluster_id, self._next_id = self._next_id, self._next_id + 1
        if self._colours is None:
            self._colours = colours_used(self._standing())
        colour = int(np.argmin(self._colours))
        self._colours[colour] += 1
        self._clusters[cluster_id] = Cluster(cluster_id, colour=colour)
        self.created.append(cluster_id)
        return cluster_id

    def change(self, cluster_id: int, **attributes: Any) -> None:
        """Give a cluster another name or note."""
        self._colours = None if "colour" in attributes else self._colours
        self._clusters[cluster_id] = replace(self.cluster(cluster_id), **attributes)

    def remove(self, cluster_id: int) -> None:
        """Take a cluster away; its members must have been put elsewhere."""
        self._colours = None
        self._clusters[cluster_id] = None

    def put(self, rows: np.ndarray, **values: Any) -> None:
        """Set columns at rows (sorted, unique); a value is a scalar or aligned to the rows."""
        for name, value in values.items():
            if name not in self._columns:
                self._columns[name] = getattr(self.before, name).copy()
            self._columns[name][rows] = value
        self._rows.append(rows)

    def to_undecided(self, rows: np.ndarray) -> None:
        """Take items out of their clusters."""
        self.put(rows, cluster_of=UNDECIDED, origin=Origin.NONE, confirmed=False, confidence=np.nan, likely=UNDECIDED)

    def refuse(self, keys: np.ndarray, cluster_id: int) -> None:
        """Remember cannot-links with a cluster."""
        if not np.isin(keys, self._refused).all():
            self._refused = np.union1d(self._refused, keys)
            self._bumped.add(cluster_id)

    def allow(self, keys: np.ndarray) -> None:
        """Forget cannot-links."""
        if len(self._refused):
            self._refused = np.setdiff1d(self._refused, keys, assume_unique=True)

    def keep_apart(self, cluster_id: int, others: Iterable[int], size: int) -> None:
        """Remember that a person said a cluster of `size` items differs from others; known from now on."""
        told = {entry[0]: entry for entry in self.cluster(cluster_id).apart}
        told |= {other: (other, size, 0) for other in others}
        self.change(cluster_id, apart=tuple(told[other] for other in sorted(told)))

    def finish(self, *, keep_names: bool = False) -> Step:
        """The step; clusters that lost their last member vanish, with `keep_names` only those without a name."""
        rows, columns = self._differences()
        touched = self._touched(rows, columns)
        self._drop_empty(rows, touched, keep_names)
        touched = {key for key in touched if self._clusters.get(key) or key in self.before.clusters}
        self._count_changes(rows, columns)
        if self._forget_unlikely():
            rows, columns = self._differences()
        refused = self._refused
        delta = Delta(
            rows=rows,
            columns=columns,
            clusters={key: self._clusters.get(key, self.before.clusters.get(key)) for key in sorted(touched)},
            allow=np.setdiff1d(self.before.rejected_keys, refused, assume_unique=True),
            refuse=np.setdiff1d(refused, self.before.rejected_keys, assume_unique=True),
        )
        after, inverse = delta.apply(self.before)
        after = replace(after, next_id=self._next_id)
        created = tuple(cluster_id for cluster_id in self.created if cluster_id in after.clusters)
        return Step(after, inverse, frozenset(touched), created, self.conflicts)

    def _standing(self) -> list[Cluster]:
        return [cluster for cluster in (dict(self.before.clusters) | self._clusters).values() if cluster]

    def _differences(self) -> tuple[np.ndarray, dict[str, np.ndarray]]:
        rows = _union(self._rows)
        differ = {name: _differ(new[rows], getattr(self.before, name)[rows]) for name, new in self._columns.items()}
        changed = np.zeros(len(rows), dtype=bool)
        for mask in differ.values():
            changed |= mask
        rows = rows[changed]
        return rows, {name: self._columns[name][rows] for name in COLUMNS if name in differ and differ[name].any()}

    def _touched(self, rows: np.ndarray, columns: dict[str, np.ndarray]) -> set[int]:
        decided = np.zeros(len(rows), dtype=bool)
        for name, values in columns.items():
            if name not in _OPINIONS:
                decided |= _differ(values, getattr(self.before, name)[rows])
        seen = np.zeros(self._next_id, dtype=bool)
        seen[self.before.cluster_of[rows[decided]]] = True
        if "cluster_of" in columns:
            seen[columns["cluster_of"]] = True
        seen[UNDECIDED] = False
        changed = {key for key, cluster in self._clusters.items() if cluster != self.before.clusters.get(key)}
        return set(np.flatnonzero(seen).tolist()) | changed | (self._bumped & set(self.before.clusters))

    def _drop_empty(self, rows: np.ndarray, touched: set[int], keep_names: bool) -> None:
        sizes = np.bincount(self._columns.get("cluster_of", self.before.cluster_of), minlength=self._next_id)
        lost = set(np.unique(self.before.cluster_of[rows]).tolist())
        for cluster_id in touched:
            if sizes[cluster_id] or self._clusters.get(cluster_id, Cluster(0)) is None:
                continue
            if not self.cluster(cluster_id).name or (cluster_id in lost and not keep_names):
                self._clusters[cluster_id] = None

    def _count_changes(self, rows: np.ndarray, columns: dict[str, np.ndarray]) -> None:
        """How many members came and went since clusters were said to differ."""
        told = {key: one for key, one in self.before.clusters.items() if one.apart and self._clusters.get(key, one)}
        if not told or "cluster_of" not in columns:
            return
        old, new = self.before.cluster_of[rows], columns["cluster_of"]
        ends = np.concatenate([old[old != new], new[old != new]])
        moved = np.bincount(ends, minlength=self._next_id).tolist()
        for key, before in told.items():
            if moved[key]:
                entries = [
                    (other, size, gone + moved[key]) if (other, size, gone) in before.apart else (other, size, gone)
                    for other, size, gone in self.cluster(key).apart
                ]
                self.change(key, apart=tuple(entries))

    def _forget_unlikely(self) -> bool:
        """Take likely labels off items whose own cluster has a name now, and those whose named cluster is gone."""
        likely = self._columns.get("likely", self.before.likely)
        rows = np.flatnonzero(likely)
        if not len(rows):
            return False
        named = np.zeros(self._next_id, dtype=bool)
        named[[cluster.id for cluster in self._standing() if cluster.name]] = True
        places = self._columns.get("cluster_of", self.before.cluster_of)[rows]
        rows = rows[named[places] | ~named[likely[rows]]]
        if len(rows):
            self.put(rows, likely=UNDECIDED, confidence=np.nan)
        return bool(len(rows))


def difference(before: Partition, after: Partition, steps: list[Step]) -> Step:
    """Several steps in a row, from `before` to `after`, as one that is taken back at once."""
    changed = np.zeros(len(before), dtype=bool)
    differ = []
    for name in COLUMNS:
        mask = _differ(getattr(before, name), getattr(after, name))
        if mask.any():
            differ.append(name)
            changed |= mask
    rows = np.flatnonzero(changed)
    touched = {key for step in steps for key in step.touched if key in before.clusters or key in after.clusters}
    delta = Delta(
        rows=rows,
        columns={name: getattr(after, name)[rows] for name in differ},
        clusters={key: after.clusters.get(key) for key in sorted(touched)},
        allow=np.setdiff1d(before.rejected_keys, after.rejected_keys, assume_unique=True),
        refuse=np.setdiff1d(after.rejected_keys, before.rejected_keys, assume_unique=True),
    )
    whole, inverse = delta.apply(before)
    created = tuple(key for step in steps for key in step.created if key in after.clusters)
    conflicts = [sentence for step in steps for sentence in step.conflicts]
    return Step(replace(whole, next_id=after.next_id), inverse, frozenset(touched), created, conflicts)


def _union(parts: list[np.ndarray]) -> np.ndarray:
    if len(parts) == 1 or (parts and all(part is parts[0] for part in parts)):
        return parts[0]
    return np.unique(np.concatenate([np.empty(0, np.int64), *parts]))


def _differ(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    if left.dtype.kind == "f":
        return left.view(np.uint32) != right.view(np.uint32)
    return left != right
