"""The partition: which cluster every item is in now, why, and how sure that is. An immutable value."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import IntEnum
from functools import cached_property
from types import MappingProxyType
from typing import Any

import numpy as np

UNDECIDED = 0
# From this confidence on a label that the machine gave needs no question.
SETTLED_FROM = 0.9
PALETTE_SIZE = 24
COLUMNS: dict[str, np.dtype] = {
    "cluster_of": np.dtype(np.int32),
    "origin": np.dtype(np.uint8),
    "confirmed": np.dtype(np.bool_),
    "aside": np.dtype(np.bool_),
    "confidence": np.dtype(np.float32),
    "likely": np.dtype(np.int32),
    "gone": np.dtype(np.bool_),
}
ROW_SHIFT = 32


class Origin(IntEnum):
    """Why an item carries its label."""

    NONE = 0
    MACHINE = 1
    CLUSTER = 2  # its cluster was named by a person; derived by `Partition.origins`, never stored
    SPREAD = 3
    PERSON = 4
    GROUP = 5  # a person said it of a group that was shown together; not confirmed = of most of it, not of each


ORIGIN_NAMES = {
    Origin.NONE: "",
    Origin.MACHINE: "machine",
    Origin.CLUSTER: "cluster",
    Origin.SPREAD: "spread",
    Origin.PERSON: "person",
    Origin.GROUP: "group",
}


@dataclass(frozen=True)
class Cluster:
    """A member of the partition.

    Attributes
    ----------
    id
        From 1, never used for another cluster.
    name, note
        A person's words, already made safe to store; may be empty.
    colour
        Index into the palette of `PALETTE_SIZE` colours.
    version
        Revision at which the cluster or its members last changed.
    apart
        (id of another cluster, size of this one when a person said that the two differ, members that came or went
        since), by id. Either of two may hold what was said of both; one that is gone means nothing any more.
    """

    id: int
    name: str = ""
    colour: int = 0
    note: str = ""
    version: int = 0
    apart: tuple[tuple[int, int, int], ...] = ()


@dataclass(frozen=True, eq=False)
class Partition:
    """Which cluster every item is in now. All arrays are over the collection, indexed by row, and read-only.

    Attributes
    ----------
    cluster_of
        (n,) int32; `UNDECIDED` or a key of `clusters`.
    origin
        (n,) uint8, `Origin` without CLUSTER.
    confirmed, aside
        (n,) bool: a person said it belongs where it is; a person put it away (then it is in no cluster).
    confidence
        (n,) float32, probability that the label is right; NaN = absent.
    likely
        (n,) int32: for an item of a cluster without a name, or of none, the named cluster whose label the machine
        would give it; `UNDECIDED` = it would give none. The item stays where it is.
    gone
        (n,) bool: forgotten. The row stays, in no cluster and in no count, whatever is undone.
    clusters
        id → `Cluster`, in the order of ids, read-only.
    rejected_keys
        (k,) int64, sorted: the cannot-links, see `rejected`.
    revision
        Number of edits (undo and redo included) that led here.
    next_id
        The id the next new cluster gets.
    """

    cluster_of: np.ndarray
    origin: np.ndarray
    confirmed: np.ndarray
    aside: np.ndarray
    confidence: np.ndarray
    likely: np.ndarray
    gone: np.ndarray
    clusters: Mapping[int, Cluster] = field(default_factory=dict)
    rejected_keys: np.ndarray = field(default_factory=lambda: np.empty(0, np.int64))
    revision: int = 0
    next_id: int = 1

    def __post_init__(self) -> None:
        for name, dtype in COLUMNS.items():
            object.__setattr__(self, name, _frozen(getattr(self, name), dtype))
        object.__setattr__(self, "rejected_keys", _frozen(self.rejected_keys, np.dtype(np.int64)))
        if not isinstance(self.clusters, MappingProxyType):
            object.__setattr__(self, "clusters", MappingProxyType(dict(sorted(self.clusters.items()))))

    @classmethod
    def start(cls, n: int) -> Partition:
        """`n` items, all undecided."""
        blank = {name: np.zeros(n, dtype) for name, dtype in COLUMNS.items()}
        blank["confidence"].fill(np.nan)
        return cls(**blank)

    @classmethod
    def from_labels(cls, labels: np.ndarray) -> Partition:
        """A clustering before any edit: labels (n,) integer, −1 = in no cluster; ids 1, 2 … in the order of labels."""
        labels = np.asarray(labels)
        found = np.unique(labels[labels >= 0])
        cluster_of = np.where(labels >= 0, np.searchsorted(found, labels) + 1, UNDECIDED).astype(np.int32)
        clusters = {index: Cluster(index, colour=(index - 1) % PALETTE_SIZE) for index in range(1, len(found) + 1)}
        origin = np.where(cluster_of > 0, Origin.MACHINE, Origin.NONE).astype(np.uint8)
        blank = cls.start(len(labels))
        return replace(blank, cluster_of=cluster_of, origin=origin, clusters=clusters, next_id=len(found) + 1)

    def __len__(self) -> int:
        return len(self.cluster_of)

    def members(self, cluster_id: int) -> np.ndarray:
        """Rows of a cluster, (m,) int64 in order; `UNDECIDED` gives what `undecided` gives."""
        return self.undecided() if cluster_id == UNDECIDED else np.flatnonzero(self.cluster_of == cluster_id)

    def undecided(self) -> np.ndarray:
        """Rows that are in no cluster, not set aside and not gone, (m,) int64."""
        return np.flatnonzero((self.cluster_of == UNDECIDED) & ~self.aside & ~self.gone)

    @cached_property
    def n_items(self) -> int:
        """How many items there are: all rows but the forgotten ones."""
        return len(self) - int(self.gone.sum())

    @cached_property
    def _counts(self) -> np.ndarray:
        return np.bincount(self.cluster_of, minlength=self.next_id)

    def size(self, cluster_id: int) -> int:
        """How many items are in a cluster; 0 for one that does not exist."""
        return int(self._counts[cluster_id]) if 0 < cluster_id < len(self._counts) else 0

    def sizes(self) -> dict[int, int]:
        """Cluster id → number of items, in the order of ids; a named cluster may have 0. Undecided is not a cluster."""
        return {cluster_id: int(self._counts[cluster_id]) for cluster_id in self.clusters}

    def label_of(self, row: int) -> str:
        """Name of the item's cluster, else of the likely one; empty when there is none."""
        own, likely = self.clusters.get(int(self.cluster_of[row])), self.clusters.get(int(self.likely[row]))
        return (own.name if own else "") or (likely.name if likely else "")

    def labels(self) -> np.ndarray:
        """(n,) object array of str: `label_of` for every row."""
        names = np.full(self.next_id, "", dtype=object)
        for cluster in self.clusters.values():
            names[cluster.id] = cluster.name
        return names[np.where(self.likely == UNDECIDED, self.cluster_of, self.likely)]

    def in_named(self) -> np.ndarray:
        """(n,) bool: the item is in a cluster that has a name."""
        named = np.zeros(self.next_id, dtype=bool)
        named[[cluster.id for cluster in self.clusters.values() if cluster.name]] = True
        return named[self.cluster_of]

    def origins(self) -> np.ndarray:
        """(n,) uint8 `Origin`: CLUSTER for a machine's item in a named cluster, SPREAD for a likely label."""
        by_name = (self.origin == Origin.MACHINE) & self.in_named()
        found = np.where(by_name, Origin.CLUSTER, self.origin)
        return np.where(self.likely != UNDECIDED, Origin.SPREAD, found).astype(np.uint8)

    def origin_names(self) -> np.ndarray:
        """(n,) object array of str: `origins` in words, empty for none."""
        return np.array([ORIGIN_NAMES[origin] for origin in Origin], dtype=object)[self.origins()]

    def settled(self) -> np.ndarray:
        """(n,) bool: confirmed, set aside, or in a named cluster; what a model put there only when it is sure."""
        guess = (self.origin == Origin.SPREAD) & ~(self.confidence >= SETTLED_FROM)
        return self.confirmed | self.aside | (self.in_named() & ~guess)

    def settled_share(self) -> float:
        """Share of items that are settled, 0–1; 1 for an empty collection."""
        return float(self.settled().sum() / self.n_items) if self.n_items else 1.0

    def rejected(self) -> np.ndarray:
        """(k, 2) int64: (row, cluster id) pairs that a person refused, in order."""
        return np.stack([self.rejected_keys >> ROW_SHIFT, self.rejected_keys & 0xFFFFFFFF], axis=1)

    def apart(self) -> list[tuple[int, int]]:
        """(id, higher id) of all clusters that a person said are different, in order."""
        pairs = {tuple(sorted((key, other))) for key, one in self.clusters.items() for other, _, _ in one.apart}
        return sorted((one, other) for one, other in pairs if one in self.clusters and other in self.clusters)

    def kept_apart(self, changed: float = 0.2) -> set[tuple[int, int]]:
        """Those of `apart` of which neither has lost or gained more than this share of its members since."""
        found = set(self.apart())
        for key, cluster in self.clusters.items():
            for other, size, moved in cluster.apart:
                if moved > changed * size:
                    found.discard((min(key, other), max(key, other)))
        return found

    def title(self, cluster_id: int) -> str:
        """How a sentence calls a cluster: “cats”, cluster 12, or undecided."""
        if cluster_id == UNDECIDED:
            return "undecided"
        cluster = self.clusters.get(cluster_id)
        return f"“{cluster.name}”" if cluster and cluster.name else f"cluster {cluster_id}"

    def resized(self, n: int) -> Partition:
        """The same partition with rows appended up to `n`, all undecided. Rows are never removed: raises ValueError."""
        if n < len(self):
            raise ValueError(f"a partition of {len(self)} rows cannot shrink to {n}")
        if n == len(self):
            return self
        more = Partition.start(n - len(self))
        grown = {name: np.concatenate([getattr(self, name), getattr(more, name)]) for name in COLUMNS}
        return replace(self, **grown)

    def same_as(self, other: Partition) -> bool:
        """Whether a person would see no difference: all but `revision`, `next_id` and the versions is equal."""
        return (
            all(same_values(getattr(self, name), getattr(other, name)) for name in COLUMNS)
            and np.array_equal(self.rejected_keys, other.rejected_keys)
            and _without_versions(self.clusters) == _without_versions(other.clusters)
        )


