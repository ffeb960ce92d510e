"""A small difference between two partitions: what an undo puts back. Applying one gives the one that leads back."""

from __future__ import annotations

import json
import zlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from core.errors import StorageFailed
from core.partition.partition import COLUMNS, ROW_SHIFT, Cluster, Partition

_ROWS = np.dtype("<i4")
_KEYS = np.dtype("<i8")


@dataclass(frozen=True, eq=False)
class Delta:
    """Values to put into a partition.

    Attributes
    ----------
    rows
        (m,) int64, sorted.
    columns
        Column name → (m,) values for `rows`; only columns in which something differs.
    clusters
        id → the cluster to have (its version is set anew), None = to have none.
    allow, refuse
        (k,) int64 rejected keys to remove and to add.
    """

    rows: np.ndarray
    columns: dict[str, np.ndarray]
    clusters: dict[int, Cluster | None]
    allow: np.ndarray
    refuse: np.ndarray

    @property
    def touched(self) -> frozenset[int]:
        """Ids of the clusters that differ, in members or in themselves."""
        return frozenset(self.clusters)

    @classmethod
    def nothing(cls) -> Delta:
        """Changes nothing: what stands for an act that cannot be taken back."""
        keys = np.empty(0, np.int64)
        return cls(np.empty(0, np.int64), {}, {}, keys, keys)

    def apply(self, partition: Partition) -> tuple[Partition, Delta]:
        """The partition one revision later, and the delta that leads back. `next_id` stays: ids are never reused.

        Items that were forgotten since the delta was made are passed over, and so are clusters without a name that
        have no other items.
        """
        if not partition.gone.any():
            return self._put(partition)
        after, back = self._without(partition.gone)._put(partition)
        sizes = np.bincount(after.cluster_of, minlength=after.next_id)
        empty = {key for key, cluster in self.clusters.items() if cluster and not cluster.name and not sizes[key]}
        clusters = {key: cluster for key, cluster in after.clusters.items() if key not in empty}
        return replace(after, clusters=clusters), replace(back, clusters=_different(back.clusters, clusters))

    def _without(self, gone: np.ndarray) -> Delta:
        kept = ~gone[self.rows]
        columns = {name: values[kept] for name, values in self.columns.items()}
        allow, refuse = (keys[~gone[keys >> ROW_SHIFT]] for keys in (self.allow, self.refuse))
        return Delta(self.rows[kept], columns, self.clusters, allow, refuse)

    def _put(self, partition: Partition) -> tuple[Partition, Delta]:
        columns = {name: getattr(partition, name).copy() for name in self.columns}
        before = {name: column[self.rows] for name, column in columns.items()}
        for name, values in self.columns.items():
            columns[name][self.rows] = values
        clusters = dict(partition.clusters)
        old: dict[int, Cluster | None] = {cluster_id: clusters.get(cluster_id) for cluster_id in self.clusters}
        revision = partition.revision + 1
        for cluster_id, cluster in self.clusters.items():
            if cluster is None:
                clusters.pop(cluster_id, None)
            else:
                clusters[cluster_id] = replace(cluster, version=revision)
        keys = partition.rejected_keys
        if len(self.allow) or len(self.refuse):
            keys = np.union1d(np.setdiff1d(keys, self.allow, assume_unique=True), self.refuse)
        after = replace(partition, **columns, clusters=clusters, rejected_keys=keys, revision=revision)
        return after, Delta(self.rows, before, old, allow=self.refuse, refuse=self.allow)

    def to_bytes(self) -> bytes:
        """Compressed: one line of JSON, then the raw arrays, little-endian."""
        head = {
            "rows": len(self.rows),
            "columns": list(self.columns),
            "allow": len(self.allow),
            "refuse": len(self.refuse),
            "clusters": [[cluster_id, cluster_to_json(cluster)] for cluster_id, cluster in self.clusters.items()],
        }
        arrays = [np.diff(self.rows, prepend=0).astype(_ROWS), *self.columns.values()]
        arrays += [self.allow.astype(_KEYS), self.refuse.astype(_KEYS)]
        line = json.dumps(head, ensure_ascii=False).encode() + b"\n"
        return zlib.compress(line + b"".join(array.tobytes() for array in arrays), 1)

    @classmethod
    def from_bytes(cls, blob: bytes) -> Delta:
        """What `to_bytes` came from. Raises `StorageFailed` when it is damaged."""
        try:
            line, _, content = zlib.decompress(blob).partition(b"\n")
            head = json.loads(line)
            dtypes = [_ROWS, *(COLUMNS[name] for name in head["columns"]), _KEYS, _KEYS]
            counts = [head["rows"]] * (1 + len(head["columns"])) + [head["allow"], head["refuse"]]
            arrays, start = [], 0
            for dtype, number in zip(dtypes, counts, strict=True):
                arrays.append(np.frombuffer(content, dtype, number, start))
                start += number * dtype.itemsize
            clusters = {cluster_id: cluster_from_json(value) for cluster_id, value in head["clusters"]}
        except (KeyError, TypeError, ValueError, zlib.error) as error:
            raise StorageFailed("A stored undo step is damaged.", "It cannot be unpacked.") from error
        rows = np.cumsum(arrays[0], dtype=np.int64)
        columns = dict(zip(head["columns"], arrays[1:-2], strict=True))
        return cls(rows, columns, clusters, allow=arrays[-2], refuse=arrays[-1])


def _different(before: Mapping[int, Cluster | None], after: Mapping[int, Cluster]) -> dict[int, Cluster | None]:
    """Those of `before` that are or were there."""
    return {key: cluster for key, cluster in before.items() if cluster is not None or key in after}


def cluster_to_json(cluster: Cluster | None) -> list[Any] | None:
    """[id, name, colour, note, version, apart], or None."""
    if cluster is None:
        return None
    apart = [list(entry) for entry in cluster.apart]
    return [cluster.id, cluster.name, cluster.colour, cluster.note, cluster.version, apart]


def cluster_from_json(value: list[Any] | None) -> Cluster | None:
    """What `cluster_to_json` came from."""
    if not value:
        return None
    # Before clusters could be kept apart, five values were stored.
    return Cluster(*value[:5], apart=tuple(tuple(entry) for entries in value[5:] for entry in entries))
