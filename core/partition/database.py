"""The SQLite file of the journal: opened carefully, written durably, checked every time."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from core.errors import BadInput, StorageFailed
from core.partition import migrations

_BUSY_SECONDS = 5.0
_FULL_SYNC = 2
_PASSING_ERRORS = (sqlite3.SQLITE_FULL, sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)
_EXPECTED = {("table", "events"), ("table", "snapshots"), ("index", "events_key")}


def journal_mode(version: Sequence[int]) -> str:
    """The SQLite journal mode for a library version: "wal" where its reset race is fixed, else "delete".

    SQLite 3.7.0–3.51.2 could corrupt a database in WAL mode when two connections wrote or checkpointed at once
    (sqlite.org/wal.html#walresetbug); fixed in 3.51.3 and carried back to 3.50.7 and 3.44.6.
    """
    major, minor, patch = (*version, 0, 0, 0)[:3]
    fixed = (major, minor, patch) >= (3, 51, 3) or ((major, minor) == (3, 50) and patch >= 7)
    return "wal" if fixed or ((major, minor) == (3, 44) and patch >= 6) else "delete"


def journal_mode_reason(version: Sequence[int]) -> str:
    """Why `journal_mode` chose what it did, one sentence."""
    name = ".".join(str(part) for part in version[:3])
    if journal_mode(version) == "wal":
        return f"SQLite {name} has the fix for the WAL reset race, so the write-ahead log is used."
    return f"SQLite {name} lacks the fix for the WAL reset race (in 3.51.3), so the rollback journal is used."


class Database:
    """One connection to `journal.db`. Not safe for threads by itself: the journal's lock guards it.

    Raises
    ------
    StorageFailed
        When the file is damaged, cannot be opened or cannot be written.
    BadInput
        When a newer version of Taxon made it, or an older one and it is opened read-only.
    """

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self.path = path
        self._stopped = False
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
            wanted = journal_mode(sqlite3.sqlite_version_info)
            run(f"PRAGMA journal_mode={wanted}")
            run("PRAGMA synchronous=FULL")
            if run("PRAGMA synchronous").fetchone()[0] != _FULL_SYNC:
                raise sqlite3.OperationalError("full synchronisation could not be switched on")
            migrations.upgrade(self._connection, self.path)
        found = set(run("SELECT type, name FROM sqlite_master WHERE name NOT LIKE 'sqlite_%'"))
        if found != _EXPECTED:
            raise sqlite3.DatabaseError("it holds other tables, views or triggers than a journal does")

    @property
    def mode(self) -> str:
        """The journal mode in use."""
        return str(self.query("PRAGMA journal_mode")[0][0])

    def query(self, sql: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """All rows of a reading statement. Raises `StorageFailed`."""
        try:
            return self._connection.execute(sql, parameters).fetchall()
        except sqlite3.Error as error:
            raise _unusable(self.path, error) from error

    def write(self, statements: Iterable[tuple[str, Sequence[Any]]]) -> None:
        """Run statements in one transaction; returns only when they are on the disk.

        Raises `StorageFailed`, and then nothing of them is stored. After an error that leaves open what the disk holds
        (anything but a full disk or a busy file) nothing more is written until the journal is opened anew.
        """
        if self._stopped:
            raise StorageFailed("Editing has stopped.", "The disk failed.", "Check it and open the project again.")
        run = self._connection.execute
        try:
            run("BEGIN IMMEDIATE")
            for sql, parameters in statements:
                run(sql, parameters)
            run("COMMIT")
        except (sqlite3.Error, OSError) as error:
            self._roll_back()
            self._stopped = getattr(error, "sqlite_errorcode", None) not in _PASSING_ERRORS
            raise StorageFailed(
                "The edit is not stored.",
                f"The disk answered: {error}.",
                "Free some space or check the disk, then repeat the edit; nothing stored before is lost.",
            ) from error
        except BaseException:
            self._roll_back()
            raise

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _roll_back(self) -> None:
        with suppress(sqlite3.Error):
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")


def _unusable(path: Path, error: Exception) -> StorageFailed:
    return StorageFailed(
        f"“{path.name}” cannot be used.",
        f"SQLite says: {error}.",
        f"It is kept as it is. Move it elsewhere and open the project again: “{path.stem}.jsonl” rebuilds it.",
    )
