"""The power goes out at any moment of a session of edits: what was acknowledged is there, and nothing is half there."""

from __future__ import annotations

import errno
import json
import os
import random
import shutil
import tempfile
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from core.errors import BadInput, StorageFailed
from core.partition import backups, snapshots
from core.partition.edits import Merge, Move, Note, Recluster, Redo, Rename, SetAside, Undo
from core.partition.fold import fold
from core.partition.journal import Journal, rebuild
from core.partition.partition import Partition
from core.partition.rows import Rows
from tests import faulty_disk, power_cut
from tests.soak import amounts

N = 40
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


def opened(folder, clock):
    """The journal, and how often the disk refused to open it."""
    for refused in range(100):
        with suppress(StorageFailed):
            return Journal.open(folder, N, clock=clock), refused
    raise AssertionError("it cannot be opened any more")


def session(disk, folder, chance, edits):
    """Edits one after the other, now and then closed and opened again; gives the partition after each."""
    moment = datetime(2026, 1, 1, tzinfo=UTC)

    def clock():
        nonlocal moment
        moment += timedelta(minutes=7)
        return moment

    journal, refused = opened(folder, clock)
    states = [journal.partition]
    while len(states) <= edits:
        try:
            event = journal.append(some_edit(chance, journal.partition))
        except BadInput:
            continue
        except StorageFailed:
            refused += 1
            assert refused < 500
            continue
        disk.told(event.seq)
        states.append(journal.partition)
        assert event.seq == journal.partition.revision == len(states) - 1
        if chance.random() < 0.1 and journal.trouble is None:
            journal.close()
            journal, more = opened(folder, clock)
            refused += more
            assert journal.partition.same_as(states[-1])
    journal.close()
    return states, refused


@pytest.fixture
def scratch():
    folder = Path(tempfile.mkdtemp(dir=FAST))
    yield folder
    shutil.rmtree(folder)


class Folds:
    """The partitions that edits of one session lead to, each worked out once: most states of the disk hold the same."""

    def __init__(self):
        self._known = {}

    def of(self, edits):
        told = json.dumps([edit.to_json() for edit in edits])
        if told not in self._known:
            self._known[told] = fold(Partition.start(N), edits)
        return self._known[told]


def reopened(state, root, folder, told, partitions, folds):
    power_cut.written(state, root, folder)
    for backup in backups.Backups(folder).list():
        assert backups.verify(backup.path) == backup.revision
    journal = Journal.open(folder, N)
    try:
        revision = journal.partition.revision
        assert told <= revision == len(journal.history())
        edits = rebuild(folder / "journal.jsonl") if revision else []
        assert folds.of(edits).same_as(journal.partition)
        assert folds.of(edits[:told]).same_as(partitions[told])
        journal.append(Recluster(np.zeros(N)))
    finally:
        journal.close()


def cut_at_every_step(scratch, disk, chance, states, edits, lost):
    """One session, then `states` of what the disk may hold, at moments all over it. Gives how many edits it refused."""
    with disk.watching():
        partitions, refused = session(disk, scratch / "live", chance, edits)
    cuts = sorted(chance.choices(range(len(disk.operations) + 1), k=states))
    image, folds, done = power_cut.Image(), Folds(), 0
    for number, cut in enumerate(cuts):
        for operation in disk.operations[done:cut]:
            image.take(operation)
        done = cut
        folder = scratch / f"{number}"
        folder.mkdir()
        told = power_cut.told_before(disk.operations, cut)
        gone = lost[number % len(lost)]
        left = {path: content for path, content in image.state(chance).items() if not gone or gone not in path}
        reopened(left, disk.root, folder, told, partitions, folds)
        shutil.rmtree(folder)
    shutil.rmtree(scratch / "live")
    return refused


@pytest.fixture(params=["truncate", "wal"])
def mode(request, monkeypatch):
    monkeypatch.setattr("core.partition.database.journal_mode", lambda version: request.param)
    monkeypatch.setattr(snapshots, "EVERY", 5)
    return request.param


@pytest.mark.parametrize("wanted", amounts(250, 25_000))
def test_power_cut__at_any_operation_loses_nothing_acknowledged(scratch, mode, wanted):
    chance = random.Random(7)
    opened = 0
    while opened < wanted:
        (scratch / "live").mkdir()
        disk = faulty_disk.Disk(scratch / "live", recording=True)
        states = min(500, wanted - opened)
        # Each of the two copies keeps the promise without the other.
        lost = ("", "journal.db", "journal.jsonl")
        assert cut_at_every_step(scratch, disk, chance, states, 30, lost) == 0
        opened += states
    print(f"{mode}: {opened:,} states of the disk opened, 0 bad")


