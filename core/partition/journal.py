"""The journal: every edit, stored before it is acknowledged; the partition is its fold.

`journal.db` (SQLite) is the truth, `journal.jsonl` the same in plain text. One writer a project: the project's lock
keeps other processes out, a thread of its own puts the edits of all others in order.
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from core.errors import BadInput, NotFound, StorageFailed
from core.partition import backups, disk, edits, events, plain_log, resuming, snapshots
from core.partition.backups import Backups
from core.partition.batch import Batch, sentence_of, stored
from core.partition.database import Database
from core.partition.edits import Edit, Redo, Undo
from core.partition.events import Event
from core.partition.partition import Partition
from core.partition.replay import replay
from core.partition.writer import Request, Writer

_RETRY_SECONDS = 5.0  # between two looks whether a disk that refused takes edits again
_LINES_AT_ONCE = 500
_PREPARED_SECONDS = 0.02  # edits are worked out for so long, then those that are ready are stored


def rebuild(path: Path) -> list[Edit]:
    """All edits of a `journal.jsonl`, undo and redo among them; their fold is the partition. Raises `StorageFailed`."""
    return [edits.from_json(told["edit"]) for told in plain_log.read(path)]


class Journal:
    """The stored edits of one project and the partition that they lead to.

    Attributes
    ----------
    read_only
        Whether it was opened for reading.
    trouble
        Why no edit can be stored now, None when edits can. Reading goes on meanwhile. Every few seconds, and at every
        edit that is asked for, it is tried anew: the files are closed, read again from the disk and compared with what
        was acknowledged before the next edit is accepted.
    """

    def __init__(
        self, folder: Path, n_items: int, *, read_only: bool = False, clock: backups.Clock = backups.now
    ) -> None:
        self._lock = threading.Lock()
        self.read_only = read_only
        self.trouble: StorageFailed | None = None
        self._folder, self._clock = folder, clock
        log = folder / "journal.jsonl"
        if not read_only:
            # A line whose synchronisation failed may be read from the cache: appended to, it would leave a hole.
            disk.let_go_of_cached(log)
        self._log = plain_log.PlainLog(log)
        self._database = _database(folder / "journal.db", read_only)
        self._backups = Backups(folder, clock, self._lock)
        self._writer = Writer(self._store, self._rest)
        try:
            state = replay(self._database, n_items)
            self._partition, self._history, self._cost = state.partition, state.history, state.cost
            if not read_only:
                self._take_from_log()
                self._catch_up_log()
                self._backups.look(self._database)
        except BaseException:
            self.close()
            raise

    @classmethod
    def open(
        cls, folder: Path | str, n_items: int, read_only: bool = False, clock: backups.Clock = backups.now
    ) -> Journal:
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
        opened = cls(Path(folder), n_items, read_only=read_only, clock=clock)
        if opened._backups.seconds_left() is not None:
            opened._writer.start()
        return opened

    @property
    def partition(self) -> Partition:
        """The state now."""
        return self._partition

    @property
    def backup_problem(self) -> str:
        """Why the latest backup could not be made; empty when it could. Edits are stored all the same."""
        return self._backups.problem

    def append(self, edit: Edit, revision: int | None = None, who: str = "", key: str | None = None) -> Event:
        """Apply and store an edit (resolved: `Rows` for item ids); returns when it is on the disk. Safe in threads.

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
        if self.read_only:
            raise BadInput("The project is open for reading only.", "", "Close it elsewhere and open it again.")
        return self._writer.submit(Request(edit, revision, who, key))

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
            return [replace(event, undone=self._history.undone(event.seq)) for event in told]

    def event_of(self, key: str) -> Event | None:
        """The stored event with this idempotency key, if there is one."""
        with self._lock:
            return stored(self._database, key)

    def edits(self) -> Iterator[Edit]:
        """All stored edits in order, undo and redo among them."""
        with self._lock:
            rows = self._database.query("SELECT payload FROM events ORDER BY seq")
        return (edits.from_json(json.loads(payload)) for (payload,) in rows)

    def resize(self, n_items: int) -> None:
        """Say that items were appended: the partition has `n_items` rows from now on, the new ones undecided."""
        with self._lock:
            self._partition = self._partition.resized(n_items)

    def take(self, lines: Iterable[dict[str, Any]]) -> None:
        """Store what lines of a plain log say, under their own times and names.

        Raises
        ------
        StorageFailed
            When a line does not fit what is before it, or the disk refuses; the lines before it are stored.
        """
        left = iter(lines)
        while some := list(islice(left, _LINES_AT_ONCE)):
            with self._lock:
                batch = Batch(self._database, self._partition, self._history, self._clock())
                with self._database.transaction():
                    wrong = batch.read_back(some)
                self._take_over(batch)
            if wrong is not None:
                raise StorageFailed(f"“{self._log.path.name}” does not fit the project.", f"{wrong}") from wrong

    def close(self) -> None:
        """Close the files. Everything acknowledged is on the disk already."""
        self._writer.close()
        self._backups.wait()
        with self._lock:
            self._database.close()

    def _store(self, waiting: list[Request]) -> list[Request]:
        """Store what is worked out quickly in one transaction, and answer it; those that still wait come back."""
        self._let_nobody_copy()
        with self._lock:
            if self._is_replaced() or (self.trouble is not None and not self._resumed()):
                return _refuse(waiting, self.trouble)
            batch = Batch(self._database, self._partition, self._history, self._clock())
            taken, begun = 0, time.monotonic()
            try:
                with self._database.transaction():
                    while taken < len(waiting) and time.monotonic() - begun < _PREPARED_SECONDS:
                        batch.take(waiting[taken])
                        taken += 1
            except StorageFailed as error:
                self._stop(error)
                return _refuse(waiting, error)
            self._take_over(batch)
        batch.answer()
        with self._lock:
            self._after(batch)
        return waiting[taken:]

    def _take_over(self, batch: Batch) -> None:
        """What is on the disk is the state now."""
        self._partition, self._history = batch.partition, batch.history
        self._cost += batch.cost
        self._catch_up_log(batch.rows)

    def _after(self, batch: Batch) -> None:
        """What nobody has to wait for."""
        if batch.rows:
            self._backups.missing(batch.rows[0][1])
        if self._cost >= snapshots.EVERY:
            # The edits are stored already; without a snapshot the next opening takes longer, nothing else.
            try:
                self._database.write(snapshots.statements(self._partition))
                self._cost = 0.0
            except StorageFailed as error:
                self._stop(error)

    def _next_sentence(self, verb: str) -> str | None:
        with self._lock:
            found = self._history.next(verb)
            # Nothing can be taken back while nothing can be stored, and the sentence may not be readable either.
            return sentence_of(self._database, found[0]) if found and self.trouble is None else None

    def _rest(self) -> float | None:
        """What the writer does when nothing is asked for; seconds until it is to be done again."""
        self._let_nobody_copy()
        with self._lock:
            if self._is_replaced():
                return None
            if self.trouble is not None and not self._resumed():
                return _RETRY_SECONDS
            self._catch_up_log()
            if self._log.last_seq < self._partition.revision:
                return _RETRY_SECONDS
            self._backups.begin_if_due(self._database, self._partition.revision)
            return self._backups.seconds_left()

    def _let_nobody_copy(self) -> None:
        """After a failure the database is about to be closed."""
        if self.trouble is not None:
            self._backups.give_up()

    def _stop(self, error: StorageFailed) -> None:
        if self._database.failed:
            self.trouble = resuming.trouble(error)

    def _is_replaced(self) -> bool:
        """Whether nothing may be written any more, because it would be into another project or into nothing."""
        if self._database.has_moved:
            self.trouble = resuming.replaced(self._folder)
        return self._database.has_moved

    def _resumed(self) -> bool:
        """Whether edits can be stored again: with new handles, from what the disk really holds."""
        known, path = self._partition, self._database.path
        try:
            disk.refuse_without_room(self._folder)
            self._database.close()
            resuming.prepare(path, known.revision)
            # Its thread does not run: two would make backups under one name.
            fresh = Journal(self._folder, len(known), clock=self._clock)
            if not fresh._partition.same_as(known):
                fresh.close()
                raise resuming.lost(fresh._partition.revision, known.revision, self._folder)
        except (StorageFailed, BadInput) as error:
            self.trouble = resuming.trouble(error)
            with suppress(StorageFailed, BadInput):
                if self._database.closed:
                    self._database = Database(path, read_only=True)
            return False
        self._database, self._log, self._history, self._cost = fresh._database, fresh._log, fresh._history, fresh._cost
        self.trouble = None
        return True

    def _catch_up_log(self, rows: list[tuple] | None = None) -> None:
        """Bring the plain log up to the database; what the disk refuses is written next time."""
        if rows and rows[0][0] == self._log.last_seq + 1:
            self._log.append((row[0], events.to_line(row)) for row in rows)
        elif self._log.last_seq < self._partition.revision or self._log.unfinished:
            with suppress(StorageFailed):
                behind = self._database.query(events.LINES, (self._log.last_seq,))
                self._log.append((row[0], events.to_line(row)) for row in behind)

    def _take_from_log(self) -> None:
        """Store what only the plain log holds: the database was lost, or moved away because it was damaged."""
        if self._log.last_seq > self._partition.revision:
            self.take(plain_log.read(self._log.path, after=self._partition.revision))


def _refuse(waiting: list[Request], error: StorageFailed) -> list[Request]:
    for request in waiting:
        request.answer.set_exception(error)
    return []


def _database(path: Path, read_only: bool) -> Database:
    if read_only and not path.exists():
        raise NotFound(f"“{path.name}” is not in “{path.parent.name}”.", "Nothing was ever edited there.")
    return Database(path, read_only=read_only)