def colours_used(clusters: Iterable[Cluster]) -> np.ndarray:
    """(PALETTE_SIZE,) int64: how many of `clusters` have each palette index."""
    used = np.array([cluster.colour % PALETTE_SIZE for cluster in clusters], dtype=np.int64)
    return np.bincount(used, minlength=PALETTE_SIZE)


def rejected_key(rows: np.ndarray, cluster_ids: Any) -> np.ndarray:
    """(row, cluster id) pairs as int64 keys, the form of `Partition.rejected_keys`; shapes broadcast."""
    return (np.asarray(rows, np.int64) << ROW_SHIFT) | np.asarray(cluster_ids, np.int64)


def same_values(left: np.ndarray, right: np.ndarray) -> bool:
    """Equality of two columns, NaN equal to NaN."""
    return np.array_equal(left, right, equal_nan=left.dtype.kind == "f")


def _without_versions(clusters: Mapping[int, Cluster]) -> dict[int, Cluster]:
    return {cluster_id: replace(cluster, version=0) for cluster_id, cluster in clusters.items()}


def _frozen(array: np.ndarray, dtype: np.dtype) -> np.ndarray:
    array = np.asarray(array, dtype)
    if array.flags.writeable:
        array = array.view()
        array.flags.writeable = False
    return array
