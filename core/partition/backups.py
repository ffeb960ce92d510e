"""Copies of the journal in `backups/`: whole, verified before the last good one may go, some of each age."""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from core.errors import StorageFailed
from core.partition.database import Database
from core.storage import explained, sync_folder

FOLDER = "backups"
EVERY = timedelta(hours=1)
HOURLY, DAILY = 24, 7
_AGAIN = timedelta(minutes=10)  # after one that failed
_NAME = re.compile(r"^journal-(\d{8}T\d{6}Z)-(\d+)\.db$")

Clock = Callable[[], datetime]


def now() -> datetime:
    """The time, UTC."""
    return datetime.now(UTC)


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

    An edit is in a copy at most an hour after it was done, or as soon as the project is open for editing again.
    """

    def __init__(self, project: Path, clock: Clock = now) -> None:
        self._folder = project / FOLDER
        self._clock = clock
        self._oldest_missing: datetime | None = None
        self._not_before: datetime | None = None
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
        if self._oldest_missing is None:
            self._oldest_missing = _moment(time, self._clock())

    def seconds_left(self) -> float | None:
        """Until the next copy is due, 0 = now; None when every edit is in one."""
        if self._oldest_missing is None:
            return None
        now = self._clock()
        waited = now - self._oldest_missing
        # An edit from the future: the clock was set back, and nobody knows how old the edit is.
        left = EVERY - waited if timedelta(0) <= waited else timedelta(0)
        if self._not_before is not None:
            left = max(left, min(self._not_before - now, _AGAIN))
        return max(0.0, left.total_seconds())

    def make_if_due(self, database: Database, revision: int) -> None:
        """Make a copy when one is due. One that fails is said in `problem` and tried again in some minutes."""
        if self.seconds_left() != 0:
            return
        try:
            self.make(database, revision)
        except (StorageFailed, OSError) as error:
            self.problem, self._not_before = str(error), self._clock() + _AGAIN

    def make(self, database: Database, revision: int) -> Backup:
        """Copy the journal, verify the copy, and let go of copies that are too many.

        Raises
        ------
        StorageFailed
            When the disk refuses, or the copy is not what it should be; older ones are then all kept.
        """
        time = self._clock().strftime("%Y%m%dT%H%M%SZ")
        made = Backup(self._folder / f"journal-{time}-{revision:08}.db", time, revision)
        aside = self._folder / f".{made.path.name}.aside"
        with explained(made.path):
            self._folder.mkdir(exist_ok=True)
            for left in self._folder.glob(".*.aside*"):
                left.unlink()
            try:
                database.copy_to(aside)
                verify(aside, revision)
                _sync(aside)
                aside.replace(made.path)
            except BaseException:
                aside.unlink(missing_ok=True)
                raise
            sync_folder(self._folder)
            sync_folder(self._folder.parent)
        self._oldest_missing, self._not_before, self.problem = None, None, ""
        with suppress(OSError):
            self._let_go()
        return made

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


def verify(path: Path, revision: int | None = None) -> int:
    """Open a copy and look whether it is whole; its revision.

    Raises
    ------
    StorageFailed
        When its pages do not agree, events are missing, or it has another revision than it should.
    """
    # `Database` runs SQLite's quick_check, and refuses tables, views and triggers that a journal does not have.
    copy = Database(path, read_only=True)
    try:
        ((count, last),) = copy.query("SELECT count(*), coalesce(max(seq), 0) FROM events")
    finally:
        copy.close()
    if count != last or revision not in (None, last):
        raise StorageFailed(f"“{path.name}” is not whole.", f"It holds {count} of {revision or last} edits.")
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
