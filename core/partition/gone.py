"""Forgotten items: an edit passes them over, whoever names them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from core.errors import BadInput
from core.partition.delta import Delta
from core.partition.draft import Draft, Step
from core.partition.edits import Edit, Recluster, Split, Together
from core.partition.partition import ROW_SHIFT, Partition
from core.partition.rows import Rows


def forget(partition: Partition, rows: np.ndarray) -> Step:
    """Take `rows` (m,) int64 out of everything, for good; the fold's rule for `Forget`.

    A cluster that loses its last item stays if it has a name: a person gave it, and no undo could bring it back.
    """
    draft = Draft(partition)
    draft.to_undecided(rows)
    draft.put(rows, aside=False, gone=True)
    draft.allow(partition.rejected_keys[np.isin(partition.rejected_keys >> ROW_SHIFT, rows)])
    return replace(draft.finish(keep_names=True), inverse=Delta.nothing())


def without_gone(edit: Edit, partition: Partition) -> Edit:
    """A resolved edit without the items that are forgotten. Raises `BadInput` when it names no other."""
    if not partition.gone.any():
        return edit
    if isinstance(edit, Together):
        return replace(edit, edits=tuple(without_gone(part, partition) for part in edit.edits))
    if isinstance(edit, Split):
        parts = [(part, _kept(part, partition)) for part in edit.parts]
        return replace(edit, parts=tuple(Rows(part.array[kept]) for part, kept in parts if kept.any() or not len(part)))
    items = getattr(edit, "item_ids", None)
    if isinstance(edit, Recluster) and items is None and len(edit.labels) == len(partition):
        items = Rows(np.arange(len(partition)))
    if not isinstance(items, Rows):
        return edit
    kept = _kept(items, partition)
    if kept.all():
        return edit
    if not kept.any():
        raise BadInput("These items were forgotten.", "They cannot be brought back.", "Select others.")
    # A column of another length stays as it is, for the fold to refuse.
    columns: dict[str, Any] = {name: getattr(edit, name) for name in edit._aligned}
    fitting = {name: each[kept] for name, each in columns.items() if each is not None and len(each) == len(kept)}
    return replace(edit, item_ids=Rows(items.array[kept]), **fitting)


def _kept(items: Rows, partition: Partition) -> np.ndarray:
    """(m,) bool; rows beyond the partition stay, for the fold to refuse."""
    known = items.array < len(partition)
    return ~(known & partition.gone[np.where(known, items.array, 0)])
