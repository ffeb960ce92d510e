"""Whatever is damaged, what is left of a journal comes back, and nothing that was found is changed."""

from __future__ import annotations

import errno
import json
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing, suppress
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from core.errors import BadInput, NotFound, StorageFailed
from core.items.importer import import_source
from core.items.sources import open_source
from core.partition import migrations, snapshots
from core.partition.backups import Backups
from core.partition.edits import Forget, Merge, Move, Note, Recluster, Rename
from core.partition.journal import Journal
from core.partition.partition import Partition
from core.partition.recovery import recover
from core.partition.rows import Rows
from core.project import Project
from tests import faulty_disk

N = 30


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    """20 edits, a backup of the first 12, and the partition after each."""
    folder = tmp_path_factory.mktemp("original")
    states = [Partition.start(N)]
    journal = Journal.open(folder, N)
    every, snapshots.EVERY = snapshots.EVERY, 6
    for step in range(20):
        edit = (
            Recluster(np.arange(N) % 5)
            if step == 0
            else [Move(Rows([step]), None), Note(1, f"{step} " * 400), Rename(2, f"n{step}")][step % 3]
        )
        journal.append(edit, who="Ann", key=f"k{step}")
        states.append(journal.partition)
        if step == 11:
            with journal._lock:  # the writer may still be at its snapshot
                Backups(folder).make(journal._database, 12)
    journal.undo()
    states.append(journal.partition)
    journal.close()
    snapshots.EVERY = every
    return folder, states


@pytest.fixture
def folder(tmp_path, original):
    shutil.copytree(original[0], tmp_path / "p.taxon")
    return tmp_path / "p.taxon"


@pytest.fixture
def states(original):
    return original[1]


def contents(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.endswith("-journal")
    }


def now_holds(folder, partition):
    journal = Journal.open(folder, N)
    try:
        assert journal.partition.same_as(partition) and journal.partition.revision == partition.revision
        assert journal.append(Merge((1, 2)), key="after").revision == partition.revision + 1
    finally:
        journal.close()
    assert len((folder / "journal.jsonl").read_text().splitlines()) == partition.revision + 1


def cut_log(folder, *numbers):
    """Damage some lines, counted from 1."""
    log = folder / "journal.jsonl"
    lines = log.read_bytes().splitlines(keepends=True)
    for number in numbers:
        lines[number - 1] = b"\xff{" + lines[number - 1][2:-9] + b"\n"
    log.write_bytes(b"".join(lines))


def ruin(path):
    path.write_bytes(b"ruined" + path.read_bytes()[6:3000] + bytes(9000))


def test_whole__nothing_is_changed(folder, states):
    before = contents(folder)
    done = recover(folder, N)
    assert done.whole and done.edits == 21 and "whole" in done.sentences()[0]
    assert contents(folder) == before
    now_holds(folder, states[-1])


def test_whole__a_log_that_lags_or_is_torn_is_nothing_to_recover(folder):
    log = folder / "journal.jsonl"
    log.write_bytes(log.read_bytes()[:-30])
    assert recover(folder, N).whole


def test_database_ruined__everything_comes_back(folder, states):
    ruin(folder / "journal.db")
    before = contents(folder)
    done = recover(folder, N, lambda: datetime(2026, 5, 6, 7, 8, 9, tzinfo=UTC))
    assert (done.edits, done.from_base, done.from_log, done.lost) == (21, 12, 9, None)
    assert done.base.startswith("backups/journal-") and "No edit is known of that is missing." in done.sentences()
    after = contents(folder)
    assert after["journal.db.damaged-20260506T070809Z"] == before["journal.db"]
    assert all(after[name] == data for name, data in before.items() if name != "journal.db")
    now_holds(folder, states[-1])


def test_database_ruined__without_backups_the_log_alone_is_enough(folder, states):
    ruin(folder / "journal.db")
    shutil.rmtree(folder / "backups")
    done = recover(folder, N)
    assert (done.edits, done.from_base, done.from_log) == (21, 0, 21)
    now_holds(folder, states[-1])


