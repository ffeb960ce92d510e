"""The files of a journal: the plain log, rebuilding from it, reading only, damage, and the mode of the database."""

from __future__ import annotations

import sqlite3
from types import SimpleNamespace

import numpy as np
import pytest

from core.errors import BadInput, NotFound, StorageFailed
from core.partition import plain_log
from core.partition.database import Database, journal_mode, journal_mode_reason
from core.partition.edits import KINDS, Confirm, Merge, Note, Recluster, Reject, Rename, SetAside, Spread, Undo
from core.partition.fold import fold
from core.partition.journal import Journal, rebuild
from core.partition.partition import Partition
from core.partition.rows import Rows
from tests.core.partition.journals import again, lines, opened_journal  # noqa: F401


def test_jsonl__is_complete_enough_to_rebuild_everything(journal, tmp_path):
    for edit in (
        Rename(1, "čats“”"),
        Note(2, "two\nlines"),
        Spread(Rows([0, 5]), [3, 3], [0.5, np.nan]),
        Confirm(Rows([1])),
        SetAside(Rows([9])),
        Reject(Rows([2]), 3),
        Undo(),
        Recluster(np.arange(20) % 3),
    ):
        journal.append(edit, who="Ann")
    told = lines(journal)
    assert [line["edit"]["kind"] for line in told] == [edit.kind for edit in journal.edits()]
    assert {line["edit"]["kind"] for line in told} <= set(KINDS) and told[1]["who"] == "Ann"
    assert fold(Partition.start(20), rebuild(journal._log.path)).same_as(journal.partition)


def test_jsonl__missing_lines_are_added_and_a_torn_one_repaired(journal):
    for step in range(4):
        journal.append(Rename(1, f"name {step}"))
    log = journal._log.path
    whole = log.read_bytes()
    ends = [index for index, byte in enumerate(whole) if byte == 10]
    for cut in (0, 1, ends[0], ends[0] + 1, ends[2] + 17, len(whole) - 1, len(whole)):
        for tail in (b"", b'{"seq": 99, "ed', b"\xff\x00\n"):
            journal.close()
            log.write_bytes(whole[:cut] + tail)
            journal = Journal.open(log.parent, 20)
            assert log.read_bytes() == whole
    journal.close()


def test_jsonl__a_refusing_disk_costs_nothing_and_is_made_up_for(journal, monkeypatch):
    def refuse(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(plain_log, "os", SimpleNamespace(fsync=refuse))
    journal.append(Rename(1, "stored"))
    assert journal.partition.clusters[1].name == "stored"
    monkeypatch.undo()
    journal.append(Rename(1, "and more"))
    assert [line["seq"] for line in lines(journal)] == [1, 2, 3]


def test_database__lost_is_rebuilt_from_the_plain_log(journal):
    journal.append(Rename(1, "cats"), who="Ann", key="k")
    journal.append(Merge((1, 2)))
    journal.undo()
    before, told = journal.partition, journal.history()
    journal._database.path.unlink()
    reopened = again(journal)
    assert reopened.partition.same_as(before) and reopened.history() == told
    assert reopened.append(Rename(3, "x"), key="k").who == "Ann"
    reopened.close()


def test_rebuild__a_hole_is_said(journal):
    for step in range(3):
        journal.append(Rename(1, f"n{step}"))
    log = journal._log.path
    kept = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(b"".join([kept[0], *kept[2:]]))
    with pytest.raises(StorageFailed, match="Event 2"):
        rebuild(log)
    log.write_bytes(kept[0] + b"garbage\n" + kept[2])
    with pytest.raises(StorageFailed, match="damaged"):
        rebuild(log)


def test_read_only__reads_and_writes_nothing(journal):
    journal.append(Rename(1, "cats"))
    log = journal._log.path
    log.write_bytes(b"")
    reader = again(journal, read_only=True)
    assert reader.partition.clusters[1].name == "cats" and len(reader.history()) == 2
    with pytest.raises(BadInput, match="reading only"):
        reader.append(Rename(1, "dogs"))
    assert log.read_bytes() == b""
    reader.close()


def test_read_only__nothing_there(tmp_path):
    with pytest.raises(NotFound):
        Journal.open(tmp_path, 3, read_only=True)
    assert list(tmp_path.iterdir()) == []


def test_damage__is_said_and_the_file_kept(journal):
    journal.append(Rename(1, "cats"))
    path = journal._database.path
    journal.close()
    whole = path.read_bytes()
    for damaged in (b"not a database at all" * 50, whole[:5000], whole[:4096] + bytes(len(whole) - 4096)):
        path.write_bytes(damaged)
        with pytest.raises(StorageFailed, match=r"journal\.db") as refusal:
            Journal.open(path.parent, 20)
        assert "journal.jsonl" in refusal.value.next_step and path.read_bytes() == damaged
    path.rename(path.with_name("damaged.db"))
    rebuilt = Journal.open(path.parent, 20)
    assert rebuilt.partition.clusters[1].name == "cats"
    rebuilt.close()


def test_damage__foreign_triggers_and_views_are_refused(journal):
    path = journal._database.path
    journal.close()
    with sqlite3.connect(path) as raw:
        raw.execute("CREATE TRIGGER sly AFTER INSERT ON events BEGIN DELETE FROM events; END")
    raw.close()
    with pytest.raises(StorageFailed, match="triggers"):
        Journal.open(path.parent, 20)


@pytest.mark.parametrize(
    ("version", "mode"),
    [
        ((3, 40, 1), "truncate"),
        ((3, 44, 5), "truncate"),
        ((3, 44, 6), "wal"),
        ((3, 45, 0), "truncate"),
        ((3, 50, 6), "truncate"),
        ((3, 50, 7), "wal"),
        ((3, 51, 2), "truncate"),
        ((3, 51, 3), "wal"),
        ((3, 52, 0), "wal"),
        ((4, 0, 0), "wal"),
        ((3, 6, 9), "truncate"),
    ],
)
def test_journal_mode__wal_only_where_it_is_fixed(version, mode):
    assert journal_mode(version) == mode
    assert ".".join(map(str, version)) in journal_mode_reason(version)


def test_pragmas__are_as_promised(journal, tmp_path):
    run = journal._database._connection.execute
    assert run("PRAGMA synchronous").fetchone()[0] == 2
    assert run("PRAGMA trusted_schema").fetchone()[0] == 0
    assert run("PRAGMA foreign_keys").fetchone()[0] == 1
    assert journal._database.mode == journal_mode(sqlite3.sqlite_version_info)


def test_database__wal_works_too(tmp_path, monkeypatch):
    monkeypatch.setattr("core.partition.database.journal_mode", lambda version: "wal")
    journal = Journal.open(tmp_path, 5)
    journal.append(Recluster(np.zeros(5)))
    assert journal._database.mode == "wal"
    reader = Database(tmp_path / "journal.db", read_only=True)
    assert reader.query("SELECT count(*) FROM events") == [(1,)]
    reader.close()
    assert again(journal, 5).partition.size(1) == 5
