from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from core.errors import StorageFailed
from core.partition import backups, database, disk
from core.partition.backups import DAILY, HOURLY, Backup, Backups, verify
from core.partition.edits import Note, Recluster, Rename
from core.partition.journal import Journal


class Clock:
    def __init__(self):
        self.now = datetime(2026, 3, 1, 12, tzinfo=UTC)

    def __call__(self):
        return self.now

    def go(self, **how_long):
        self.now += timedelta(**how_long)


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def journal(tmp_path, clock):
    opened = Journal.open(tmp_path, 6, clock=clock)
    opened.append(Recluster(np.arange(6) % 2))
    yield opened
    opened.close()


def revisions(journal):
    # The writer begins a copy when it has nothing else to do.
    journal._rest()
    journal._backups.wait()
    return [backup.revision for backup in Backups(journal._folder).list()]


def test_backup__comes_an_hour_after_an_edit_that_none_holds(journal, clock):
    assert revisions(journal) == []
    clock.go(minutes=59)
    journal.append(Rename(1, "a"))
    assert revisions(journal) == [] and 0 < journal._rest() <= 60
    clock.go(minutes=1)
    assert revisions(journal) == [2]
    clock.go(hours=9)
    assert revisions(journal) == [2] and journal._rest() is None
    journal.append(Rename(1, "b"))
    assert revisions(journal) == [2] and journal._rest() == 3600


def test_backup__of_yesterdays_edits_is_made_when_the_project_is_opened(journal, tmp_path, clock):
    journal.close()
    clock.go(days=1)
    again = Journal.open(tmp_path, 6, clock=clock)
    again.close()
    assert [backup.revision for backup in Backups(tmp_path).list()] == [1]


def test_backup__opens_as_a_journal_with_the_same_partition(journal, tmp_path, clock):
    journal.append(Rename(2, "cats"))
    clock.go(hours=1)
    assert revisions(journal) == [2]
    (backup,) = Backups(tmp_path).list()
    other = tmp_path / "other"
    other.mkdir()
    backup.path.rename(other / "journal.db")
    restored = Journal.open(other, 6)
    assert restored.partition.same_as(journal.partition) and restored.history() == journal.history()
    restored.close()


def test_backup__a_clock_that_jumps_delays_none_for_long(journal, clock):
    clock.go(days=-400)
    assert revisions(journal) == [1]
    journal.append(Rename(1, "a"))
    assert journal._rest() == 3600
    clock.go(days=4000)
    assert revisions(journal) == [2, 1]


def test_backup__damaged_is_refused_and_all_older_ones_stay(journal, tmp_path, clock, monkeypatch):
    clock.go(hours=1)
    assert revisions(journal) == [1]
    journal.append(Rename(1, "a"))
    clock.go(hours=1)
    copy_to = type(journal._database).copy_to

    def damaged(database, path, pause):
        copy_to(database, path, pause)
        data = path.read_bytes()
        path.write_bytes(data[:4096] + bytes(4096) + data[8192:])

    monkeypatch.setattr(type(journal._database), "copy_to", damaged)
    assert revisions(journal) == [1]
    assert journal.backup_problem and 0 < journal._rest() <= 600
    assert journal.append(Rename(1, "b")).seq == 3
    assert [path.name for path in (tmp_path / "backups").iterdir()] == [Backups(tmp_path).list()[0].path.name]
    monkeypatch.undo()
    clock.go(minutes=10)
    assert revisions(journal) == [3, 1] and journal.backup_problem == ""


@pytest.mark.parametrize("mode", ["truncate", "wal"])
def test_backup__holds_what_is_stored_while_it_is_made_and_nobody_waits(tmp_path, clock, monkeypatch, mode):
    monkeypatch.setattr("core.partition.database.journal_mode", lambda version: mode)
    monkeypatch.setattr(backups, "_PAUSE_SECONDS", 0.06)
    monkeypatch.setattr(database, "_PAGES_AT_ONCE", 4)
    journal = Journal.open(tmp_path, 6, clock=clock)
    journal.append(Recluster(np.arange(6) % 2))
    for step in range(40):
        journal.append(Note(1, f"{step}" * 2000))
    clock.go(hours=1)
    journal._rest()
    stored = 41
    while journal._backups.seconds_left() == 60:  # one is being made
        stored = journal.append(Rename(1, f"{time.monotonic()}")).seq
    (made,) = Backups(tmp_path).list()
    # The last may have come after the copy was whole: then the next copy is due for it.
    assert 43 < made.revision <= stored
    assert (journal._backups.seconds_left() is None) == (made.revision == stored)
    assert [path.name for path in made.path.parent.iterdir()] == [made.path.name]
    restored = tmp_path / "restored"
    restored.mkdir()
    made.path.rename(restored / "journal.db")
    told = journal.history()
    journal.close()
    again = Journal.open(restored, 6)
    assert again.history() == told[-made.revision :]
    again.close()


