"""A whole partition as bytes, so that reopening does not replay every edit."""

from __future__ import annotations

import json
import zlib

import numpy as np

from core.errors import StorageFailed
from core.partition.delta import cluster_from_json, cluster_to_json
from core.partition.partition import COLUMNS, Partition

EVERY = 200
_KEPT = 2
_ROWS_LIKE_ONE_EDIT = 200_000
_CHANGES_LIKE_ONE_EDIT = 5_000


def cost(n: int, changed: int) -> float:
    """What replaying an edit costs, in small edits: arrays of `n` rows are copied, `changed` rows are decided anew."""
    return 1.0 + n / _ROWS_LIKE_ONE_EDIT + changed / _CHANGES_LIKE_ONE_EDIT


def statements(partition: Partition) -> list[tuple[str, tuple]]:
    """What stores a snapshot and forgets all but the last ones."""
    return [
        ("INSERT OR REPLACE INTO snapshots VALUES (?, ?)", (partition.revision, to_bytes(partition))),
        (
            "DELETE FROM snapshots WHERE revision NOT IN "
            "(SELECT revision FROM snapshots ORDER BY revision DESC LIMIT ?)",
            (_KEPT,),
        ),
    ]


def to_bytes(partition: Partition) -> bytes:
    """Compressed: one line of JSON, then the raw arrays, little-endian."""
    head = {
        "n": len(partition),
        "columns": list(COLUMNS),
        "rejected": len(partition.rejected_keys),
        "revision": partition.revision,
        "next_id": partition.next_id,
        "clusters": [cluster_to_json(cluster) for cluster in partition.clusters.values()],
    }
    arrays = [getattr(partition, name) for name in COLUMNS] + [partition.rejected_keys]
    content = b"".join(array.astype(array.dtype.newbyteorder("<"), copy=False).tobytes() for array in arrays)
    return zlib.compress(json.dumps(head, ensure_ascii=False).encode() + b"\n" + content, 1)


def from_bytes(state: bytes) -> Partition:
    """What `to_bytes` came from. Raises `StorageFailed` when it is damaged."""
    try:
        line, _, content = zlib.decompress(state).partition(b"\n")
        head = json.loads(line)
        # A column that a later version added is blank in an older snapshot.
        values, start = {name: getattr(Partition.start(head["n"]), name) for name in COLUMNS}, 0
        for name in head["columns"]:
            dtype = COLUMNS[name]
            values[name] = np.frombuffer(content, dtype.newbyteorder("<"), head["n"], start).astype(dtype, copy=False)
            start += head["n"] * dtype.itemsize
        keys = np.frombuffer(content, np.dtype("<i8"), head["rejected"], start).astype(np.int64, copy=False)
        clusters = {value[0]: cluster_from_json(value) for value in head["clusters"]}
        counters = {name: head[name] for name in ("revision", "next_id")}
        return Partition(**values, clusters=clusters, rejected_keys=keys, **counters)
    except (KeyError, TypeError, ValueError, zlib.error) as error:
        raise StorageFailed("A stored state of the project is damaged.", "It cannot be unpacked.") from error
