"""Kill -9 in the middle of edits: what was acknowledged is there."""

from __future__ import annotations

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

import pytest

from core.partition.backups import Backups, verify
from core.partition.fold import fold
from core.partition.journal import Journal, rebuild
from core.partition.partition import Partition
from tests.soak import amounts

N = 200
# One process loads everything once; each round is a fork of it, which tells its edits on the same pipe.
CHILD = """
import os, random, sys
from datetime import timedelta
import numpy as np
from core.errors import BadInput
from core.partition import backups, snapshots
from core.partition.edits import Merge, Move, Note, Recluster, Redo, Rename, SetAside, Undo
from core.partition.journal import Journal
from core.partition.rows import Rows

n = int(sys.argv[1])
snapshots.EVERY, backups.EVERY = 5, timedelta(0)

def tell(*words):
    os.write(1, (" ".join(map(str, words)) + "\\n").encode())

def edits(folder, seed):
    random.seed(seed)
    journal = Journal.open(folder, n)
    tell("open")
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
        tell(event.seq, event.kind)

for line in sys.stdin:
    folder, seed = line.split()
    child = os.fork()
    if child == 0:
        edits(folder, int(seed))
    tell("child", child)
    tell("ended", os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


@pytest.fixture
def parent():
    root = Path(__file__).parents[3]
    with subprocess.Popen(
        [sys.executable, "-c", CHILD, str(N)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=root
    ) as process:
        yield process
        process.stdin.close()


def one_round(parent: subprocess.Popen, folder: Path, seed: int) -> tuple[int, float]:
    """Runs a child, kills it; gives the number of acknowledged edits and the seconds that reopening took."""
    parent.stdin.write(f"{folder} {seed}\n")
    parent.stdin.flush()
    chance = random.Random(seed)
    told, child, is_open, enough = [], 0, False, chance.randint(0, 5)
    while not (child and is_open and len(told) >= enough):
        words = parent.stdout.readline().split()
        child = int(words[1]) if words[0] == "child" else child
        is_open = is_open or words == ["open"]
        told += [words] if words[0].isdigit() else []
    time.sleep(chance.uniform(0, 0.02))
    os.kill(child, signal.SIGKILL)
    while (words := parent.stdout.readline().split())[0] != "ended":
        told.append(words)
    assert words[1] == str(-signal.SIGKILL)
    started = time.perf_counter()
    with closing(Journal.open(folder, N)) as journal:
        seconds = time.perf_counter() - started
        stored = {event.seq: event.kind for event in journal.history()}
        assert [line for line in told if stored.get(int(line[0])) != line[1]] == []
        assert sorted(stored) == list(range(1, len(stored) + 1))
        edits = rebuild(folder / "journal.jsonl")
        assert fold(Partition.start(N), edits).same_as(journal.partition)
        assert [edit.kind for edit in edits] == [stored[seq] for seq in sorted(stored)]
    for backup in Backups(folder).list():
        assert verify(backup.path) == backup.revision
    with closing(sqlite3.connect(folder / "journal.db")) as raw:
        assert raw.execute("PRAGMA quick_check").fetchall() == [("ok",)]
    return len(told), seconds


@pytest.fixture
def scratch():
    # A kill leaves what the kernel has, whether the disk has it or not: memory will do, and is quick.
    folder = Path(tempfile.mkdtemp(dir="/dev/shm" if Path("/dev/shm").is_dir() else None))
    yield folder
    shutil.rmtree(folder)


@pytest.mark.parametrize("rounds", amounts(200, 10_000))
def test_kill__nothing_acknowledged_is_lost(scratch, parent, rounds):
    acknowledged, slowest = 0, 0.0
    for seed in range(rounds):
        folder = scratch / str(seed // 5)  # five rounds go on with one journal
        folder.mkdir(exist_ok=True)
        told, seconds = one_round(parent, folder, seed)
        acknowledged, slowest = acknowledged + told, max(slowest, seconds)
        if seed % 5 == 4:
            shutil.rmtree(folder)
    print(f"{rounds:,} kills, {acknowledged} acknowledged edits, 0 lost, slowest reopening {slowest:.3f} s")
    assert acknowledged > 0