def test_backup__is_given_up_when_the_disk_fails_and_made_afterwards(journal, tmp_path, clock, monkeypatch):
    monkeypatch.setattr(database, "_PAGES_AT_ONCE", 1)
    clock.go(hours=1)
    begin, begun = Backups.begin_if_due, []
    monkeypatch.setattr(Backups, "begin_if_due", lambda self, *more: (begun.append(self), begin(self, *more)))
    with monkeypatch.context() as patched:
        patched.setattr(backups, "_PAUSE_SECONDS", 0.2)
        journal._rest()
        while not journal._backups._copying.locked():
            time.sleep(0.001)
        with journal._lock:
            journal._database.failed = True
            journal._stop(StorageFailed("The edit is not stored.", "The disk failed."))
        assert journal.append(Rename(1, "afterwards")).seq == 2 and journal.trouble is None
    # The first copy would hold the first edit alone.
    assert revisions(journal) == [2] and journal.backup_problem == ""
    # The journal that is opened anew meanwhile makes none under the same name.
    assert set(map(id, begun)) == {id(journal._backups)}


def test_close__waits_for_the_copy_that_is_being_made(journal, tmp_path, clock, monkeypatch):
    monkeypatch.setattr(database, "_PAGES_AT_ONCE", 1)
    clock.go(hours=1)
    journal._rest()
    journal.close()
    assert [backup.revision for backup in Backups(tmp_path).list()] == [1]


def test_verify__says_that_events_are_missing(journal, tmp_path, clock):
    for step in range(4):
        journal.append(Rename(1, f"{step}"))
    backup = Backups(tmp_path, clock).make(journal._database, 5)
    assert verify(backup.path) == 5
    with pytest.raises(StorageFailed, match="not whole"):
        verify(backup.path, 6)
    journal._database.write([("DELETE FROM events WHERE seq = 3", ())])
    with pytest.raises(StorageFailed, match="4 of 5"):
        Backups(tmp_path, clock).make(journal._database, 5)
    assert len(Backups(tmp_path).list()) == 1


def test_rotation__keeps_the_newest_of_each_age(journal, tmp_path, clock):
    copies, made = Backups(tmp_path, clock), []
    for _ in range(11 * 8):
        made.append(copies.make(journal._database, 1).path.name)
        clock.go(hours=3)
    left = [backup.path.name for backup in copies.list()]
    assert left[:HOURLY] == made[::-1][:HOURLY]
    # 24 copies three hours apart reach over parts of four days; of the days before one copy each stays.
    days = [name[8:16] for name in left]
    assert len(set(days)) == DAILY and len(left) == HOURLY + DAILY - 4
    assert left[HOURLY:] == [max(name for name in made if name[8:16] == day) for day in days[HOURLY:]]


def test_list__newest_is_the_one_with_most_edits_whatever_the_clock_said(tmp_path):
    (tmp_path / "backups").mkdir()
    names = ["journal-20300101T000000Z-00000003.db", "journal-20260101T000000Z-00000012.db", "journal-x.db", "else.db"]
    for name in names:
        (tmp_path / "backups" / name).touch()
    assert Backups(tmp_path).list() == [
        Backup(tmp_path / "backups" / names[1], "20260101T000000Z", 12),
        Backup(tmp_path / "backups" / names[0], "20300101T000000Z", 3),
    ]


@pytest.mark.parametrize(("line", "shared"), [("nfs4 host:/x rw", True), ("ext4 /dev/sda rw", False)])
def test_disk__shared_by_several_machines_is_known(tmp_path, monkeypatch, line, shared):
    mounts = tmp_path / "mountinfo"
    mounts.write_text(f"1 0 0:1 / / rw - ext4 /dev/a rw\n2 1 0:2 / {tmp_path} rw shared:7 - {line}\n")
    monkeypatch.setattr(disk, "_MOUNTS", mounts)
    assert disk.is_shared(tmp_path / "journal.db") is shared
    monkeypatch.setattr("core.partition.database.journal_mode", lambda version: "wal")
    journal = Journal.open(tmp_path, 1)
    assert journal._database.mode == ("truncate" if shared else "wal")
    journal.close()
