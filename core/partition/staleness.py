"""Two people, one cluster: an edit that was made on an older state of what it touches is refused with who and when."""

from __future__ import annotations

import json

from core import safe
from core.errors import Conflict
from core.partition.database import Database
from core.partition.draft import Step
from core.partition.edits import Edit
from core.partition.mentioned import named_clusters
from core.partition.partition import Partition


def refuse_changed(database: Database, before: Partition, step: Step, revision: int) -> None:
    """Raise `Conflict` when a cluster that the step touches has changed after `revision`."""
    for cluster_id in sorted(step.touched):
        cluster = before.clusters.get(cluster_id)
        if cluster is not None and cluster.version > revision:
            raise _conflict(database, before, cluster_id, cluster.version)


def refuse_vanished(database: Database, before: Partition, edit: Edit, revision: int) -> None:
    """Raise `Conflict` when a cluster that the edit names was taken away after `revision`."""
    gone = named_clusters(edit) - set(before.clusters)
    if not gone:
        return
    newer = "SELECT touched, revision FROM events WHERE seq > ? ORDER BY seq DESC"
    for touched, changed_at in database.query(newer, (revision,)):
        for cluster_id in sorted(gone.intersection(json.loads(touched))):
            raise _conflict(database, before, cluster_id, changed_at)


def _conflict(database: Database, before: Partition, cluster_id: int, changed_at: int) -> Conflict:
    found = database.query("SELECT who, time, sentence FROM events WHERE seq = ?", (changed_at,))
    who, when, sentence = found[0] if found else ("", "", "an edit that is not in the journal")
    title = safe.plain(before.title(cluster_id))
    return Conflict(
        f"{title[0].upper()}{title[1:]} has changed since you looked.",
        f"{who or 'Somebody'} did this at {when[:19].replace('T', ' ')} UTC: {sentence}.",
        "Look at it again, then repeat the edit if it still makes sense.",
        cluster_id=cluster_id,
        who=who,
        when=when,
    )
