"""Removing items from everything that a project keeps: files, databases, artifacts, copies, logs.

A list of what is to be forgotten is written first and deleted last, and each step does nothing when it was done, so
whoever takes the project's lock after a kill completes it (`core.project`). What was computed with an item goes as a
whole: groups, neighbours, a map or a vocabulary without one of its items would still tell something of it. Only the
vectors of the other items stay where each was made from its own item alone.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import NotFound, ProjectLocked
from core.fingerprint import fingerprint
from core.items import forget as item_files
from core.items.forgotten import Forgotten
from core.items.store import ItemStore
from core.items.table import Items
from core.items.thumbnails import ThumbnailStore
from core.lock import TO_FORGET, is_held
from core.partition.rows import Rows
from core.storage import Artifact, ArtifactStore, read_json, remove, write_json

UPLOADS, EXPORTS, JOBS, SELECTIONS = "uploads", "exports", "jobs", "selections"
_VECTORS = "vectors"
_OF_ONE_ITEM = {"vectors", "rows", "modality", "digests"}  # arrays of a vectors artifact with one entry an item
_YOUNG = 60  # seconds in which a job that was started may not have begun


@dataclass(frozen=True)
class ToForget:
    """What is being forgotten.

    Attributes
    ----------
    rows
        The items.
    item_ids, file_names, digests
        Of these items, in the order of the rows.
    who, key
        For the journal: who did it, and what names this very act.
    """

    rows: Rows
    item_ids: tuple[str, ...]
    file_names: tuple[str, ...]
    digests: tuple[str, ...]
    who: str
    key: str

    @classmethod
    def of(cls, items: Items, rows: Rows, who: str, key: str) -> ToForget:
        """The list for these rows."""
        columns = (tuple(column[rows.array].tolist()) for column in (items.item_id, items.file_name, items.digest))
        return cls(rows, *columns, who, key)


def begin(project: Path, listed: ToForget) -> None:
    """Write the list down: from now on the forgetting will be completed. Raises `StorageFailed`."""
    write_json(project / TO_FORGET, {**listed.__dict__, "rows": listed.rows.to_json()})


def unfinished(project: Path) -> ToForget | None:
    """The list that was not worked off to its end, if there is one. Raises `StorageFailed`."""
    try:
        told: dict[str, Any] = read_json(project / TO_FORGET)
    except NotFound:
        return None
    lists = {name: tuple(value) for name, value in told.items() if isinstance(value, list) and name != "rows"}
    return ToForget(**{**told, **lists, "rows": Rows.from_json(told["rows"])})


def finish(
    project: Path, items: ItemStore, thumbnails: ThumbnailStore, artifacts: ArtifactStore, listed: ToForget
) -> None:
    """Work the list off, then delete it. Nobody else may work on the project meanwhile.

    Raises
    ------
    StorageFailed
        When the disk refuses; called again, it goes on.
    """
    rows = listed.rows.array
    remove(project / "active.json")
    _remember_marks(items, listed)
    item_files.blank_rows(items, rows, {*listed.item_ids, *listed.file_names})
    item_files.blank_vectors(items, rows)
    item_files.delete_unused(items)
    left = items.load()
    thumbnails.keep_only(set(left.digest[left.rows].tolist()))
    _drop_artifacts(artifacts, rows)
    # A kept selection says how it came about, which may be the look-alikes of one item.
    for path in [*_kept_files(project), *_job_folders(project), project / SELECTIONS, *project.glob(".*.aside")]:
        remove(path)
    remove(project / TO_FORGET)


def refuse_jobs(project: Path) -> None:
    """Raise `ProjectLocked` when a job waits or runs: it would write what it has read already."""
    for folder in _job_folders(project):
        try:
            state = read_json(folder / "status.json")["state"]
            young = time.time() - (folder / "status.json").stat().st_mtime < _YOUNG
        except (NotFound, OSError, KeyError, TypeError):
            continue
        if is_held(folder / "alive") or (state == "waiting" and young and not (folder / "alive").exists()):
            raise ProjectLocked(
                f"“{project.name}” is being worked on.",
                "A job is waiting or running.",
                "Stop it or wait until it is done, then try again; nothing was changed.",
            )


@dataclass(frozen=True)
class Removal:
    """What forgetting some items would remove, to be said before it is done.

    Attributes
    ----------
    items
        How many.
    copies, shared
        Pictures copied into the project that would be deleted, and that stay because another item has the same bytes.
    in_place
        Folders in which pictures of these items lie and stay: the sources.
    analysed
        Whether there are results of an analysis, which would have to be run again.
    uploads, exports
        Names of kept files that would be deleted.
    jobs
        Finished jobs whose logs would be deleted.
    """

    items: int
    copies: int
    shared: int
    in_place: tuple[str, ...]
    analysed: bool
    uploads: tuple[str, ...]
    exports: tuple[str, ...]
    jobs: int

    def sentences(self) -> list[str]:
        """It in words, one sentence each."""
        noun = "1 item" if self.items == 1 else f"{self.items:,} items"
        told = [f"Forget {noun}: ids, file names, texts, columns, thumbnails and vectors are removed from the project."]
        if self.copies:
            told.append(f"Copied pictures are deleted: {self.copies:,}.")
        if self.shared:
            told.append(f"Copied pictures stay because other items have the same bytes: {self.shared:,}.")
        told += [f"Pictures in the folder they came from stay there: {folder}" for folder in self.in_place]
        if self.analysed:
            told.append(
                "Groups found, neighbours and map are dropped, because they were computed with these items; run the "
                "analysis again. What was decided about other items stays."
            )
        told += [f"Uploaded files kept in the project are deleted: {_listed(self.uploads)}."] if self.uploads else []
        told += [f"Exports kept in the project are deleted: {_listed(self.exports)}."] if self.exports else []
        told += [f"Logs of finished jobs are deleted: {self.jobs:,}."] if self.jobs else []
        told.append("This cannot be undone. Exports elsewhere, backups and the cache of a browser are not reached.")
        return told


def removal(project: Path, items: ItemStore, rows: np.ndarray) -> Removal:
    """What forgetting `rows` (m,) would remove. Changes nothing."""
    table = items.load()
    sources = {source.number: source for source in items.sources()}
    mine = [sources[number] for number in np.unique(table.source[rows]).tolist()]
    media = [source.number for source in mine if source.pictures == "media"]
    copied = set(table.digest[rows[np.isin(table.source[rows], media) & (table.file_name[rows] != "")]].tolist())
    others = set(table.digest[np.setdiff1d(table.rows, rows)].tolist())
    files = _kept_files(project)
    return Removal(
        items=len(rows),
        copies=len(copied - others),
        shared=len(copied & others),
        in_place=tuple(sorted({str(items.root_of(source)) for source in mine if source.pictures == "folder"})),
        analysed=(project / "active.json").exists(),
        uploads=tuple(sorted(path.name for path in files if path.parent.name == UPLOADS)),
        exports=tuple(sorted(path.name for path in files if path.parent.name == EXPORTS)),
        jobs=len(_job_folders(project)),
    )


def _remember_marks(items: ItemStore, listed: ToForget) -> None:
    table = items.load()
    kept = set(table.digest[np.setdiff1d(table.rows, listed.rows.array)].tolist())
    pairs = zip(listed.item_ids, listed.digests, strict=True)
    Forgotten.of(items.folder).marked(pairs, kept).store(items.folder)


def _drop_artifacts(artifacts: ArtifactStore, rows: np.ndarray) -> None:
    gone = set(rows.tolist())
    for stage in artifacts.stages():
        if stage != _VECTORS:
            artifacts.drop(stage)
    for key in artifacts.keys(_VECTORS):
        artifact = artifacts.load(_VECTORS, key)
        if not _each_alone(artifact):
            artifacts.drop(_VECTORS, key)
        elif gone.intersection(artifact.array("rows").tolist()) or gone.intersection(_gaps(artifact)):
            _keep_others(artifacts, artifact, rows)
            artifacts.drop(_VECTORS, key)
    artifacts.drop_unfinished(_VECTORS)


def _each_alone(artifact: Artifact) -> bool:
    """Whether each vector was made from its own item by an encoder that learnt nothing from the collection."""
    learnt = artifact.meta.get("state") or artifact.meta.get("encoder") == "vectors"
    return not learnt and "gaps" in artifact.meta and set(artifact.names()) == _OF_ONE_ITEM


def _keep_others(artifacts: ArtifactStore, artifact: Artifact, rows: np.ndarray) -> None:
    """Store the other items' vectors under a key of their own, where the next run finds and reuses them."""
    kept = np.flatnonzero(~np.isin(artifact.array("rows"), rows))
    if len(kept):
        arrays = {name: artifact.array(name)[kept] for name in artifact.names()}
        staying = np.isin(_gaps(artifact), rows, invert=True).tolist()
        gaps = [gap for gap, stays in zip(artifact.meta["gaps"], staying, strict=True) if stays]
        meta = {**artifact.meta, "gaps": gaps}
        artifacts.put(_VECTORS, fingerprint("without", artifact.key, rows), arrays, meta)


def _gaps(artifact: Artifact) -> list[int]:
    """Rows that the encoder could make nothing of; the sentence beside each may name the item."""
    return [int(row) for row, _ in artifact.meta["gaps"]]


def _kept_files(project: Path) -> list[Path]:
    return [path for folder in (UPLOADS, EXPORTS) for path in (project / folder).glob("*")]


def _job_folders(project: Path) -> list[Path]:
    return [path for path in (project / JOBS).glob("*") if path.is_dir()]


def _listed(names: tuple[str, ...]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5:,} more" if len(names) > 5 else "")
