"""A project: one folder on disk that holds everything about one collection."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from secrets import token_hex
from types import TracebackType
from typing import TYPE_CHECKING, Any

import numpy as np

from core import __version__, forgetting
from core.errors import BadInput, NotFound, ProjectLocked, StorageFailed
from core.items.store import ItemStore
from core.items.thumbnails import ThumbnailStore
from core.lock import TO_FORGET, WriterLock, alone
from core.partition import recovery
from core.partition.edits import Edit, Forget, resolve
from core.partition.journal import Event, Journal
from core.partition.partition import UNDECIDED, Partition
from core.partition.recovery import Recovered
from core.partition.rows import Rows
from core.storage import ArtifactStore, read_json, write_json

if TYPE_CHECKING:
    import pandas as pd

FORMAT = 1
_MANIFEST = "project.json"


class Project:
    """Items, artifacts, thumbnails and the journal of one collection.

    Reading needs no lock and any number of processes may do it. The first edit takes the writer's lock and keeps it
    until `close`, so a project has one writer at a time. Who takes the lock first completes a forgetting that a kill
    interrupted.

    Attributes
    ----------
    path
        The project's folder.
    name
        What the person called it.
    items, thumbnails, artifacts
        The stores inside the folder.
    """

    def __init__(self, path: Path, manifest: dict[str, Any], read_only: bool) -> None:
        self.path = path
        self._manifest = manifest
        self.name = str(manifest.get("name") or path.stem)
        self.created = str(manifest.get("created", ""))
        self.read_only = read_only
        self.items = ItemStore(path)
        self.thumbnails = ThumbnailStore(path)
        self.artifacts = ArtifactStore(path / "artifacts")
        self._lock = WriterLock(path)
        self._journal: Journal | None = None
        self._read: tuple[int, int] | None = None
        self._guard = threading.RLock()

    @classmethod
    def create(cls, path: Path | str, name: str = "") -> Project:
        """Make an empty project in a new or empty folder.

        Raises
        ------
        BadInput
            When there is something else at `path`.
        StorageFailed
            When the disk refuses.
        """
        path = Path(path)
        if path.exists() and (not path.is_dir() or any(path.iterdir())):
            raise BadInput(
                f"A project cannot be made at “{path.name}”.",
                "There is something there already.",
                "Choose another name, or open the project that is there.",
            )
        path.mkdir(parents=True, exist_ok=True)
        created = datetime.now(UTC).isoformat(timespec="seconds")
        told = {"format": FORMAT, "name": name, "created": created, "made_by": __version__, "id": token_hex(8)}
        write_json(path / _MANIFEST, told)
        return cls.open(path)

    @classmethod
    def open(cls, path: Path | str, read_only: bool = False) -> Project:
        """Open a project.

        Raises
        ------
        NotFound
            When `path` holds no project.
        BadInput
            When a newer version of Taxon made it.
        """
        path = Path(path)
        if not (path / _MANIFEST).is_file():
            raise NotFound(
                f"There is no project at “{path.name}”.",
                "The folder holds no project.json.",
                "Give the folder of a project, or make one with `python -m core import SOURCE --project PATH`.",
            )
        manifest = read_json(path / _MANIFEST)
        found = manifest.get("format") if isinstance(manifest, dict) else None
        if not isinstance(found, int) or found > FORMAT or found < 1:
            raise BadInput(
                f"“{path.name}” cannot be opened.",
                f"It has format {found}; this version reads formats up to {FORMAT}.",
                "Install a newer Taxon; nothing was changed.",
            )
        opened = cls(path, manifest, read_only)
        if (path / TO_FORGET).exists():
            opened._claim()
        return opened

    @classmethod
    def open_or_create(cls, path: Path | str, name: str = "") -> Project:
        """Open the project at `path`, or make it when there is none."""
        return cls.open(path) if (Path(path) / _MANIFEST).is_file() else cls.create(path, name)

    def __enter__(self) -> Project:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the journal and give the writer's lock back."""
        with self._guard:
            if self._journal is not None:
                self._journal.close()
                self._journal = None
            self._lock.release()

    @property
    def journal(self) -> Journal:
        """The journal as it is now, open for writing when nobody else holds the project, else for reading."""
        with self._guard:
            n_items = len(self.items.load())
            if self._journal is not None and self._outdated(self._journal):
                self._journal.close()
                self._journal = None
            if self._journal is None:
                self._read = self._written()
                self._journal = Journal.open(self.path, n_items, read_only=not self._claim())
            elif len(self._journal.partition) < n_items:
                self._journal.resize(n_items)
            return self._journal

    def _never_edited(self) -> bool:
        """Whether there is no journal to read, and none can be begun here."""
        return self._written() is None and not self._claim()

    def _outdated(self, journal: Journal) -> bool:
        """Whether a journal that was opened for reading can be written now, or was written by its holder since."""
        return journal.read_only and (self._claim() or self._written() != self._read)

    def _written(self) -> tuple[int, int] | None:
        """Changes whenever the holder stores an edit."""
        try:
            found = (self.path / "journal.db").stat()
        except FileNotFoundError:
            return None
        return found.st_mtime_ns, found.st_size

    @property
    def is_replaced(self) -> bool:
        """Whether what is at `path` now is not what was opened: it was deleted, or another project took its place."""
        try:
            return self._lock.is_lost or read_json(self.path / _MANIFEST) != self._manifest
        except (NotFound, StorageFailed):
            return True

    @property
    def trouble(self) -> StorageFailed | None:
        """Why no edit can be stored at the moment; None when edits can, or nobody tried. See `Journal.trouble`."""
        return self._journal.trouble if self._journal is not None else None

    @property
    def backup_problem(self) -> str:
        """Why the latest backup of the journal could not be made; empty when it could."""
        return self._journal.backup_problem if self._journal is not None else ""

    def recover(self) -> Recovered:
        """Make a damaged journal whole; see `core.partition.recovery`.

        Raises
        ------
        ProjectLocked
            When somebody has the project open for editing.
        NotFound, BadInput, StorageFailed
            As `recovery.recover`; nothing was changed.
        """
        with self._guard:
            self.close()
            self._lock.acquire()
            try:
                items = self.items.load()
                done = recovery.recover(self.path, len(items))
                # Where the end of the journal is lost, a forgetting may be: its items are gone all the same.
                with closing(Journal.open(self.path, len(items))) as journal:
                    blank = np.ones(len(items), dtype=bool)
                    blank[items.rows] = False
                    blank &= ~journal.partition.gone
                    if blank.any():
                        journal.append(Forget(Rows(np.flatnonzero(blank))), who="recover")
                return done
            finally:
                self._lock.release()

    @property
    def holder(self) -> str:
        """Who else holds the project for writing, in words; empty when edits are possible here."""
        if self.read_only:
            return "nobody: it was opened for reading only"
        return "" if self._claim() else self._lock.holder()

    def _claim(self) -> bool:
        if self.read_only:
            return False
        try:
            self._acquire()
        except ProjectLocked:
            return False
        return True

    def _acquire(self) -> None:
        with self._guard:
            if self._lock.held:
                return
            self._lock.acquire()
            try:
                if (self.path / TO_FORGET).exists():
                    with alone(self.path, wait=True):
                        self._finish_forgetting()
            except BaseException:
                self.close()
                raise

    def _finish_forgetting(self) -> Event | None:
        listed = forgetting.unfinished(self.path)
        if listed is None:
            return None
        event = self.journal.append(Forget(listed.rows), who=listed.who, key=listed.key)
        forgetting.finish(self.path, self.items, self.thumbnails, self.artifacts, listed)
        return event

    def _writer(self) -> Journal:
        if self.read_only:
            raise ProjectLocked(
                f"“{self.name}” is open for reading only.", next_step="Open it again without the read-only option."
            )
        self._acquire()
        return self.journal

    def partition(self) -> Partition:
        """Which cluster every item is in now; all undecided where nothing was ever edited."""
        if self._never_edited():
            return Partition.start(len(self.items.load()))
        return self.journal.partition

    def apply(self, edit: Edit, revision: int | None = None, who: str = "", key: str | None = None) -> Event:
        """Do one act of a person and store it; when this returns, it is on the disk.

        Parameters
        ----------
        edit
            The act; items may be named by `item_id` or by rows.
        revision
            The revision the person was looking at; None = whatever is there now.
        who
            Who did it, for the history.
        key
            Names this very click: a second call with the same key changes nothing.

        A `Forget` also removes everything that the project keeps of its items; see `core.forgetting`.

        Raises
        ------
        BadInput, Conflict, ProjectLocked, StorageFailed
            The edit is then not stored and nothing changed.
        """
        journal = self._writer()
        if isinstance(edit, Forget):
            return self._forget(edit, who, key or f"forget:{token_hex(8)}")
        return journal.append(resolve(edit, self.items.load().rows_of), revision=revision, who=who, key=key)

    def to_forget(self, item_ids: Sequence[str] | Rows) -> forgetting.Removal:
        """What a `Forget` of these items would remove, to be said before it is done. Raises `NotFound`, `BadInput`."""
        return forgetting.removal(self.path, self.items, self._still_here(Forget(item_ids)).array)

    def _forget(self, edit: Forget, who: str, key: str) -> Event:
        with self._guard, alone(self.path):
            done = self.journal.event_of(key)
            if done is not None:
                return done
            forgetting.refuse_jobs(self.path)
            rows = self._still_here(edit)
            forgetting.begin(self.path, forgetting.ToForget.of(self.items.load(), rows, who, key))
            return self._finish_forgetting()

    def _still_here(self, edit: Forget) -> Rows:
        items = self.items.load()
        rows = Rows(np.intersect1d(resolve(edit, items.rows_of).item_ids.array, items.rows))
        if not len(rows):
            raise BadInput("There is nothing to forget.", "No item is selected that is still here.", "Select some.")
        return rows

    def undo(self, who: str = "") -> Event:
        """Take the latest edit back. Raises `BadInput` when there is none."""
        return self._writer().undo(who)

    def redo(self, who: str = "") -> Event:
        """Do again what was undone last. Raises `BadInput` when there is nothing."""
        return self._writer().redo(who)

    def history(self, limit: int | None = None) -> list[Event]:
        """Everything that was done, newest first."""
        if self._never_edited():
            return []
        return self.journal.history(limit)

    def labels(self) -> pd.DataFrame:
        """One row an item: item_id, cluster_id (0 = undecided), label, origin, confidence (NaN = absent), undecided.

        The index is the item's row number; the rows of forgotten items are left out.
        """
        import pandas as pd

        partition, items = self.partition(), self.items.load()
        every = pd.DataFrame(
            {
                "item_id": items.item_id,
                "cluster_id": partition.cluster_of,
                "label": partition.labels(),
                "origin": partition.origin_names(),
                "confidence": partition.confidence,
                "undecided": partition.cluster_of == UNDECIDED,
            }
        )
        return every.iloc[np.intersect1d(items.rows, np.flatnonzero(~partition.gone))]
