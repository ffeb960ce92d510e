"""How what the machine found enters the partition: as an edit, once a run, never against a person."""

from __future__ import annotations

from secrets import token_hex

from core.jobs import Jobs
from core.partition.edits import Recluster
from core.partition.journal import Event
from core.partition.rows import Rows
from core.pipeline import Structure
from core.project import Project


def adopt(project: Project, found: Structure, who: str = "", run_id: str | None = None) -> Event | None:
    """Let the clustering of `found` decide about every item that no person decided about.

    Nothing happens (None) when it is the clustering that was adopted last.

    Parameters
    ----------
    run_id
        Names the run that found it, so that one run is adopted once, whoever asks.
    """
    clustering_key = found.active["clustering"]
    if _adopted(project) == clustering_key:
        return None
    clustering = found.clustering
    edit = Recluster(
        labels=clustering.labels,
        item_ids=Rows(found.rows),
        method=clustering.method,
        parameters=dict(clustering.parameters),
        clustering_key=clustering_key,
    )
    return project.apply(edit, who=who, key=f"{run_id or token_hex(8)}:{clustering_key}")


def adopt_finished(project: Project) -> Event | None:
    """Adopt what the latest job found, once; None when there is nothing new.

    Groups are adopted as soon as they are there, while the job still refines the map.

    A job cannot write the journal while a server holds the project, so whoever holds it calls this.
    """
    jobs = Jobs(project.path).list()
    latest = next((status for status in jobs if (status.result or {}).get("active")), None)
    if latest is None:
        return None
    found = Structure(project.artifacts, latest.result["active"])
    if "clustering" not in found.active or project.journal.event_of(f"{latest.id}:{found.active['clustering']}"):
        return None
    return adopt(project, found, who="Taxon", run_id=latest.id)


def _adopted(project: Project) -> str | None:
    """Key of the clustering that the newest standing edit of this kind brought in."""
    for event in project.history():
        if event.kind == "recluster" and not event.undone and event.key:
            return event.key.rpartition(":")[2]
    return None
