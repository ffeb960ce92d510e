"""A disk that is really full: a filesystem of two megabytes where one may be mounted, else a limit of the kernel."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

# Fills what is left, edits until it is refused, makes room again. The limit counts per file, so there a bigger one
# stands for more room.
SCENARIO = """
import resource, sys
from pathlib import Path
from core.errors import StorageFailed
from core.partition.edits import Note, Recluster, Rename
from core.partition.fold import fold
from core.partition.journal import Journal, rebuild
from core.partition.partition import Partition

folder, way = Path(sys.argv[1]), sys.argv[2]
hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
filling = folder / "somebody else's"

def full():
    if way == "limit":
        resource.setrlimit(resource.RLIMIT_FSIZE, (max(file.stat().st_size for file in folder.glob("journal.*")), hard))
        return
    with filling.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            pass

def room():
    if way == "limit":
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    else:
        filling.unlink()

journal = Journal.open(folder, 8)
journal.append(Recluster([0, 0, 1, 1, 2, 2, 3, 3]))
stored = 1
for again in range(3):
    full()
    try:
        while True:
            before = journal.partition
            journal.append(Note(1, f"{stored} " * 900))
            stored += 1
    except StorageFailed as refusal:
        first = refusal
    assert first.what == "The edit is not stored." and first.next_step, first
    try:
        journal.append(Rename(1, "neither"))
        raise SystemExit("an edit was accepted on a full disk")
    except StorageFailed as refusal:
        assert refusal.what == "No edit can be stored at the moment.", refusal
    assert journal.trouble is not None and journal.undo_sentence() is None
    assert journal.partition is before and len(journal.history()) == stored == before.revision
    other = Journal.open(folder, 8, read_only=True)
    assert other.partition.same_as(before)
    other.close()
    room()
    if again == 1:
        # Nobody asks for anything: it goes on by itself.
        import time
        until = time.monotonic() + 30
        while journal.trouble is not None and time.monotonic() < until:
            time.sleep(0.05)
        assert journal.trouble is None
    if again == 2:
        journal.close()
        journal = Journal.open(folder, 8)
        assert journal.partition.same_as(before)
    stored = journal.append(Rename(1, f"room again {again}")).seq
    assert stored == before.revision + 1 and journal.trouble is None
journal.close()
told = rebuild(folder / "journal.jsonl")
assert len(told) == stored and fold(Partition.start(8), told).same_as(journal.partition)
print("edits", stored)
"""


ROOT = Path(__file__).parents[3]


def test_limit__refused_then_goes_on(tmp_path):
    command = [sys.executable, "-c", SCENARIO, str(tmp_path), "limit"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("edits ")


MOUNT = 'mount -t tmpfs -o size=2m small "$1" && exec "$2" -c "$3" "$1" full'


def mounted(folder, code):
    """Runs code with a tmpfs of two megabytes at `folder`, in a namespace of its own."""
    command = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c", MOUNT, "sh", str(folder)]
    return subprocess.run([*command, sys.executable, code], capture_output=True, text=True, cwd=ROOT, check=False)


def test_small_filesystem__refused_then_goes_on(tmp_path):
    if shutil.which("unshare") is None or mounted(tmp_path, "pass").returncode:
        pytest.skip("this machine lets nobody mount a small filesystem; the test with a limit stands in")
    done = mounted(tmp_path, SCENARIO)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("edits ") and not list(tmp_path.iterdir())
