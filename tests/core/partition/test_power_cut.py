"""The power goes out at any moment of a session of edits: what was acknowledged is there, and nothing is half there.

`TAXON_POWER_STATES` sets how many states of the disk are opened.
"""

from __future__ import annotations

import os
import random
import shutil
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from core.errors import BadInput
from core.partition import backups, snapshots
from core.partition.edits import Merge, Move, Note, Recluster, Redo, Rename, SetAside, Undo
from core.partition.fold import fold
from core.partition.journal import Journal, rebuild
from core.partition.partition import Partition
from core.partition.rows import Rows
from tests import faulty_disk, power_cut

N = 40
STATES = int(os.environ.get("TAXON_POWER_STATES", "500"))
FAST = "/dev/shm" if Path("/dev/shm").is_dir() else None
pytestmark = pytest.mark.skipif(bool(faulty_disk.why_not()), reason=faulty_disk.why_not() or "it can be watched")


def some_edit(chance, partition):
    ids = list(partition.clusters) or [1]
    rows = Rows(chance.sample(range(N), chance.randint(1, 9)))
    return chance.choice(
        [
            lambda: Recluster(np.array([chance.randrange(4) for _ in range(N)])),
            lambda: Move(rows, chance.choice([None, chance.choice(ids)])),
            lambda: Rename(chance.choice(ids), f"name {chance.random()}"),
            lambda: Note(chance.choice(ids), "note " * chance.randint(1, 700)),
            lambda: Merge(tuple(chance.sample(ids, min(2, len(ids))))),
            lambda: SetAside(rows),
            Undo,
            Redo,
        ]
    )()


def session(disk, folder, chance, edits):
    """Edits one after the other, now and then closed and opened again; gives the partition after each."""
    moment = datetime(2026, 1, 1, tzinfo=UTC)

    def clock():
        nonlocal moment
        moment += timedelta(minutes=7)
        return moment

    journal = Journal.open(folder, N, clock=clock)
    states = [journal.partition]
    while len(states) <= edits:
        try:
            event = journal.append(some_edit(chance, journal.partition))
        except BadInput:
            continue
        disk.told(event.seq)
        states.append(journal.partition)
        if chance.random() < 0.1:
            journal.close()
            journal = Journal.open(folder, N, clock=clock)
    journal.close()
    return states


@pytest.fixture
def scratch():
    folder = Path(tempfile.mkdtemp(dir=FAST))
    yield folder
    shutil.rmtree(folder)


def reopened(state, root, folder, told, partitions):
    power_cut.written(state, root, folder)
    for backup in backups.Backups(folder).list():
        assert backups.verify(backup.path) == backup.revision
    journal = Journal.open(folder, N)
    try:
        revision = journal.partition.revision
        assert revision >= told
        assert journal.partition.same_as(partitions[revision])
        assert len(journal.history()) == revision
        if revision:
            assert fold(Partition.start(N), rebuild(folder / "journal.jsonl")).same_as(journal.partition)
        journal.append(Recluster(np.zeros(N)))
    finally:
        journal.close()


def cut_at_every_step(scratch, chance, states, edits):
    """One session, then `states` of what the disk may hold, at moments all over it. Gives how many were opened."""
    (scratch / "live").mkdir()
    disk = faulty_disk.Disk(scratch / "live", recording=True)
    with disk.watching():
        partitions = session(disk, scratch / "live", chance, edits)
    cuts = sorted(chance.choices(range(len(disk.operations) + 1), k=states))
    image, done = power_cut.Image(), 0
    for number, cut in enumerate(cuts):
        for operation in disk.operations[done:cut]:
            image.take(operation)
        done = cut
        folder = scratch / f"{number}"
        folder.mkdir()
        told = power_cut.told_before(disk.operations, cut)
        # Each of the two copies keeps the promise without the other.
        lost = (None, "journal.db", "journal.jsonl")[number % 3]
        left = {path: content for path, content in image.state(chance).items() if lost is None or lost not in path}
        reopened(left, disk.root, folder, told, partitions)
        shutil.rmtree(folder)
    shutil.rmtree(scratch / "live")
    return len(cuts)


def test_power_cut__at_any_operation_loses_nothing_acknowledged(scratch, monkeypatch):
    monkeypatch.setattr(snapshots, "EVERY", 5)
    chance = random.Random(7)
    opened = 0
    while opened < STATES:
        opened += cut_at_every_step(scratch, chance, min(500, STATES - opened), 30)
    print(f"{opened} states of the disk opened, 0 bad")
