"""Ten people at once: nobody waits for ever, nobody is told of a lock, and nobody's edit is overwritten unseen."""

from __future__ import annotations

import random
import subprocess
import sys
import threading
import time
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from core.errors import Conflict
from core.items.importer import import_source
from core.items.sources import open_source
from core.partition.edits import Note, Recluster, Rename
from core.partition.journal import Journal
from core.project import Project
from tests.soak import amounts

THREADS = 10
# Another process has the project open all the time: it reads, and tries to edit.
OTHER = """
import sys, time
from core.errors import ProjectLocked
from core.partition.edits import Note
from core.project import Project
from tests.soak import amounts

end = time.monotonic() + float(sys.argv[2])
reads = refused = 0
print("ready", flush=True)
while time.monotonic() < end:
    with Project.open(sys.argv[1]) as project:
        before = project.partition().revision
        assert len(project.history()) >= before > 0
        reads += 1
        try:
            project.apply(Note(1, "by another process"))
        except ProjectLocked as error:
            assert "process" in str(error)
            refused += 1
print(reads, refused, flush=True)
"""


def at_once(count, work):
    errors = []

    def careful(which):
        try:
            work(which)
        except BaseException as error:
            errors.append(error)

    threads = [threading.Thread(target=careful, args=(which,)) for which in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []


@pytest.fixture
def project(tmp_path):
    rows = "\n".join(f"n{number},text {number}" for number in range(200))
    (tmp_path / "texts.csv").write_text(f"id,text\n{rows}\n")
    with Project.create(tmp_path / "p.taxon") as opened:
        import_source(opened.items, opened.thumbnails, open_source(tmp_path / "texts.csv"))
        opened.apply(Recluster(np.arange(200) % 20))
        yield opened


@pytest.mark.parametrize("seconds", amounts(3, 60))
def test_writers__ten_threads_and_two_processes_get_their_turns(project, seconds):
    counts, waits = [0] * THREADS, []
    others = [
        subprocess.Popen(
            [sys.executable, "-c", OTHER, str(project.path), str(seconds)],
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[3],
        )
        for _ in range(2)
    ]
    assert [other.stdout.readline() for other in others] == ["ready\n"] * 2
    end = time.monotonic() + seconds

    def work(which):
        while time.monotonic() < end:
            begun = time.monotonic()
            project.apply(Note(1 + which, f"note {counts[which]}"), who=str(which))
            waits.append(time.monotonic() - begun)
            counts[which] += 1

    at_once(THREADS, work)
    for other in others:
        reads, refused = map(int, other.communicate()[0].split())
        assert other.returncode == 0 and reads == refused > 0
    mode = project.journal._database.mode
    print(
        f"{sum(counts)} edits in {seconds} s ({sum(counts) / seconds:.0f}/s, mode {mode}), "
        f"slowest {min(counts)}, fastest {max(counts)}, p50 {np.median(waits) * 1e3:.1f} ms, "
        f"p99 {np.quantile(waits, 0.99) * 1e3:.1f} ms"
    )
    assert min(counts) >= 0.8 * max(counts)
    stored = project.history()
    for which in range(THREADS):
        assert sum(event.who == str(which) for event in stored) == counts[which]


@pytest.mark.parametrize("count", amounts(1_000, 100_000))
def test_conflicts__nothing_is_overwritten_unseen(tmp_path, count):
    """Five people name the same few clusters, each from what she saw some time ago; every overwriting was seen."""
    told, lock = [], threading.Lock()
    with closing(Journal.open(tmp_path, 40)) as journal:
        journal.append(Recluster(np.arange(40) % 4))

        def work(which):
            chance = random.Random(which)
            seen = journal.partition
            for step in range(count // 5):
                if chance.random() < 0.4:
                    seen = journal.partition
                key = chance.randint(1, 4)
                try:
                    event = journal.append(Rename(key, f"{which}-{step}"), revision=seen.revision, who=str(which))
                except Conflict as conflict:
                    assert conflict.cluster_id == key and conflict.who
                    event = None
                with lock:
                    told.append((event, key, seen))

        at_once(5, work)
        stored = {event.seq: event for event, _, _ in told if event is not None}
        assert set(stored) == set(range(2, journal.partition.revision + 1))
        names = dict.fromkeys(range(1, 5), (1, ""))  # revision and name of the latest
        refused = sum(event is None for event, _, _ in told)
        for event, key, seen in sorted((one for one in told if one[0]), key=lambda one: one[0].seq):
            changed, name = names[key]
            assert changed <= seen.revision and seen.clusters[key].name == name
            names[key] = (event.seq, f"{event.who}-{_step(event)}")
    print(f"{len(told):,} edits of the same clusters, {refused} refused, 0 overwritten unseen")
    assert len(told) == count // 5 * 5 and refused > len(told) / 20


def _step(event):
    return event.sentence.rpartition("-")[2].rstrip("”")