class Forgetful(faulty_disk.Disk):
    """Synchronising fails now and then. What should have been written is lost, although reading still shows it."""

    def __init__(self, root, chance):
        super().__init__(root, recording=True)
        self.rule = lambda kind, path: errno.EIO if kind == "sync" and chance.random() < 0.07 else 0
        self._image, self._taken, self.looked = power_cut.Image(), 0, 0

    def evict(self, path):
        for operation in self.operations[self._taken :]:
            self._image.take(operation)
        self._taken = len(self.operations)
        self.looked += path.endswith("journal.db")
        held = self._image.sure(path)
        if held is not None:
            # Around the disk: this is no write of the program.
            handle = os.open(path, os.O_WRONLY | os.O_TRUNC)
            os.write(handle, held)
            os.close(handle)


@pytest.mark.parametrize("wanted", amounts(100, 10_000))
def test_failed_fsync__is_never_taken_for_stored_later(scratch, mode, wanted):
    chance = random.Random(11)
    refused = opened = looked = 0
    while opened < wanted:
        (scratch / "live").mkdir()
        states = min(50, wanted - opened)
        # What the disk refused to the plain log alone is added to it later, so that alone it promises less here.
        disk = Forgetful(scratch / "live", chance)
        refused += cut_at_every_step(scratch, disk, chance, states, 30, ("", "journal.jsonl"))
        opened, looked = opened + states, looked + disk.looked
    print(f"{mode}: {refused} edits refused, {opened} states of the disk opened, 0 bad")
    # What the program compares afterwards comes from the disk, not from what the kernel remembers.
    assert looked >= opened / 50 / 2 and refused


def test_plain_log__a_line_that_the_disk_lost_is_written_again_by_the_next_process(scratch):
    (scratch / "live").mkdir()
    disk = Forgetful(scratch / "live", random.Random(0))
    disk.rule = lambda kind, path: 0
    log = str(scratch / "live" / "journal.jsonl")
    with disk.watching():
        journal = Journal.open(scratch / "live", N)
        journal.append(Recluster(np.arange(N) % 3))
        disk.rule = lambda kind, path: errno.EIO if (kind, path) == ("sync", log) else 0
        journal.append(Rename(1, "stored, but not in the plain log"))
        journal.close()
        disk.rule = lambda kind, path: 0
        journal = Journal.open(scratch / "live", N)
        journal.append(Rename(1, "cats"))
        journal.close()
        disk.evict(log)
    assert [edit.kind for edit in rebuild(Path(log))] == ["recluster", "rename", "rename"]


def test_mode__that_the_disk_refuses_to_switch_to_is_not_taken_for_switched(scratch, monkeypatch):
    monkeypatch.setattr("core.partition.database.journal_mode", lambda version: "wal")
    (scratch / "live").mkdir()
    disk = faulty_disk.Disk(scratch / "live")
    for k in range(1, 20):
        disk.rule = faulty_disk.Kth(("sync",), k)
        with disk.watching(), suppress(StorageFailed):
            journal = Journal.open(scratch / "live", N)
            mode = journal._database.mode
            journal.close()
            # In the mode that SQLite begins with, “delete”, a power cut may take back what was acknowledged.
            assert mode in ("wal", "truncate"), f"after failing synchronisation {k}"
        shutil.rmtree(scratch / "live")
        (scratch / "live").mkdir()


def test_killed_after_a_failed_fsync__the_next_process_appends_to_nothing_that_the_disk_lost(scratch, monkeypatch):
    monkeypatch.setattr("core.partition.database.journal_mode", lambda version: "wal")
    (scratch / "first").mkdir()
    journal = Journal.open(scratch / "first", N)
    journal.append(Recluster(np.arange(N) % 3))
    files = [scratch / "first" / name for name in ("journal.jsonl", "journal.db", "journal.db-wal")]
    before = {file.name: file.read_bytes() for file in files}
    journal.append(Rename(1, "refused"))
    log = files[-1].read_bytes()
    assert log.startswith(before["journal.db-wal"]) and len(log) > len(before["journal.db-wal"])

    # What a kill leaves: frames in the log that can be read, but that the disk refused.
    (scratch / "live").mkdir()
    disk = Forgetful(scratch / "live", random.Random(0))
    with disk.watching():
        for name, content in before.items():
            disk.rule = lambda kind, path: 0
            with (scratch / "live" / name).open("wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
                if name.endswith("-wal"):
                    file.write(log[len(content) :])
                    file.flush()
                    disk.rule = lambda kind, path: errno.EIO if kind == "sync" else 0
                    with suppress(OSError):
                        os.fsync(file.fileno())
        disk.rule = lambda kind, path: 0
        again = Journal.open(scratch / "live", N)
        assert again.append(Rename(2, "acknowledged")).seq == again.partition.revision
        told, cut = again.partition, len(disk.operations)
        again.close()
    journal.close()
    image = power_cut.Image()
    for operation in disk.operations[:cut]:
        image.take(operation)
    (scratch / "after").mkdir()
    power_cut.written(image.state(random.Random(3)), disk.root, scratch / "after")
    (scratch / "after" / "journal.jsonl").unlink()
    after = Journal.open(scratch / "after", N)
    assert after.partition.same_as(told)
    after.close()
