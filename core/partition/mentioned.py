"""The clusters that an edit speaks of: those there are, and those that are made by the same act."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from core.errors import BadInput
from core.partition.edits import Edit, Together


def named_clusters(edit: Edit) -> set[int]:
    """Ids of the clusters that an edit names, those it makes itself left out."""
    if isinstance(edit, Together):
        return set().union(*(named_clusters(part) for part in edit.edits))
    named = [getattr(edit, "cluster_id", None), getattr(edit, "into", None)]
    named += [int(cluster_id) for cluster_id in getattr(edit, "cluster_ids", ())]
    return {cluster_id for cluster_id in named if cluster_id is not None and cluster_id > 0}


def bound(edit: Edit, created: Sequence[int]) -> Edit:
    """The edit with the ids of clusters that were made just now in place of negative ones. Raises `BadInput`."""
    given: dict[str, Any] = {}
    for name in ("cluster_id", "into", "cluster_ids"):
        value = getattr(edit, name, None)
        ids = np.array(() if value is None else value, dtype=np.int32)
        new = ids < 0
        if not new.any():
            continue
        if -int(ids.min()) > len(created):
            raise BadInput("An edit names a cluster that is not made yet.", f"{len(created)} are made before it.")
        ids[new] = np.asarray(created, dtype=np.int32)[-1 - ids[new]]
        given[name] = ids if isinstance(value, np.ndarray) else ids.tolist()
    return replace(edit, **given) if given else edit
