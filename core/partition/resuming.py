"""After a disk refused: what it must show before edits are accepted again.

A write that failed may have reached the disk or not, and trying it again on the same handle would prove nothing
(`disk.let_go_of_cached`). So the files are closed and read anew, and a whole transaction has to succeed.
"""

from __future__ import annotations

from pathlib import Path

from core.errors import StorageFailed, TaxonError
from core.partition import disk, migrations
from core.partition.database import Database


def prepare(path: Path, revision: int) -> None:
    """Bring the journal at `path`, which nobody has open, to what was acknowledged: `revision`.

    Later events reached the disk although whoever asked for them was told that they did not: they are taken out. One
    page is written in any case, so that the disk shows that it takes a whole transaction.

    Raises
    ------
    StorageFailed
        When the file is damaged, or the disk refuses again.
    """
    disk.let_go_of_cached(path, *(path.with_name(path.name + end) for end in ("-journal", "-wal")))
    database = Database(path)
    try:
        with database.transaction():
            database.query("DELETE FROM events WHERE seq > ?", (revision,))
            database.query("DELETE FROM snapshots WHERE revision > ?", (revision,))
            database.query(f"PRAGMA user_version={migrations.FORMAT}")
    finally:
        database.close()


def trouble(error: TaxonError) -> StorageFailed:
    """What every page says until edits are accepted again."""
    return StorageFailed(
        "No edit can be stored at the moment.",
        error.why or error.what,
        "What was done before is safe and can be looked at and exported. Free some space or check the disk: editing "
        "goes on by itself.",
    )


def lost(found: int, known: int, folder: Path) -> StorageFailed:
    """The disk gives back less than it had confirmed."""
    return StorageFailed(
        "The disk does not hold what it had confirmed.",
        f"It confirmed {known} edits and gives back {found} of them; "
        f"close the project and run `python -m core recover --project {folder.name}`.",
    )


def replaced(folder: Path) -> StorageFailed:
    """What is at the project's place now is not what was opened."""
    return StorageFailed(
        "The edit is not stored.",
        f"“{folder.name}” was deleted, or another project took its place, while it was open here.",
        "Open the project again.",
    )
