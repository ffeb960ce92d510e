from __future__ import annotations

import os
import threading
import time

import numpy as np
import pytest

from core.errors import BadInput, Conflict, StorageFailed
from core.partition import snapshots
from core.partition.database import Database
from core.partition.edits import Merge, Move, Recluster, Redo, Reject, Rename, Undo
from core.partition.fold import fold
from core.partition.journal import Journal
from core.partition.partition import Partition
from core.partition.rows import Rows
from core.partition.writer import Request
from tests.core.partition.journals import again, lines, opened_journal  # noqa: F401


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
