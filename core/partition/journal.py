"""The journal: every edit, stored before it is acknowledged; the partition is its fold.

`journal.db` (SQLite) is the truth, `journal.jsonl` the same in plain text. One writer a project: the project's lock
keeps other processes out, a lock in here orders threads.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from core import safe
from core.errors import BadInput, NotFound, StorageFailed
from core.partition import edits, events, plain_log, snapshots
from core.partition.database import Database
from core.partition.draft import Step
from core.partition.edits import Edit, Recluster, Redo, Undo
from core.partition.events import Event
from core.partition.fold import apply
from core.partition.gone import without_gone
from core.partition.partition import Partition
from core.partition.replay import replay, stored_delta
from core.partition.rows import Rows
from core.partition.staleness import refuse_changed, refuse_vanished


def rebuild(path: Path) -> list[Edit]:
    """All edits of a `journal.jsonl`, undo and redo among them; their fold is the partition. Raises `StorageFailed`."""
    return [edits.from_json(told["edit"]) for told in plain_log.read(path)]


class Journal:
    """The stored edits of one project and the partition that they lead to."""

    def __init__(self, folder: Path, n_items: int, *, read_only: bool = False) -> None:
        self._lock = threading.Lock()
        self.read_only = read_only
        self._log = plain_log.PlainLog(folder / "journal.jsonl")
        self._database = _database(folder / "journal.db", read_only)
        try:
            state = replay(self._database, n_items)
            self._partition, self._history, self._cost = state.partition, state.history, state.cost
            if not read_only:
                self._take_from_log()
                self._catch_up_log()
        except BaseException:
            self.close()
            raise

    @classmethod
    def open(cls, folder: Path | str, n_items: int, read_only: bool = False) -> Journal:
        """Open the journal in `folder`, or begin one; `n_items` is how many rows the project has.

        A `journal.jsonl` that a kill left behind the database is completed; events that only it holds (because the
        database was lost or moved away) are taken back into the database.

        Raises
        ------
        StorageFailed
            When a file is damaged or the disk refuses.
        BadInput
            When a newer version made the journal.
        """
        return cls(Path(folder), n_items, read_only=read_only)

    @property
    def partition(self) -> Partition:
        """The state now."""
        return self._partition

    def append(self, edit: Edit, revision: int | None = None, who: str = "", key: str | None = None) -> Event:
        """Apply and store an edit (resolved: `Rows` for item ids); returns when it is on the disk.

        Parameters
        ----------
        revision
            The revision the person saw; None = do not check.
        key
            An edit with a key that is stored already is not applied again; the stored event comes back.

        Raises
        ------
        BadInput
            When the edit makes no sense here.
        Conflict
            When a cluster that it touches has changed after `revision`.
        StorageFailed
            When it could not be stored; the partition is as before.
        """
        with self._lock:
            return self._append(edit, revision, who, key)

    def undo(self, who: str = "", revision: int | None = None, key: str | None = None) -> Event:
        """Take back the last edit that is in force, as one event. Raises as `append` does."""
        return self.append(Undo(), revision, who, key)

    def redo(self, who: str = "", revision: int | None = None, key: str | None = None) -> Event:
        """Do again what was taken back last, as one event. Raises as `append` does."""
        return self.append(Redo(), revision, who, key)

    def undo_sentence(self) -> str | None:
        """What `undo` would take back; None when there is nothing."""
        return self._next_sentence("undo")

    def redo_sentence(self) -> str | None:
        """What `redo` would do again; None when there is nothing."""
        return self._next_sentence("redo")

    def history(self, limit: int | None = None) -> list[Event]:
        """Events, newest first, at most `limit`."""
        with self._lock:
            newest = f"SELECT {events.COLUMNS} FROM events ORDER BY seq DESC LIMIT ?"
            rows = self._database.query(newest, (-1 if limit is None else limit,))
            told = [Event.from_row(row) for row in rows]
            return [replace(event, undone=self._history.undone(event.seq, event.kind)) for event in told]

    def event_of(self, key: str) -> Event | None:
        """The stored event with this idempotency key, if there is one."""
        with self._lock:
            return self._stored(key)

    def edits(self) -> Iterator[Edit]:
        """All stored edits in order, undo and redo among them."""
        with self._lock:
            rows = self._database.query("SELECT payload FROM events ORDER BY seq")
        return (edits.from_json(json.loads(payload)) for (payload,) in rows)

    def resize(self, n_items: int) -> None:
        """Say that items were appended: the partition has `n_items` rows from now on, the new ones undecided."""
        with self._lock:
            self._partition = self._partition.resized(n_items)

    def close(self) -> None:
        """Close the files. Everything acknowledged is on the disk already."""
        with self._lock:
            self._database.close()

    def _append(self, edit: Edit, revision: int | None, who: str, key: str | None, time: str | None = None) -> Event:
        if self.read_only:
            raise BadInput("The project is open for reading only.", "", "Close it elsewhere and open it again.")
        stored = self._stored(key)
        if stored is not None:
            return stored
        edit = self._whole(edit)
        step, sentence = self._step(edit, revision)
        if revision is not None:
            refuse_changed(self._database, self._partition, step, revision)
        event = Event(
            seq=step.partition.revision,
            time=time or datetime.now(UTC).isoformat(timespec="milliseconds"),
            who=safe.plain(who, 200),
            kind=edit.kind,
            sentence=sentence,
            revision=step.partition.revision,
            touched=step.touched,
            created=step.created,
            conflicts=tuple(step.conflicts),
            key=key,
        )
        row = (*event.to_row(), events.to_text(edit.to_json()))
        self._database.write([(events.INSERT, (*row, step.inverse.to_bytes()))])
        self._partition = step.partition
        self._history.add(event.seq, event.kind)
        self._catch_up_log(row)
        self._keep_reopening_quick(len(step.inverse.rows))
        return event

    def _stored(self, key: str | None) -> Event | None:
        if key is None:
            return None
        rows = self._database.query(f"SELECT {events.COLUMNS} FROM events WHERE key = ?", (key,))
        return Event.from_row(rows[0]) if rows else None

    def _whole(self, edit: Edit) -> Edit:
        """“All” of a recluster written out, as there may be more items when it is replayed; nothing forgotten in it."""
        n = len(self._partition)
        if isinstance(edit, Recluster) and edit.item_ids is None and len(edit.labels) == n:
            edit = replace(edit, item_ids=Rows(np.arange(n)))
        return without_gone(edit, self._partition)

    def _step(self, edit: Edit, revision: int | None) -> tuple[Step, str]:
        if isinstance(edit, (Undo, Redo)):
            found = self._history.next(edit.kind)
            if found is None:
                raise BadInput(f"There is nothing to {edit.kind}.")
            delta = stored_delta(self._database, found[1])
            partition, inverse = delta.apply(self._partition)
            return Step(partition, inverse, inverse.touched), f"{edit.kind.capitalize()}: {self._sentence_of(found[0])}"
        try:
            return apply(self._partition, edit), edit.describe(self._partition)
        except BadInput:
            if revision is not None:
                refuse_vanished(self._database, self._partition, edit, revision)
            raise

    def _next_sentence(self, verb: str) -> str | None:
        with self._lock:
            found = self._history.next(verb)
            return found and self._sentence_of(found[0])

    def _sentence_of(self, seq: int) -> str:
        return self._database.query("SELECT sentence FROM events WHERE seq = ?", (seq,))[0][0]

    def _keep_reopening_quick(self, changed: int) -> None:
        self._cost += snapshots.cost(len(self._partition), changed)
        if self._cost >= snapshots.EVERY:
            # The edit is stored already; a snapshot that the disk refuses costs time at the next opening, nothing else.
            with suppress(StorageFailed):
                self._database.write(snapshots.statements(self._partition))
                self._cost = 0.0

    def _catch_up_log(self, row: tuple | None = None) -> None:
        """Bring the plain log up to the database; what the disk refuses is written next time."""
        if row is not None and row[0] == self._log.last_seq + 1:
            self._log.append([(row[0], events.to_line(row))])
        elif self._log.last_seq < self._partition.revision or self._log.unfinished:
            rows = self._database.query(events.LINES, (self._log.last_seq,))
            self._log.append((row[0], events.to_line(row)) for row in rows)

    def _take_from_log(self) -> None:
        """Store what only the plain log holds: the database was lost, or moved away because it was damaged."""
        if self._log.last_seq <= self._partition.revision:
            return
        try:
            for told in plain_log.read(self._log.path, after=self._partition.revision):
                self._append(edits.from_json(told["edit"]), None, told["who"], told["key"], told["time"])
        except (BadInput, KeyError, TypeError) as error:
            raise StorageFailed(f"“{self._log.path.name}” does not fit the project.", f"{error}") from error


def _database(path: Path, read_only: bool) -> Database:
    if read_only and not path.exists():
        raise NotFound(f"“{path.name}” is not in “{path.parent.name}”.", "Nothing was ever edited there.")
    return Database(path, read_only=read_only)
