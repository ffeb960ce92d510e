from __future__ import annotations

import json
import os
import sqlite3
import threading
import time
from types import SimpleNamespace

import numpy as np
import pytest

from core.errors import BadInput, Conflict, NotFound, StorageFailed
from core.partition import plain_log, snapshots
from core.partition.database import Database, journal_mode, journal_mode_reason
from core.partition.edits import (
    KINDS,
    Confirm,
    Merge,
    Move,
    Note,
    Recluster,
    Redo,
    Reject,
    Rename,
    SetAside,
    Spread,
    Undo,
)
from core.partition.fold import fold
from core.partition.journal import Journal, rebuild
from core.partition.partition import Partition
from core.partition.rows import Rows
from core.partition.writer import Request

BASE = Recluster(np.arange(20) % 4, method="tree", parameters={"k": 4})


@pytest.fixture
def journal(tmp_path):
    opened = Journal.open(tmp_path, 20)
    opened.append(BASE, who="machine")
    yield opened
    opened.close()


def again(journal, n=20, **options):
    folder = journal._log.path.parent
    journal.close()
    return Journal.open(folder, n, **options)


def lines(journal):
    return [json.loads(line) for line in journal._log.path.read_bytes().splitlines()]


def test_append__the_event_says_who_what_and_where(journal):
    event = journal.append(Move(Rows([0, 1]), None), revision=1, who="Ann", key="k1")
    assert (event.seq, event.revision, event.who, event.kind) == (2, 2, "Ann", "move")
    assert event.sentence == "Move 2 items to a new cluster" and event.created == (5,) and event.touched == {1, 2, 5}
    assert event.time.endswith("+00:00") and len(event.time) == len("2026-11-21T04:06:35.372+00:00")
    assert journal.history()[0] == event


def test_reopen__partition_history_and_undo_are_there(journal):
    journal.append(Rename(1, "cats"))
    journal.append(Merge((1, 2)))
    journal.undo("Bob")
    before, told = journal.partition, journal.history()
    reopened = again(journal)
    assert reopened.partition.same_as(before) and reopened.history() == told
    assert reopened.undo_sentence() == "Name cluster 1 (5) “cats”"
    assert reopened.redo_sentence() == "Merge cluster of 5 into “cats” (5)"
    reopened.redo()
    assert reopened.partition.size(1) == 10 and reopened.redo_sentence() is None
    reopened.close()


def test_history__newest_first_with_what_is_undone(journal):
    journal.append(Rename(1, "a"))
    journal.undo()
    journal.append(Rename(1, "b"))
    told = [(event.kind, event.undone) for event in journal.history()]
    assert told == [("rename", False), ("undo", False), ("rename", True), ("recluster", False)]
    assert [event.seq for event in journal.history(2)] == [4, 3]


def test_undo__refuses_when_there_is_nothing(journal):
    journal.undo()
    assert journal.undo_sentence() is None
    with pytest.raises(BadInput, match="nothing to undo"):
        journal.undo()
    journal.append(Redo())
    with pytest.raises(BadInput, match="nothing to redo"):
        journal.redo()


def test_key__a_repeated_click_is_applied_once(journal):
    first = journal.append(Move(Rows([0]), None), key="click")
    assert journal.append(Move(Rows([0]), None), key="click") == first
    assert journal.undo(key="u") == journal.undo(key="u")
    assert journal.event_of("click") == first and journal.event_of("never") is None
    reopened = again(journal)
    assert reopened.append(Rename(1, "other"), key="click") == first and len(reopened.history()) == 3
    reopened.close()


def test_conflict__who_and_when(journal):
    event = journal.append(Rename(1, "cats"), who="Ann")
    for edit in (Rename(1, "dogs"), Merge((1, 2)), Move(Rows([0]), 3), Move(Rows([1]), 1), Reject(Rows([0]), 1)):
        with pytest.raises(Conflict) as refusal:
            journal.append(edit, revision=1)
        assert (refusal.value.cluster_id, refusal.value.who, refusal.value.when) == (1, "Ann", event.time)
        assert "Ann" in str(refusal.value)
    assert journal.append(Rename(2, "dogs"), revision=1).revision == 3
    assert journal.append(Rename(1, "cats!"), revision=2).revision == 4


def test_conflict__an_undo_counts_as_a_change_and_a_vanished_cluster_too(journal):
    journal.append(Merge((1, 2)), who="Ann")
    with pytest.raises(Conflict, match="Ann") as refusal:
        journal.append(Rename(2, "gone"), revision=1)
    assert refusal.value.cluster_id == 2
    with pytest.raises(BadInput):
        journal.append(Rename(2, "gone"))
    with pytest.raises(BadInput):
        journal.append(Rename(77, "never there"), revision=1)
    journal.undo("Bob")
    with pytest.raises(Conflict, match="Bob"):
        journal.append(Rename(2, "back"), revision=2)
    with pytest.raises(Conflict, match="Bob"):
        journal.redo(revision=2)


