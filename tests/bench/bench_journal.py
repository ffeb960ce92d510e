"""Edits a second and how long one waits, beside ten connections that each commit for themselves.

    PYTHONPATH=. python tests/bench/bench_journal.py [FOLDER] [SECONDS]

FOLDER is on the disk to be measured (default: the folder for temporary files).
"""

from __future__ import annotations

import shutil
import sqlite3
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import numpy as np

from core.partition.backups import Backups
from core.partition.database import journal_mode
from core.partition.edits import Move, Note, Recluster
from core.partition.journal import Journal
from core.partition.rows import Rows

N = 10_000


def storm(clients: int, seconds: float, act: Callable[[int, int], None]) -> dict[str, float]:
    """Every client acts as quickly as it is answered."""
    counts, waits = [0] * clients, []
    errors = 0
    end = time.perf_counter() + seconds

    def work(which: int) -> None:
        nonlocal errors
        while time.perf_counter() < end:
            begun = time.perf_counter()
            try:
                act(which, counts[which])
            except sqlite3.OperationalError:
                errors += 1
                continue
            waits.append(time.perf_counter() - begun)
            counts[which] += 1

    threads = [threading.Thread(target=work, args=(which,)) for which in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return {
        "edits/s": sum(counts) / seconds,
        "p50 ms": float(np.median(waits)) * 1e3,
        "p99 ms": float(np.quantile(waits, 0.99)) * 1e3,
        "slowest client": min(counts),
        "fastest client": max(counts),
        "lock errors": errors,
    }


def ours(folder: Path, clients: int, seconds: float) -> dict[str, float]:
    with closing(Journal.open(folder, N)) as journal:
        journal.append(Recluster(np.arange(N) % 50))
        return storm(clients, seconds, lambda who, step: journal.append(Note(1 + who, f"note {step}"), who=str(who)))


def each_for_itself(folder: Path, clients: int, seconds: float) -> dict[str, float]:
    """A connection a client, one transaction an edit: the usual way to use SQLite from threads."""
    path = folder / "plain.db"
    connections = []
    for _ in range(clients):
        connection = sqlite3.connect(path, timeout=10, isolation_level=None, check_same_thread=False)
        connection.execute("PRAGMA synchronous=FULL")
        connections.append(connection)
    connections[0].execute(f"PRAGMA journal_mode={journal_mode(sqlite3.sqlite_version_info)}")
    connections[0].execute("CREATE TABLE events (seq INTEGER PRIMARY KEY, who TEXT, payload TEXT)")

    def act(which: int, step: int) -> None:
        run = connections[which].execute
        run("BEGIN IMMEDIATE")
        run("INSERT INTO events (who, payload) VALUES (?, ?)", (str(which), f"note {step}"))
        run("COMMIT")

    try:
        return storm(clients, seconds, act)
    finally:
        for connection in connections:
            connection.close()


def backup(folder: Path, edits: int) -> dict[str, float]:
    """How long a copy of a journal of many edits takes; edits go on meanwhile (bench_backup.py)."""
    with closing(Journal.open(folder, N)) as journal:
        journal.append(Recluster(np.arange(N) % 50))
        chance = np.random.default_rng(0)
        line = {"who": "", "key": None, "time": "2026-01-01T00:00:00.000+00:00"}
        moves = (Move(Rows(np.sort(chance.choice(N, 20, replace=False))), 1 + step % 50) for step in range(edits))
        journal.take({**line, "seq": 2 + step, "edit": move.to_json()} for step, move in enumerate(moves))
        size = (folder / "journal.db").stat().st_size
        begun = time.perf_counter()
        Backups(folder).make(journal._database, journal.partition.revision)
        return {"MB": size / 1e6, "seconds": time.perf_counter() - begun}


def main() -> None:
    where = sys.argv[1] if len(sys.argv) > 1 else None
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 10.0
    print(f"SQLite {sqlite3.sqlite_version}, mode {journal_mode(sqlite3.sqlite_version_info)}, {seconds:g} s each")
    for name, measure in (("ours", ours), ("each for itself", each_for_itself)):
        for clients in (1, 10):
            folder = Path(tempfile.mkdtemp(dir=where))
            figures = measure(folder, clients, seconds)
            told = ", ".join(f"{key} {value:.1f}" for key, value in figures.items())
            print(f"{name}, {clients} clients: {told}", flush=True)
            shutil.rmtree(folder)
    for edits in (1_000, 10_000):
        folder = Path(tempfile.mkdtemp(dir=where))
        figures = backup(folder, edits)
        print(f"backup of {edits:,} edits: {figures['MB']:.1f} MB, {figures['seconds']:.2f} s", flush=True)
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
