from __future__ import annotations

import json
import os
import shutil
import sqlite3

import numpy as np
import pytest

from core.errors import BadInput, StorageFailed
from core.partition import migrations, snapshots
from core.partition.edits import Merge, Move, Recluster, Rename, Undo
from core.partition.fold import apply
from core.partition.journal import Journal
from core.partition.partition import Partition
from core.partition.rows import Rows
from tests import faulty_disk
from tests.soak import amounts

FORMAT_1 = """
CREATE TABLE events (
    seq INTEGER PRIMARY KEY,
    time TEXT NOT NULL,
    who TEXT NOT NULL,
    kind TEXT NOT NULL,
    sentence TEXT NOT NULL,
    payload TEXT NOT NULL,
    inverse BLOB NOT NULL,
    revision INTEGER NOT NULL);
CREATE TABLE snapshots (revision INTEGER PRIMARY KEY, state BLOB NOT NULL);
PRAGMA user_version=1;
"""


def build_format_1(path):
    """A journal as format 1 kept it: three edits and an undo of the last. Gives the partition it leads to."""
    raw = sqlite3.connect(path)
    raw.executescript(FORMAT_1)
    partition = Partition.start(6)
    for edit in (Recluster([0, 0, 1, 1, 2, 2]), Rename(1, "cats"), Move(Rows([5]), None)):
        step = apply(partition, edit)
        inverse, sentence, partition = step.inverse, edit.describe(partition), step.partition
        _insert(raw, partition.revision, edit, sentence, inverse)
    partition, again = inverse.apply(partition)
    _insert(raw, partition.revision, Undo(), "Undo: Move 1 item to a new cluster", again)
    raw.commit()
    raw.close()
    return partition


