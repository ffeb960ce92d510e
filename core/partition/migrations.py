"""The formats of `journal.db`, and the numbered steps from each to the next."""

from __future__ import annotations

import json
import os
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from core.partition.delta import Delta
from core.storage import explained, sync_folder

FORMAT = 4

_SCHEMA = (
    """CREATE TABLE events (
        seq INTEGER PRIMARY KEY,
        time TEXT NOT NULL,
        who TEXT NOT NULL,
        kind TEXT NOT NULL,
        sentence TEXT NOT NULL,
        payload TEXT NOT NULL,
        inverse BLOB NOT NULL,
        revision INTEGER NOT NULL,
        touched TEXT NOT NULL DEFAULT '[]',
        created TEXT NOT NULL DEFAULT '[]',
        conflicts TEXT NOT NULL DEFAULT '[]',
        key TEXT)""",
    "CREATE UNIQUE INDEX events_key ON events (key) WHERE key IS NOT NULL",
    "CREATE TABLE snapshots (revision INTEGER PRIMARY KEY, state BLOB NOT NULL)",
)


def version(connection: sqlite3.Connection) -> int:
    """The format number of the file; 0 for a new one."""
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def upgrade(connection: sqlite3.Connection, path: Path) -> None:
    """Make a new file a journal, or bring an older one up to `FORMAT`, all in one transaction.

    The older file is kept beside it as `journal.db.formatN`. Raises sqlite3.Error or `StorageFailed`, and then nothing
    has changed.
    """
    found = version(connection)
    if found == FORMAT:
        return
    if found:
        _keep(connection, path.with_name(f"{path.name}.format{found}"))
    connection.execute("BEGIN IMMEDIATE")
    try:
        if found:
            for step in range(found, FORMAT):
                _STEPS[step](connection)
        else:
            for statement in _SCHEMA:
                connection.execute(statement)
        connection.execute(f"PRAGMA user_version={FORMAT}")
        connection.execute("COMMIT")
    except BaseException:
        # A commit that the disk refused may have been rolled back already.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _keep(connection: sqlite3.Connection, path: Path) -> None:
    aside = path.with_name(f".{path.name}.aside")
    with explained(path):
        aside.unlink(missing_ok=True)
        with closing(sqlite3.connect(aside)) as copy:
            connection.backup(copy)
        with aside.open("rb+") as file:
            os.fsync(file.fileno())
        aside.replace(path)
        sync_folder(path.parent)


def _from_1_to_2(connection: sqlite3.Connection) -> None:
    """Format 1 had no idempotency key, and did not say which clusters an event touched, made, or could not settle."""
    for column in ("touched", "created", "conflicts"):
        connection.execute(f"ALTER TABLE events ADD COLUMN {column} TEXT NOT NULL DEFAULT '[]'")
    connection.execute("ALTER TABLE events ADD COLUMN key TEXT")
    connection.execute(_SCHEMA[1])
    for seq, inverse in connection.execute("SELECT seq, inverse FROM events").fetchall():
        clusters = Delta.from_bytes(inverse).clusters
        created = [cluster_id for cluster_id, before in clusters.items() if before is None]
        connection.execute("UPDATE events SET touched = ? WHERE seq = ?", (json.dumps(sorted(clusters)), seq))
        connection.execute(
            "UPDATE events SET created = ? WHERE seq = ? AND kind NOT IN ('undo', 'redo')", (json.dumps(created), seq)
        )


def _from_2_to_3(connection: sqlite3.Connection) -> None:
    """Format 2 knew no likely labels. Its snapshots lack that column; they only save time, so they go."""
    connection.execute("DELETE FROM snapshots")


def _from_3_to_4(connection: sqlite3.Connection) -> None:
    """Format 3 knew no moves that were said of a group; what it holds reads the same."""


_STEPS: dict[int, Callable[[sqlite3.Connection], None]] = {1: _from_1_to_2, 2: _from_2_to_3, 3: _from_3_to_4}
