"""How long edits wait while a long journal is backed up: `PYTHONPATH=. python tests/bench/bench_backup.py [EDITS]`.

A few thousand real edits are repeated in the database up to EDITS (a million), so that each row has the size that it
would have. Three people edit without pause, before and while a backup is made.
"""

from __future__ import annotations

import random
import sqlite3
import sys
import tempfile
import threading
import time
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from core.partition import snapshots
from core.partition.backups import Backups
from core.partition.edits import Move, Recluster, Rename
from core.partition.journal import Journal
from core.partition.rows import Rows

ITEMS, REAL, PEOPLE, SECONDS = 10_000, 2_000, 3, 5


class Clock:
    """The time, and two hours more when they are asked for."""

    plus = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.plus


def long_journal(folder: Path, edits: int) -> None:
    """A journal of so many edits of 10,000 items."""
    chance = random.Random(0)
    with closing(Journal.open(folder, ITEMS)) as journal:
        journal.append(Recluster(np.arange(ITEMS) % 100))
        while journal.partition.revision < REAL:
            some = Rows(chance.sample(range(ITEMS), 14))
            names = Rename(chance.randint(1, 100), f"name {chance.random()}")
            journal.append(names if chance.random() < 0.5 else Move(some, chance.randint(1, 100)))
        last = journal.partition
    with closing(sqlite3.connect(folder / "journal.db")) as raw, raw:
        for have in range(REAL, edits, REAL - 1):
            raw.execute(
                "INSERT INTO events SELECT seq + :by, time, who, kind, sentence, payload, inverse, revision + :by, "
                "touched, created, conflicts, NULL FROM events WHERE seq BETWEEN 2 AND :end",
                {"by": have - 1, "end": min(REAL, edits - have + 1)},
            )
        raw.execute("DELETE FROM snapshots")
        raw.execute("INSERT INTO snapshots VALUES (?, ?)", (edits, snapshots.to_bytes(replace(last, revision=edits))))
    (folder / "journal.jsonl").unlink()  # opening writes it anew


def waits(journal: Journal, over: threading.Event) -> list[tuple[float, float]]:
    """(when, seconds) of each edit, filled while people work."""
    found: list[tuple[float, float]] = []

    def work(who: int) -> None:
        step = 0
        while not over.is_set():
            begun = time.monotonic()
            journal.append(Rename(1 + step % 100, f"{who} {step}"))
            found.append((begun, time.monotonic() - begun))
            step += 1
            time.sleep(0.02)

    for who in range(PEOPLE):
        threading.Thread(target=work, args=(who,), daemon=True).start()
    return found


def told(name: str, seconds: list[float]) -> None:
    """One line."""
    p50, p99, most = np.quantile(seconds, [0.5, 0.99, 1]) * 1e3
    print(f"{name}: {len(seconds)} edits, p50 {p50:.0f} ms, p99 {p99:.0f} ms, slowest {most:.0f} ms")


def main(edits: int) -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as place:
        folder, clock, over = Path(place), Clock(), threading.Event()
        long_journal(folder, edits)
        with closing(Journal.open(folder, ITEMS, clock=clock)) as journal:
            size, mode = (folder / "journal.db").stat().st_size / 1e6, journal._database.mode
            print(f"{edits:,} edits, {size:,.0f} MB, mode {mode}")
            found = waits(journal, over)
            time.sleep(SECONDS)
            begun = time.monotonic()
            clock.plus = timedelta(hours=2)
            while not Backups(folder).list():
                time.sleep(0.01)
            ended = time.monotonic()
            time.sleep(1)
            over.set()
            time.sleep(1)
        before = [seconds for when, seconds in found if when + seconds < begun]
        told("before", before)
        told("while the backup is made", [seconds for when, seconds in found[len(before) :] if when < ended])
        print(f"the backup took {ended - begun:.1f} s")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 1_000_000)