def _insert(raw, seq, edit, sentence, inverse):
    payload, time = json.dumps(edit.to_json()), "2026-01-01T00:00:00.000+00:00"
    row = (seq, time, "Ann", edit.kind, sentence, payload, inverse.to_bytes(), seq)
    raw.execute("INSERT INTO events VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)


def dump(path):
    raw = sqlite3.connect(path)
    try:
        return list(raw.iterdump())
    finally:
        raw.close()


def test_format_1__is_brought_up_to_date_and_kept(tmp_path):
    expected = build_format_1(tmp_path / "journal.db")
    before = dump(tmp_path / "journal.db")
    journal = Journal.open(tmp_path, 6)
    assert journal.partition.same_as(expected) and journal.partition.next_id == expected.next_id
    assert [sorted(event.touched) for event in journal.history()] == [[3, 4], [3, 4], [1], [1, 2, 3]]
    assert [event.created for event in journal.history()] == [(), (4,), (), (1, 2, 3)]
    assert journal._database.query("PRAGMA user_version") == [(migrations.FORMAT,)]
    assert dump(tmp_path / "journal.db.format1") == before
    assert journal.append(Merge((1, 2)), key="new").seq == 5
    journal.redo_sentence()
    journal.close()
    assert len((tmp_path / "journal.jsonl").read_text().splitlines()) == 5
    reopened = Journal.open(tmp_path, 6)
    assert reopened.append(Merge((1, 2)), key="new").seq == 5 and reopened.undo().kind == "undo"
    reopened.close()


def test_format_1__redo_still_works(tmp_path):
    build_format_1(tmp_path / "journal.db")
    journal = Journal.open(tmp_path, 6)
    journal.redo()
    assert journal.partition.cluster_of.tolist() == [1, 1, 2, 2, 3, 4]
    journal.close()


def test_migration__a_failure_in_the_middle_leaves_the_old_file(tmp_path, monkeypatch):
    expected = build_format_1(tmp_path / "journal.db")
    before = dump(tmp_path / "journal.db")

    def fail(connection):
        connection.execute("ALTER TABLE events ADD COLUMN touched TEXT")
        raise sqlite3.OperationalError("disk I/O error")

    with monkeypatch.context() as patch:
        patch.setitem(migrations._STEPS, 1, fail)
        with pytest.raises(StorageFailed):
            Journal.open(tmp_path, 6)
    assert dump(tmp_path / "journal.db") == before
    journal = Journal.open(tmp_path, 6)
    assert np.array_equal(journal.partition.cluster_of, expected.cluster_of)
    journal.close()


def up_to_date(folder, expected):
    journal = Journal.open(folder, 6)
    try:
        version = journal._database.query("PRAGMA user_version")
        return journal.partition.same_as(expected) and version == [(migrations.FORMAT,)]
    finally:
        journal.close()


watched = pytest.mark.skipif(bool(faulty_disk.why_not()), reason=faulty_disk.why_not() or "it can be watched")


@watched
def test_migration__killed_at_any_operation_leaves_old_or_new_and_the_backup(tmp_path):
    expected = build_format_1(tmp_path / "journal.db")
    before = dump(tmp_path / "journal.db")
    found = set()
    for k in range(1, 200):
        folder = tmp_path / f"{k}"
        folder.mkdir()
        shutil.copyfile(tmp_path / "journal.db", folder / "journal.db")
        child = os.fork()
        if child == 0:
            disk = faulty_disk.Disk(folder)
            seen = iter(range(1, k))
            disk.rule = lambda kind, path: 0 if next(seen, None) else os._exit(9)  # noqa: B023
            with disk.watching():
                Journal.open(folder, 6).close()
                os._exit(0)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        raw = sqlite3.connect(folder / "journal.db")
        format_ = raw.execute("PRAGMA user_version").fetchone()[0]
        raw.close()
        found.add(format_)
        if format_ == 1:
            assert dump(folder / "journal.db") == before
        else:
            assert dump(folder / "journal.db.format1") == before
        assert up_to_date(folder, expected)
        assert dump(folder / "journal.db.format1") == before
        if code == 0:
            break
        assert code == 9
    assert k > 30 and found == {1, migrations.FORMAT}


@watched
@pytest.mark.parametrize("most", amounts(30, 100_000))
@pytest.mark.parametrize("fault", list(faulty_disk.FAULTS))
def test_migration__survives_a_fault_at_every_step(tmp_path, fault, most):
    expected = build_format_1(tmp_path / "journal.db")
    before = dump(tmp_path / "journal.db")
    refused = 0
    for k in range(1, most + 1):
        folder = tmp_path / f"{k}"
        folder.mkdir()
        shutil.copyfile(tmp_path / "journal.db", folder / "journal.db")
        disk = faulty_disk.Disk(folder)
        disk.rule = faulty_disk.FAULTS[fault](k)
        with disk.watching():
            try:
                Journal.open(folder, 6).close()
            except StorageFailed as error:
                refused += 1
                assert "rollback" not in error.why
        assert up_to_date(folder, expected)
        assert dump(folder / "journal.db.format1") == before
        if disk.rule.seen < k:
            break
    print(f"migrate, {fault}: up to operation {k}, refused {refused} times")
    assert refused


def test_format_1__read_only_is_refused_untouched(tmp_path):
    build_format_1(tmp_path / "journal.db")
    before = (tmp_path / "journal.db").read_bytes()
    with pytest.raises(BadInput, match="older format"):
        Journal.open(tmp_path, 6, read_only=True)
    assert (tmp_path / "journal.db").read_bytes() == before


def test_newer_format__is_refused_untouched(tmp_path):
    Journal.open(tmp_path, 6).close()
    raw = sqlite3.connect(tmp_path / "journal.db")
    raw.execute(f"PRAGMA user_version={migrations.FORMAT + 1}")
    raw.close()
    before = (tmp_path / "journal.db").read_bytes()
    with pytest.raises(BadInput, match=f"format {migrations.FORMAT + 1}"):
        Journal.open(tmp_path, 6)
    assert (tmp_path / "journal.db").read_bytes() == before
    assert sorted(file.name for file in tmp_path.iterdir()) == ["journal.db", "journal.jsonl"]


def test_steps__lead_from_every_format_to_the_newest():
    assert sorted(migrations._STEPS) == list(range(1, migrations.FORMAT))


def test_format_2__its_snapshots_are_not_read(tmp_path):
    journal = Journal.open(tmp_path, 4)
    journal.append(Recluster([0, 0, 1, 1]))
    expected = journal.append(Rename(1, "cats")) and journal.partition
    journal.close()
    raw = sqlite3.connect(tmp_path / "journal.db")
    raw.execute("INSERT INTO snapshots VALUES (2, ?)", (snapshots.to_bytes(Partition.start(4)),))
    raw.execute("PRAGMA user_version=2")
    raw.commit()
    raw.close()
    reopened = Journal.open(tmp_path, 4)
    assert reopened.partition.same_as(expected) and (tmp_path / "journal.db.format2").is_file()
    reopened.close()
