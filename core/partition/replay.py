"""From the stored events to the partition: the newest snapshot, then the edits after it."""

from __future__ import annotations

import json
from dataclasses import dataclass

from core.errors import StorageFailed, TaxonError
from core.partition import edits, snapshots
from core.partition.database import Database
from core.partition.delta import Delta
from core.partition.fold import apply
from core.partition.history import History
from core.partition.partition import Partition


@dataclass(frozen=True)
class Replayed:
    """The partition, what can be undone, and what replaying the edits after the snapshot cost."""

    partition: Partition
    history: History
    cost: float


def replay(database: Database, n_items: int) -> Replayed:
    """The state that the journal leads to, for a project of `n_items` rows. Raises `StorageFailed`."""
    try:
        start = _newest_snapshot(database) or Partition.start(n_items)
        partition = start.resized(n_items)
        kinds = database.query("SELECT seq, kind FROM events WHERE seq <= ? ORDER BY seq", (start.revision,))
        history, cost = History(kinds), 0.0
        tail = "SELECT seq, kind, payload FROM events WHERE seq > ? ORDER BY seq"
        for seq, kind, payload in database.query(tail, (start.revision,)):
            if kind in ("undo", "redo"):
                delta = stored_delta(database, history.next(kind)[1])
                partition, changed = delta.apply(partition)[0], len(delta.rows)
            else:
                step = apply(partition, edits.from_json(json.loads(payload)))
                partition, changed = step.partition, len(step.inverse.rows)
            if partition.revision != seq:
                raise ValueError(f"event {partition.revision} is missing")
            history.add(seq, kind)
            cost += snapshots.cost(n_items, changed)
    except (TaxonError, ValueError, TypeError, IndexError) as error:
        raise StorageFailed(
            "The journal does not fit the project.",
            f"{error}".rstrip(".") + ".",
            "Put the project's files back as they were together; nothing was changed.",
        ) from error
    return Replayed(partition, history, cost)


def stored_delta(database: Database, seq: int) -> Delta:
    """The delta that takes event `seq` back. Raises `StorageFailed`."""
    return Delta.from_bytes(database.query("SELECT inverse FROM events WHERE seq = ?", (seq,))[0][0])


def _newest_snapshot(database: Database) -> Partition | None:
    for (state,) in database.query("SELECT state FROM snapshots ORDER BY revision DESC"):
        try:
            return snapshots.from_bytes(state)
        except StorageFailed:
            # A snapshot saves time only: an older one, or none, leads to the same partition.
            continue
    return None
