"""A journal put together again from what is left of it: the database, its backups, the plain log.

Nothing that was found is changed. The new journal is built aside and verified, the damaged files get other names, and
only then does it take their place.
"""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import NotFound, StorageFailed
from core.partition import backups, events, plain_log
from core.partition.backups import Backups
from core.partition.database import Database
from core.partition.journal import Journal
from core.partition.replay import replay
from core.storage import explained, sync_folder

_DATABASE, _LOG, _ASIDE = "journal.db", "journal.jsonl", ".recover.aside"
_BESIDE = ("-journal", "-wal", "-shm")  # what SQLite keeps beside a database

Line = dict[str, Any]


@dataclass(frozen=True)
class Recovered:
    """What was done.

    Attributes
    ----------
    whole
        Whether nothing was wrong; then nothing was changed.
    edits
        How many the journal holds now.
    base, from_base
        What the first of them came from: "journal.db", the name of a backup, or "" (from none), and how many.
    from_log, from_damaged
        How many came from the plain log, and from what could still be read of the damaged database.
    lost
        Numbers of the edits that are known of but could not be brought back, the first and the last; None = none.
        Those after the first may be readable, but were made on what it did.
    unreadable
        Lines of the plain log that say nothing.
    kept
        Names that the damaged files have now.
    """

    whole: bool
    edits: int
    base: str = _DATABASE
    from_base: int = 0
    from_log: int = 0
    from_damaged: int = 0
    lost: tuple[int, int] | None = None
    unreadable: int = 0
    kept: tuple[str, ...] = ()

    def sentences(self) -> list[str]:
        """It in words."""
        if self.whole:
            return [f"The journal is whole: {_edits(self.edits)}. Nothing was changed."]
        parts = [(self.from_base, self.base), (self.from_log, _LOG), (self.from_damaged, "the damaged database")]
        sources = ", ".join(f"{count:,} from {name}" for count, name in parts if count)
        told = [f"The journal holds {_edits(self.edits)} again: {sources}."]
        if self.lost:
            first, last = self.lost
            which = f"edit number {first:,}" if first == last else f"the edits from number {first:,} to {last:,}"
            told.append(f"Not recovered: {which}.")
        else:
            told.append("No edit is known of that is missing.")
        if self.unreadable:
            told.append(f"Lines of {_LOG} that could not be read: {self.unreadable:,}.")
        told += [f"What was found is kept: {', '.join(self.kept)}."] if self.kept else []
        return told


@dataclass(frozen=True)
class _Base:
    """A database that is whole, to go on from."""

    name: str
    path: Path | None
    revision: int
    time: str = ""


def recover(folder: Path, n_items: int, clock: backups.Clock = backups.now) -> Recovered:
    """Make the journal of a project of `n_items` rows whole. The caller holds the project's lock.

    Raises
    ------
    NotFound
        When there never was a journal.
    BadInput
        When a newer version made it.
    StorageFailed
        When nothing can be read, the disk refuses, or the journal is whole but does not fit the items. Then nothing
        was changed.
    """
    aside = folder / _ASIDE
    try:
        with explained(folder / _DATABASE):
            shutil.rmtree(aside, ignore_errors=True)
            (aside / "found").mkdir(parents=True)
            (aside / "new").mkdir()
            # Opening a database may change it, so a copy is opened.
            for name in (_DATABASE, *(_DATABASE + end for end in _BESIDE)):
                if (folder / name).exists():
                    shutil.copyfile(folder / name, aside / "found" / name)
        return _recover(folder, aside, n_items, clock)
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _recover(folder: Path, aside: Path, n_items: int, clock: backups.Clock) -> Recovered:
    lines, unreadable = plain_log.readable(folder / _LOG)
    salvaged = dict(_salvaged(aside / "found" / _DATABASE))
    found = _found(aside / "found" / _DATABASE, n_items)
    bases = [found] if found else []
    bases += [each for each in map(_good, Backups(folder).list()) if each]
    # A line that cannot be read stands for an edit as well.
    known = max([len(lines) + unreadable, *lines, *salvaged, *(base.revision for base in bases)])
    if found and found.revision == known and set(lines) == set(range(1, len(lines) + 1)) and not unreadable:
        return Recovered(True, known, from_base=known)
    if not known:
        raise _nothing(folder)
    everything = {**salvaged, **lines}
    bases = [base for base in [*bases, _Base("", None, 0)] if _agrees(base, lines)]
    best = max(bases, key=lambda base: (_reach(base, everything), base.revision))
    reached = _build(aside / "new", best, everything, n_items)
    if not reached:
        raise _nothing(folder)
    backups.verify(aside / "new" / _DATABASE, reached)
    added = range(best.revision + 1, reached + 1)
    from_log = sum(seq in lines for seq in added)
    return Recovered(
        whole=False,
        edits=reached,
        base=best.name,
        from_base=best.revision,
        from_log=from_log,
        from_damaged=len(added) - from_log,
        lost=(reached + 1, known) if known > reached else None,
        unreadable=unreadable,
        kept=_exchange(folder, aside / "new", clock().strftime("%Y%m%dT%H%M%SZ")),
    )


