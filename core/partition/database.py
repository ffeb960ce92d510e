"""The SQLite file of the journal: opened carefully, written durably, checked every time."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

from core.errors import BadInput, StorageFailed
from core.partition import disk, migrations
from core.storage import explained

_BUSY_SECONDS = 5.0
_FULL_SYNC = 2
_PAGES_AT_ONCE = 256
_ROLLBACK = "truncate"
_PASSING_ERRORS = (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_EXPECTED = {("table", "events"), ("table", "snapshots"), ("index", "events_key")}


def journal_mode(version: Sequence[int]) -> str:
    """The SQLite journal mode for a library version: "wal" where its reset race is fixed, else "truncate".

    SQLite 3.7.0–3.51.2 could corrupt a database in WAL mode when two connections wrote or checkpointed at once
    (sqlite.org/wal.html#walresetbug); fixed in 3.51.3 and carried back to 3.50.7 and 3.44.6. Of the rollback journals
    “truncate” is the one that `synchronous=FULL` makes durable: in mode “delete” a commit deletes a file and does not
    synchronise the folder, so that the journal may be there again after a power cut, and takes the commit back.
    """
    major, minor, patch = (*version, 0, 0, 0)[:3]
    fixed = (major, minor, patch) >= (3, 51, 3) or ((major, minor) == (3, 50) and patch >= 7)
    return "wal" if fixed or ((major, minor) == (3, 44) and patch >= 6) else _ROLLBACK


def journal_mode_reason(version: Sequence[int]) -> str:
    """Why `journal_mode` chose what it did, one sentence."""
    name = ".".join(str(part) for part in version[:3])
    if journal_mode(version) == "wal":
        return f"SQLite {name} has the fix for the WAL reset race, so the write-ahead log is used."
    return f"SQLite {name} lacks the fix for the WAL reset race (in 3.51.3), so a rollback journal is used."


class Database:
    """One connection to `journal.db`. Not safe for threads by itself: the journal's lock guards it.

    Attributes
    ----------
    failed
        Whether a write failed in a way that leaves open what the disk holds. Nothing more is written then: whoever owns
        this makes a new one, which reads what is there.
    closed
        Whether `close` was called.

    Raises
    ------
    StorageFailed
        When the file is damaged, cannot be opened or cannot be written.
    BadInput
        When a newer version of Taxon made it, or an older one and it is opened read-only.
    """

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self.path = path
        self.failed = self.closed = False
        if not read_only:
            # Where a synchronisation failed and the process ended, or closing could not copy the write-ahead log back,
            # frames may be read that the disk does not have: whatever was appended to them would be lost with them.
            # Nobody locks this file, so that it may be opened and closed beside a connection of this process.
            disk.let_go_of_cached(path.with_name(path.name + "-wal"))
        try:
            self._connection = sqlite3.connect(
                f"{path.resolve().as_uri()}?mode={'ro' if read_only else 'rwc'}",
                uri=True,
                timeout=_BUSY_SECONDS,
                isolation_level=None,
                check_same_thread=False,
            )
        except sqlite3.Error as error:
            raise _unusable(path, error) from error
        try:
            self._set_up(read_only)
            self._file = path.stat()
        except OSError as error:
            self._connection.close()
            raise StorageFailed(f"“{path.name}” cannot be used.", f"The disk answered: {error.strerror}.") from error
        except sqlite3.Error as error:
            self._connection.close()
            raise _unusable(path, error) from error
        except BaseException:
            self._connection.close()
            raise

    def _set_up(self, read_only: bool) -> None:
        run = self._connection.execute
        for setting in ("trusted_schema=OFF", "cell_size_check=ON", "foreign_keys=ON"):
            run(f"PRAGMA {setting}")
        # Before anything is written: a newer project must be left as it is.
        version = migrations.version(self._connection)
        if version > migrations.FORMAT:
            raise BadInput(
                f"This project's journal has format {version}.",
                f"This Taxon reads formats up to {migrations.FORMAT}.",
                "Open it with the newer version that made it.",
            )
        if [tuple(row) for row in run("PRAGMA quick_check(1)")] != [("ok",)]:
            raise sqlite3.DatabaseError("its pages do not agree with each other")
        if read_only:
            if version < migrations.FORMAT:
                raise BadInput(
                    "This project's journal has an older format.",
                    "It cannot be brought up to date while it is open read-only.",
                    "Open the project once for writing.",
                )
        else:
            wanted = _ROLLBACK if disk.is_shared(self.path) else journal_mode(sqlite3.sqlite_version_info)
            # SQLite stays in the mode before, without a word, when a disk refuses the switch; that one may not be safe.
            if not self._switched(wanted) and not self._switched(_ROLLBACK):
                raise sqlite3.OperationalError("its journal mode could not be switched on")
            run("PRAGMA synchronous=FULL")
            if run("PRAGMA synchronous").fetchone()[0] != _FULL_SYNC:
                raise sqlite3.OperationalError("full synchronisation could not be switched on")
            migrations.upgrade(self._connection, self.path)
        found = set(run("SELECT type, name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'"))
        if found != _EXPECTED:
            raise sqlite3.DatabaseError("it holds other tables, views or triggers than a journal does")

    def _switched(self, mode: str) -> bool:
        return self._connection.execute(f"PRAGMA journal_mode={mode}").fetchone()[0] == mode

    @property
    def mode(self) -> str:
        """The journal mode in use."""
        return str(self.query("PRAGMA journal_mode")[0][0])

    @property
    def has_moved(self) -> bool:
        """Whether the file that is open is not at `path` any more: it was deleted, or another took its place.

        SQLite asks the same before it makes a rollback journal, but it keeps that open (pager.c, databaseIsUnmoved).
        """
        try:
            return not os.path.samestat(self.path.stat(), self._file)
        except OSError:
            return True

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run a statement; all its rows. One that writes belongs inside a `transaction`. Raises `StorageFailed`."""
        try:
            return self._connection.execute(sql, parameters).fetchall()
        except sqlite3.Error as error:
            raise _unusable(self.path, error) from error

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All statements inside, or none; at its end they are on the disk.

        Raises
        ------
        StorageFailed
            When the disk refused: what was inside is not stored. After an error other than a busy file `failed` is set.
        """
        if self.failed:
            raise StorageFailed("Editing has stopped.", "The disk failed.", "Check it and open the project again.")
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            yield
            self._connection.execute("COMMIT")
        except BaseException as error:
            cause = error.__cause__ if isinstance(error, StorageFailed) else error
            known = isinstance(cause, (sqlite3.Error, OSError))
            self.failed = known and getattr(cause, "sqlite_errorcode", None) not in _PASSING_ERRORS
            self._roll_back()
            if not known:
                raise
            raise StorageFailed(
                "The edit is not stored.",
                f"The disk answered: {cause}.",
                "Free some space or check the disk, then repeat the edit; nothing stored before is lost.",
            ) from error

    def refuses(self, error: Exception) -> bool:
        """Whether this came from SQLite or the disk, so that the transaction around it cannot go on."""
        return isinstance(error, sqlite3.Error) or isinstance(error.__cause__, (sqlite3.Error, OSError))

    def write(self, statements: Iterable[tuple[str, Sequence[Any]]]) -> None:
        """Run statements in one transaction. Raises as `transaction` does."""
        with self.transaction():
            for sql, parameters in statements:
                self.query(sql, parameters)

    def copy_to(self, path: Path, pause: Callable[[], None] = lambda: None) -> None:
        """Write a copy of the whole file to `path`, which must not exist; it is not synchronised.

        `pause` is called after every mebibyte or so. Whoever guards this connection may let others use it there: what
        they store is in the copy as well, because it is stored through the connection that is copied
        (sqlite.org/backup.html); another connection would hold up their commits, or begin anew with each of them.

        Raises
        ------
        StorageFailed
            When the disk refuses; and whatever `pause` raises.
        """
        try:
            with closing(sqlite3.connect(path)) as copy:
                # What is not synchronised and named yet is thrown away after a crash anyway.
                copy.execute("PRAGMA journal_mode=OFF")
                copy.execute("PRAGMA synchronous=OFF")
                self._connection.backup(copy, pages=_PAGES_AT_ONCE, progress=lambda *_: pause(), sleep=0.01)
            # A copy that says it has a write-ahead log cannot be opened for reading alone. SQLite would change that as
            # well, and pass over a synchronisation that fails meanwhile; the two bytes are fileformat2.html, 1.3.3.
            with explained(path), path.open("r+b") as file:
                file.seek(18)
                file.write(b"\1\1")
        except sqlite3.Error as error:
            raise _unusable(path, error) from error

    def close(self) -> None:
        """Close the connection."""
        self.closed = True
        # What SQLite could not roll back stays in its rollback journal, for whoever opens the file next.
        with suppress(sqlite3.Error):
            self._connection.close()

    def _roll_back(self) -> None:
        try:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
        except sqlite3.Error:
            self.failed = True


def _unusable(path: Path, error: Exception) -> StorageFailed:
    return StorageFailed(
        f"“{path.name}” cannot be used.",
        f"SQLite says: {error}.",
        f"It is kept as it is: `python -m core recover --project {path.parent.name}` rebuilds it from "
        f"“{path.stem}.jsonl” and the backups.",
    )
