"""Kill -9 in the middle of edits: what was acknowledged is there. `TAXON_KILL_ROUNDS` sets how often."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

from core.partition.fold import fold
from core.partition.journal import Journal, rebuild
from core.partition.partition import Partition

N = 500
ROUNDS = int(os.environ.get("TAXON_KILL_ROUNDS", "20"))
CHILD = """
import random, sys
import numpy as np
from core.errors import BadInput
from core.partition import snapshots
from core.partition.edits import Merge, Move, Note, Recluster, Redo, Rename, SetAside, Undo
from core.partition.journal import Journal
from core.partition.rows import Rows

folder, n, seed = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
snapshots.EVERY = 5
random.seed(seed)
journal = Journal.open(folder, n)
print("open", flush=True)
while True:
    ids = list(journal.partition.clusters) or [1]
    some = Rows(random.sample(range(n), random.randint(1, 60)))
    free = journal.partition.undecided()
    edit = random.choice([
        lambda: Recluster(np.random.randint(-1, 9, len(free)), Rows(free)),
        lambda: Move(some, random.choice([None, random.choice(ids)])),
        lambda: Rename(random.choice(ids), f"name {random.random()}"),
        lambda: Note(random.choice(ids), "note " * random.randint(1, 700)),
        lambda: Merge(tuple(random.sample(ids, min(2, len(ids))))),
        lambda: SetAside(some),
        Undo,
        Redo,
    ])
    try:
        event = journal.append(edit())
    except BadInput:  # nothing to undo, too few clusters: try something else
        continue
    print(event.seq, event.kind, flush=True)
"""


def one_round(folder: Path, seed: int) -> tuple[int, float]:
    """Runs the child, kills it; gives the last acknowledged seq and the seconds that reopening took."""
    child = subprocess.Popen(
        [sys.executable, "-c", CHILD, str(folder), str(N), str(seed)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[3],
    )
    assert child.stdout.readline() == "open\n"
    time.sleep(random.Random(seed).uniform(0.03, 0.13))
    child.send_signal(signal.SIGKILL)
    told = [line.split() for line in child.stdout.read().splitlines(keepends=True) if line.endswith("\n")]
    assert child.wait() == -signal.SIGKILL
    started = time.perf_counter()
    journal = Journal.open(folder, N)
    seconds = time.perf_counter() - started
    stored = {event.seq: event.kind for event in journal.history()}
    assert [line for line in told if stored.get(int(line[0])) != line[1]] == []
    assert sorted(stored) == list(range(1, len(stored) + 1))
    assert fold(Partition.start(N), rebuild(folder / "journal.jsonl")).same_as(journal.partition)
    assert [edit.kind for edit in rebuild(folder / "journal.jsonl")] == [stored[seq] for seq in sorted(stored)]
    journal.close()
    raw = sqlite3.connect(folder / "journal.db")
    assert raw.execute("PRAGMA quick_check").fetchall() == [("ok",)]
    raw.close()
    return len(told), seconds


def test_kill__nothing_acknowledged_is_lost(tmp_path):
    acknowledged, slowest = 0, 0.0
    for seed in range(ROUNDS):
        folder = tmp_path / str(seed // 10)  # ten rounds go on with one journal
        folder.mkdir(exist_ok=True)
        told, seconds = one_round(folder, seed)
        acknowledged, slowest = acknowledged + told, max(slowest, seconds)
    print(f"{ROUNDS} kills, {acknowledged} acknowledged edits, 0 lost, slowest reopening {slowest:.3f} s")
    assert acknowledged > 0
