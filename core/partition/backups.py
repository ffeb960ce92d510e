"""Copies of the journal in `backups/`: whole, verified before the last good one may go, some of each age."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import sleep

from core.errors import StorageFailed, TaxonError
from core.partition.database import Database
from core.storage import explained, sync_folder

FOLDER = "backups"
EVERY = timedelta(hours=1)
HOURLY, DAILY = 24, 7
_AGAIN = timedelta(minutes=10)  # after one that failed
_NAME = re.compile(r"^journal-(\d{8}T\d{6}Z)-(\d+)\.db$")

_LOOK_AGAIN = 60.0  # seconds, while a copy is being made
_PAUSE_SECONDS = 0.005

Clock = Callable[[], datetime]


def now() -> datetime:
    """The time, UTC."""
    return datetime.now(UTC)


class _GivenUp(Exception):
    """The database that is being copied is to be closed."""


@dataclass(frozen=True)
class Backup:
    """One copy.

    Attributes
    ----------
    path
        The file.
    time
        When it was made, as in its name: YYYYMMDDTHHMMSSZ, UTC. For people and for the days; clocks jump.
    revision
        Of the journal that it holds. It orders backups.
    """

    path: Path
    time: str
    revision: int


class Backups:
    """The copies of one project's journal, and when the next is due.

    An edit is in a copy at most an hour after it was done, or as soon as the project is open for editing again. Copies
    are made in a thread of their own, because a long journal takes seconds and edits must not wait for them.

    Parameters
    ----------
    project
        Its folder.
    clock
        Gives the time, UTC.
    lock
        Guards the database that is copied, and everything here but `make`. Edits get it every few milliseconds.

    Attributes
    ----------
    problem
        Why the latest copy could not be made; empty when it could.
    """

    def __init__(self, project: Path, clock: Clock = now, lock: threading.Lock | None = None) -> None:
        self._folder = project / FOLDER
        self._clock = clock
        self._lock = lock or threading.Lock()
        self._oldest_missing: datetime | None = None
        self._missing_in_new: datetime | None = None
        self._not_before: datetime | None = None
        self._thread: threading.Thread | None = None
        self._copying = threading.Lock()
        self._pauses, self._given_up = True, False
        self.problem = ""

    def list(self) -> list[Backup]:
        """What is there, newest first."""
        found = [(path, _NAME.match(path.name)) for path in self._folder.glob("journal-*.db")]
        backups = [Backup(path, match[1], int(match[2])) for path, match in found if match]
        return sorted(backups, key=lambda backup: (backup.revision, backup.time), reverse=True)

    def look(self, database: Database) -> None:
        """Find out since when an edit is in no copy."""
        newest = next(iter(self.list()), None)
        after = newest.revision if newest else 0
        rows = database.query("SELECT time FROM events WHERE seq > ? ORDER BY seq LIMIT 1", (after,))
        self._oldest_missing = _moment(rows[0][0], self._clock()) if rows else None

    def missing(self, time: str) -> None:
        """Take note of an edit that was stored at this time (ISO 8601)."""
        moment = _moment(time, self._clock())
        self._oldest_missing = self._oldest_missing or moment
        self._missing_in_new = self._missing_in_new or moment

    def seconds_left(self) -> float | None:
        """Until the next copy is due, or it is to be asked again; 0 = now, None = every edit is in one."""
        if self._thread is not None and self._thread.is_alive():
            return _LOOK_AGAIN
        if self._oldest_missing is None:
            return None
        now = self._clock()
        waited = now - self._oldest_missing
        # An edit from the future: the clock was set back, and nobody knows how old the edit is.
        left = EVERY - waited if timedelta(0) <= waited else timedelta(0)
        if self._not_before is not None:
            left = max(left, min(self._not_before - now, _AGAIN))
        return max(0.0, left.total_seconds())

    def begin_if_due(self, database: Database, revision: int) -> None:
        """Begin a copy when one is due. One that fails is said in `problem` and tried again in some minutes."""
        if self.seconds_left() == 0:
            self._given_up = False
            thread = threading.Thread(target=self._try, args=(database, revision), name="backup", daemon=True)
            thread.start()
            self._thread = thread

    def wait(self) -> None:
        """Wait for the copy that is being made, if there is one; it pauses no more."""
        self._pauses = False
        with self._lock:
            thread = self._thread
        if thread is not None:
            thread.join()
        self._pauses = True

    def give_up(self) -> None:
        """Return when nobody copies the database any more; a copy is due as before. Not to be called with the lock."""
        self._given_up = True
        with self._copying:
            pass

    def _try(self, database: Database, revision: int) -> None:
        try:
            self.make(database, revision)
        except _GivenUp:
            pass
        except (TaxonError, OSError) as error:
            with self._lock:
                self.problem, self._not_before = str(error), self._clock() + _AGAIN

    def make(self, database: Database, revision: int) -> Backup:
        """Copy the journal, verify the copy, and let go of copies that are too many.

        `revision` is what it must hold at least: what is stored while it is copied is in it, too.

        Raises
        ------
        StorageFailed
            When the disk refuses, or the copy is not what it should be; older ones are then all kept.
        """
        time = self._clock().strftime("%Y%m%dT%H%M%SZ")
        aside = self._folder / f".journal-{time}.db.aside"
        with explained(aside):
            self._folder.mkdir(exist_ok=True)
            for left in self._folder.glob(".*.aside*"):
                left.unlink()
            try:
                with self._copying, self._lock:
                    if self._given_up:
                        raise _GivenUp
                    database.copy_to(aside, lambda: self._pause(aside))
                    self._missing_in_new = None
                _sync(aside)
                found = verify(aside, revision)
                made = Backup(self._folder / f"journal-{time}-{found:08}.db", time, found)
                aside.replace(made.path)
            except BaseException:
                aside.unlink(missing_ok=True)
                raise
            sync_folder(self._folder)
            sync_folder(self._folder.parent)
        with self._lock:
            self._oldest_missing, self._not_before, self.problem = self._missing_in_new, None, ""
        with suppress(OSError):
            self._let_go()
        return made

    def _pause(self, aside: Path) -> None:
        """Let edits go on, and the disk keep up: all at once at the end it would hold them up. Raises `_GivenUp`."""
        self._lock.release()
        try:
            if self._pauses:
                _sync(aside)
                sleep(_PAUSE_SECONDS)
        finally:
            self._lock.acquire()
        if self._given_up:
            raise _GivenUp

    def _let_go(self) -> None:
        """Keep the newest of all, and the newest of each of the last days on which there is one."""
        backups = self.list()
        newest_of_day: dict[str, Backup] = {}
        for backup in backups:
            newest_of_day.setdefault(backup.time[:8], backup)
        kept = {*backups[:HOURLY], *list(newest_of_day.values())[:DAILY]}
        for backup in backups:
            if backup not in kept:
                backup.path.unlink(missing_ok=True)


def verify(path: Path, least: int = 0) -> int:
    """Open a copy and look whether it is whole; its revision.

    Raises
    ------
    StorageFailed
        When its pages do not agree, events are missing, or it ends before revision `least`.
    """
    # `Database` runs SQLite's quick_check, and refuses tables, views and triggers that a journal does not have.
    copy = Database(path, read_only=True)
    try:
        ((count, last),) = copy.query("SELECT count(*), coalesce(max(seq), 0) FROM events")
    finally:
        copy.close()
    if count != last or last < least:
        raise StorageFailed(f"“{path.name}” is not whole.", f"It holds {count} of {max(least, last)} edits.")
    return int(last)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _moment(time: str, otherwise: datetime) -> datetime:
    try:
        return datetime.fromisoformat(time).astimezone(UTC)
    except ValueError:
        return otherwise
