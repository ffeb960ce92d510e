"""What holds of every partition, and when one is what the plain model says."""

from __future__ import annotations

from typing import Any

import numpy as np

from core.partition.partition import COLUMNS, ORIGIN_NAMES, Origin, Partition


def agrees(model: Any, partition: Partition) -> bool:
    """Whether the plain model and the partition tell the same."""
    names = {key: (cluster.name, cluster.note) for key, cluster in partition.clusters.items()}
    if names != {key: (model.names[key], model.notes[key]) for key in model.names}:
        return False
    origins = [ORIGIN_NAMES[Origin(value)] for value in partition.origin]
    flags = (partition.cluster_of.tolist(), partition.confirmed.tolist(), partition.aside.tolist(), origins)
    places = dict(enumerate(zip(*flags, strict=True)))
    rejected = {tuple(pair) for pair in partition.rejected().tolist()}
    likely = {int(row): int(partition.likely[row]) for row in np.flatnonzero(partition.likely)}
    if {frozenset(pair) for pair in partition.apart()} != model.apart_now():
        return False
    if likely != model.likely or set(np.flatnonzero(partition.gone).tolist()) != model.gone:
        return False
    return places == model.place and rejected == model.rejected and partition.next_id == model.next_id


def complete(partition: Partition) -> None:
    """Every item is in one place, and nothing points at what is not there."""
    assert {getattr(partition, name).shape for name in COLUMNS} == {(len(partition),)}
    assert set(np.unique(partition.cluster_of).tolist()) <= {0, *partition.clusters}
    counted = sum(partition.sizes().values()) + len(partition.undecided()) + partition.aside.sum()
    assert counted == partition.n_items == len(partition) - partition.gone.sum()
    assert not (partition.gone & ((partition.cluster_of != 0) | partition.aside | (partition.likely != 0))).any()
    assert not partition.gone[partition.rejected()[:, 0]].any()
    assert not (partition.aside & (partition.cluster_of != 0)).any()
    assert not (partition.confirmed & (partition.cluster_of == 0)).any()
    assert all(key < partition.next_id for key in partition.clusters)
    likely = partition.likely != 0
    assert not (likely & (partition.in_named() | partition.aside)).any()
    assert all(partition.clusters[key].name for key in np.unique(partition.likely[likely]).tolist())