def test_append__a_bad_edit_leaves_no_trace(journal):
    before = journal.partition
    with pytest.raises(BadInput):
        journal.append(Merge((1,)))
    assert journal.partition is before and len(journal.history()) == 1 and len(lines(journal)) == 1


def at_once(count, work):
    threads = [threading.Thread(target=work, args=(which,)) for which in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_append__threads_take_turns(journal):
    at_once(4, lambda which: [journal.append(Move(Rows([which]), 1 + step % 2), who=str(which)) for step in range(5)])
    assert [event.seq for event in journal.history()] == list(range(21, 0, -1))
    assert [told["seq"] for told in lines(journal)] == list(range(1, 22))


def test_append__edits_that_arrive_meanwhile_share_a_commit(journal, monkeypatch):
    commits, refusals, asked = [], [], []
    monkeypatch.setattr("core.partition.journal.Request", lambda *given: asked.append(1) or Request(*given))
    transaction = Database.transaction
    monkeypatch.setattr(Database, "transaction", lambda database: commits.append(1) or transaction(database))

    def work(which):
        try:
            journal.append(Merge((1,)) if which == 7 else Rename(1 + which % 4, f"by {which}"), who=str(which))
        except BadInput:
            refusals.append(which)

    with journal._lock:
        waiting = threading.Thread(target=at_once, args=(20, work))
        waiting.start()
        while len(asked) < 20:
            time.sleep(0.001)
        time.sleep(0.05)
    waiting.join()
    # One thread or another may have been slow to ask.
    assert refusals == [7] and len(commits) < 10
    assert journal.partition.revision == 20 and len({event.who for event in journal.history()}) == 20
    assert [told["seq"] for told in lines(journal)] == list(range(1, 21))


def test_append__after_fork_or_close_is_refused_instead_of_waiting_for_ever(journal):
    child = os.fork()
    if child == 0:
        code = 1
        try:
            journal.append(Rename(1, "from a copy of the process"))
        except StorageFailed:
            code = 0
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    journal.close()
    with pytest.raises(StorageFailed, match="closed"):
        journal.append(Rename(1, "late"))


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_append__our_own_mistake_reaches_its_caller_and_nobody_else(journal, monkeypatch):
    monkeypatch.setattr(Rename, "describe", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        journal.append(Rename(1, "x"))
    assert journal.append(Merge((1, 2))).seq == 2
    monkeypatch.setattr("core.partition.journal.Batch.answer", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        journal.append(Merge((1, 3)))
    with pytest.raises(StorageFailed, match="closed"):
        journal.append(Merge((1, 3)))


def test_resize__is_no_edit_and_replays(journal):
    journal.append(Move(Rows([0]), None))
    journal.resize(25)
    journal.append(Move(Rows([24]), 1))
    before = journal.partition
    reopened = again(journal, 30)
    assert len(reopened.partition) == 30 and len(reopened.history()) == 3
    assert reopened.partition.same_as(before.resized(30))
    reopened.close()


def test_reopen__fewer_items_than_edits_speak_of_is_refused(journal):
    with pytest.raises(StorageFailed, match="does not fit"):
        again(journal, 10)


@pytest.mark.parametrize("n", [0, 1, 2])
def test_tiny__projects_work(tmp_path, n):
    journal = Journal.open(tmp_path, n)
    assert journal.history() == [] and journal.undo_sentence() is None and journal.redo_sentence() is None
    if n:
        journal.append(Recluster(np.zeros(n)))
    with pytest.raises(BadInput):
        journal.append(Move(Rows([n]), None))
    assert again(journal, n).partition.size(1) == n


def test_snapshots__with_tail_equal_the_full_fold(journal, monkeypatch):
    monkeypatch.setattr(snapshots, "EVERY", 5)
    for step in range(23):
        journal.append(Undo() if step % 7 == 6 else Move(Rows([step % 20, (step * 3) % 20]), None))
    stored = journal._database.query("SELECT revision FROM snapshots ORDER BY revision")
    assert len(stored) == 2 and 18 <= stored[-1][0] <= 24
    before = journal.partition
    reopened = again(journal)
    assert reopened.partition.same_as(before) and fold(Partition.start(20), reopened.edits()).same_as(before)
    damaged = reopened._database
    damaged.write([("UPDATE snapshots SET state = x'00'", ())])
    assert again(reopened).partition.same_as(before)


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