def _found(path: Path, n_items: int) -> _Base | None:
    """The project's own database, if it is whole. Raises `StorageFailed` when it is, but does not fit the items."""
    if not path.exists():
        return None
    try:
        database = Database(path)
    except StorageFailed:
        return None
    with closing(database):
        try:
            rows = database.query("SELECT seq, time FROM events ORDER BY seq")
            database.query("SELECT sum(length(payload) + length(inverse)) FROM events")
        except StorageFailed:
            return None
        if [seq for seq, _ in rows] != list(range(1, len(rows) + 1)):
            return None
        # Whole, but of other items: rebuilding would lead to the same refusal, or cut the journal off there.
        replay(database, n_items)
        return _Base(_DATABASE, path, len(rows), rows[-1][1] if rows else "")


def _good(backup: backups.Backup) -> _Base | None:
    """A backup that verifies."""
    with suppress(StorageFailed):
        backups.verify(backup.path, backup.revision)
        with closing(Database(backup.path, read_only=True)) as copy:
            ((time,),) = copy.query("SELECT time FROM events WHERE seq = ?", (backup.revision,))
            return _Base(f"backups/{backup.path.name}", backup.path, backup.revision, time)
    return None


def _salvaged(path: Path) -> Iterator[tuple[int, Line]]:
    """What can be read of a database that may be damaged: from both ends, up to where it cannot be read."""
    if not path.exists():
        return
    with suppress(sqlite3.Error), closing(sqlite3.connect(path)) as raw:
        raw.execute("PRAGMA trusted_schema=OFF")
        for order in ("ASC", "DESC"):
            with suppress(sqlite3.Error):
                for row in raw.execute(f"SELECT {events.COLUMNS}, payload FROM events ORDER BY seq {order}"):
                    with suppress(ValueError, TypeError, IndexError):
                        line = json.loads(events.to_line(row))
                        yield int(line["seq"]), line


def _agrees(base: _Base, lines: Mapping[int, Line]) -> bool:
    """Whether a base and the log tell of the same event where the base ends."""
    line = lines.get(base.revision)
    return line is None or line.get("time") == base.time


def _reach(base: _Base, lines: Mapping[int, Line]) -> int:
    """The last event up to which nothing is missing."""
    last = base.revision
    while last + 1 in lines:
        last += 1
    return last


def _build(folder: Path, base: _Base, lines: Mapping[int, Line], n_items: int) -> int:
    """Make a journal of a base and the lines after it; how many edits it holds."""
    with explained(folder / _DATABASE):
        if base.path is not None:
            shutil.copyfile(base.path, folder / _DATABASE)
            for end in _BESIDE:
                if base.path.with_name(base.path.name + end).exists():
                    shutil.copyfile(base.path.with_name(base.path.name + end), folder / (_DATABASE + end))
    with closing(Journal.open(folder, n_items)) as journal:
        # A line that does not fit ends it; what is before it is stored.
        with suppress(StorageFailed):
            journal.take(lines[seq] for seq in range(base.revision + 1, _reach(base, lines) + 1))
        return journal.partition.revision


def _exchange(folder: Path, new: Path, time: str) -> tuple[str, ...]:
    """Give what was found other names, then put the new files in its place; no moment is without a journal."""
    kept = []
    with explained(folder / _DATABASE):
        names = [_DATABASE, *(_DATABASE + end for end in _BESIDE), _LOG]
        for name in [name for name in names if (folder / name).exists() and (folder / name).stat().st_size]:
            target = _free(folder, f"{name}.damaged-{time}")
            _keep(folder / name, target)
            kept.append(target.name)
        sync_folder(folder)
        # SQLite would bring a rollback journal of the damaged file into the new one.
        for end in _BESIDE:
            (folder / (_DATABASE + end)).unlink(missing_ok=True)
        sync_folder(folder)
        for name in (_DATABASE, _LOG):
            (new / name).replace(folder / name)
        sync_folder(folder)
    return tuple(kept)


def _keep(path: Path, target: Path) -> None:
    try:
        os.link(path, target)
    except OSError:
        # A filesystem without hard links.
        with path.open("rb") as source, target.open("xb") as copy:
            shutil.copyfileobj(source, copy)
            copy.flush()
            os.fsync(copy.fileno())


def _free(folder: Path, name: str) -> Path:
    names = [name, *(f"{name}-{number}" for number in range(2, 1000))]
    return next(folder / each for each in names if not (folder / each).exists())


def _nothing(folder: Path) -> NotFound | StorageFailed:
    if not any((folder / name).exists() for name in (_DATABASE, _LOG, backups.FOLDER)):
        return NotFound("There is nothing to recover.", f"Nothing was ever edited in “{folder.name}”.")
    return StorageFailed(
        "Nothing could be recovered.",
        "Neither the database nor a backup nor the plain log can be read.",
        "Nothing was changed. Put a copy of journal.jsonl or of a backup into the project's folder and try again.",
    )


def _edits(count: int) -> str:
    return "1 edit" if count == 1 else f"{count:,} edits"