def test_every_page__damaged_in_turn__is_noticed_or_harmless_and_comes_back(folder, states, tmp_path):
    whole = (folder / "journal.db").read_bytes()
    noticed = 0
    for page in range(len(whole) // 4096):
        for junk in (bytes(4096), bytes(range(256)) * 16):
            trial = tmp_path / f"{page}-{junk[1]}"
            shutil.copytree(folder, trial)
            (trial / "journal.db").write_bytes(whole[: page * 4096] + junk + whole[(page + 1) * 4096 :])
            try:
                Journal.open(trial, N).close()
            except StorageFailed as error:
                noticed += 1
                assert "recover" in error.next_step
            done = recover(trial, N)
            assert done.edits == 21 and done.lost is None
            now_holds(trial, states[-1])
    assert noticed > 4


def test_log_damaged__is_written_anew_from_the_database(folder, states):
    cut_log(folder, 3, 4)
    done = recover(folder, N)
    assert not done.whole and (done.from_base, done.unreadable, done.base) == (21, 2, "journal.db")
    assert len(done.kept) == 2
    now_holds(folder, states[-1])


def test_both_damaged__the_backup_bridges_the_hole(folder, states):
    ruin(folder / "journal.db")
    cut_log(folder, 5)
    done = recover(folder, N)
    assert (done.edits, done.from_base, done.from_log, done.lost) == (21, 12, 9, None)
    now_holds(folder, states[-1])


def test_both_damaged__says_what_is_missing(folder, states):
    ruin(folder / "journal.db")
    cut_log(folder, 15)
    done = recover(folder, N)
    assert (done.edits, done.lost) == (14, (15, 21))
    assert "Not recovered: the edits from number 15 to 21." in done.sentences()
    now_holds(folder, states[14])


def test_log_and_backups_lost__reads_what_the_damaged_database_still_gives(folder, states):
    (folder / "journal.jsonl").unlink()
    shutil.rmtree(folder / "backups")
    with sqlite3.connect(folder / "journal.db") as raw:
        raw.execute("CREATE VIEW foreign_to_us AS SELECT 1")
    raw.close()
    done = recover(folder, N)
    assert (done.edits, done.from_damaged, done.lost) == (21, 21, None)
    now_holds(folder, states[-1])


def test_database_torn_in_the_middle__is_read_from_both_ends(folder, states):
    lines = (folder / "journal.jsonl").read_bytes().splitlines(keepends=True)
    (folder / "journal.jsonl").write_bytes(b"".join(lines[:10]))
    shutil.rmtree(folder / "backups")
    whole, page = (folder / "journal.db").read_bytes(), 4096
    both_ends = 0
    for start in range(page, len(whole), page):
        torn = shutil.copytree(folder, folder.with_name(f"{start}.taxon"))
        (torn / "journal.db").write_bytes(whole[:start] + bytes(page) + whole[start + page :])
        done = recover(torn, N)
        # The first edits from the plain log alone, the last ones from the database alone.
        both_ends += done.edits == 21 and not done.whole and read_up_to(torn / done.kept[0]) < 10
        now_holds(torn, states[done.edits])
    assert both_ends


def read_up_to(database):
    """The last event that can be read of it from the beginning on."""
    found = [0]
    with suppress(sqlite3.Error), closing(sqlite3.connect(database)) as raw:
        found += (seq for seq, _ in raw.execute("SELECT seq, inverse FROM events ORDER BY seq"))
    return found[-1]


def hole(path):
    with closing(sqlite3.connect(path)) as raw, raw:
        raw.execute("DELETE FROM events WHERE seq = 5")


@pytest.mark.parametrize("damage", [ruin, hole])
def test_damaged_backups__are_passed_over(folder, states, damage):
    ruin(folder / "journal.db")
    damage(Backups(folder).list()[0].path)
    done = recover(folder, N)
    assert (done.base, done.from_base, done.from_log) == ("", 0, 21)
    now_holds(folder, states[-1])


def test_backup_of_another_history__is_not_joined_with_the_log(folder, states, tmp_path):
    other = Journal.open(tmp_path, N, clock=lambda: datetime(2020, 1, 1, tzinfo=UTC))
    for _ in range(3):
        other.append(Recluster(np.zeros(N)))
    shutil.rmtree(folder / "backups")
    Backups(folder).make(other._database, 3)
    other.close()
    ruin(folder / "journal.db")
    assert recover(folder, N).base == ""
    now_holds(folder, states[-1])


def test_rollback_journal_of_the_damaged_file__does_not_reach_the_new_one(folder, states):
    with closing(sqlite3.connect(folder / "journal.db", isolation_level=None)) as raw:
        raw.execute("UPDATE events SET who = 'of the damaged file'")
        for sql in ("PRAGMA cache_size=1", "BEGIN", "UPDATE events SET who = 'written before its end'"):
            raw.execute(sql)
        hot = (folder / "journal.db-journal").read_bytes()
        raw.execute("ROLLBACK")
    ruin(folder / "journal.db")
    (folder / "journal.db-journal").write_bytes(hot)
    done = recover(folder, N)
    assert any(name.startswith("journal.db-journal.damaged") for name in done.kept)
    with closing(Journal.open(folder, N)) as journal:
        assert {event.who for event in journal.history()} == {"Ann", ""} and len(hot) > 8192


def test_newer_format__is_refused_and_nothing_changed(folder):
    with sqlite3.connect(folder / "journal.db") as raw:
        raw.execute(f"PRAGMA user_version={migrations.FORMAT + 1}")
    raw.close()
    before = contents(folder)
    with pytest.raises(BadInput, match="format"):
        recover(folder, N)
    assert contents(folder) == before


def test_items_missing__is_refused_because_the_journal_is_whole(folder):
    before = contents(folder)
    with pytest.raises(StorageFailed, match="does not fit"):
        recover(folder, N - 20)
    assert contents(folder) == before


def test_nothing_there__is_said(tmp_path, folder):
    with pytest.raises(NotFound, match="nothing to recover"):
        recover(tmp_path, N)
    for name in ("journal.db", "journal.jsonl"):
        (folder / name).write_bytes(b"gone")
    shutil.rmtree(folder / "backups")
    before = contents(folder)
    with pytest.raises(StorageFailed, match="Nothing could be recovered"):
        recover(folder, N)
    assert contents(folder) == before


@pytest.mark.skipif(bool(faulty_disk.why_not()), reason=faulty_disk.why_not() or "it can be watched")
def test_interrupted_at_any_operation__comes_back_the_second_time(folder, states, tmp_path):
    ruin(folder / "journal.db")
    cut_log(folder, 5)
    before = contents(folder)
    for k in range(1, 500):
        trial = tmp_path / f"{k}"
        shutil.copytree(folder, trial)
        disk = faulty_disk.Disk(trial)
        # As a kill: nothing works any more from there on.
        kinds = ("write", "create", "mkdir", "sync", "rename", "delete", "truncate", "link")
        disk.rule = faulty_disk.Kth(kinds, k, errno.EIO, forever=True)
        with disk.watching():
            try:
                done = recover(trial, N)
            except StorageFailed:
                done = None
        if done is not None and disk.rule.seen < k:
            break
        everything = set(contents(trial).values())
        assert {before["journal.db"], before["journal.jsonl"]} <= everything
        if not (done or recover(trial, N)).whole:
            now_holds(trial, states[-1])
    assert 20 < k < 499


def test_project__items_that_were_forgotten_stay_so_when_the_edit_that_did_it_is_lost(tmp_path):
    (tmp_path / "texts.csv").write_text("id,text\na,one\nb,two\nc,three\n")
    with Project.create(tmp_path / "p.taxon") as project:
        import_source(project.items, project.thumbnails, open_source(tmp_path / "texts.csv"))
        project.apply(Recluster(np.zeros(3)))
        project.apply(Forget(["b"]))
        project.close()
        ruin(project.path / "journal.db")
        cut_log(project.path, 2)
        done = project.recover()
        assert (done.edits, done.lost, done.unreadable) == (1, (2, 2), 1)
        assert project.partition().gone.tolist() == [False, True, False]
        assert project.history()[0].kind == "forget" and project.labels().item_id.tolist() == ["a", "c"]
        project.undo()
        assert project.partition().gone[1]


def test_command__says_it_and_exits_as_the_others_do(tmp_path):
    (tmp_path / "texts.csv").write_text("id,text\na,one\nb,two\n")
    with Project.create(tmp_path / "p.taxon") as project:
        path = project.path
        import_source(project.items, project.thumbnails, open_source(tmp_path / "texts.csv"))

    def command(*more):
        line = [sys.executable, "-m", "core", "recover", "--project", str(path), *more]
        return subprocess.run(line, capture_output=True, text=True, cwd=Path(__file__).parents[3], check=False)

    done = command("--json")
    assert done.returncode == 1 and json.loads(done.stdout)["error"]["what"] == "There is nothing to recover."
    with Project.open(path) as project:
        project.apply(Recluster(np.zeros(2)))
    done = command()
    assert done.returncode == 0 and done.stdout == "The journal is whole: 1 edit. Nothing was changed.\n"
    ruin(path / "journal.db")
    done = command("--json")
    told = json.loads(done.stdout)
    assert done.returncode == 0 and told["edits"] == told["from_log"] == 1 and told["kept"]
    with Project.open(path) as holder:
        holder._acquire()
        done = command()
        assert done.returncode == 1 and "process" in done.stderr
