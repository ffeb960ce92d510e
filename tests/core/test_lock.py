from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from core.errors import ProjectLocked
from core.lock import WriterLock, alone, at_work
from core.project import Project

HOLD = """
import sys
from pathlib import Path
from core.lock import WriterLock
lock = WriterLock(Path(sys.argv[1]))
lock.acquire()
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def other(tmp_path):
    child = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    assert child.stdout.readline() == b"held\n"
    yield child
    child.kill()
    child.communicate()


def test_acquire__says_which_process_on_which_machine_holds_it(tmp_path, other):
    with pytest.raises(ProjectLocked, match=rf"process {other.pid} on {socket.gethostname()}"):
        WriterLock(tmp_path).acquire()


def test_acquire__a_killed_holder_leaves_nothing_to_clean_up(tmp_path, other):
    other.kill()
    other.wait()
    lock = WriterLock(tmp_path)
    lock.acquire()
    assert lock.held and json.loads((tmp_path / "lock").read_text())["pid"] == os.getpid()
    lock.release()


@pytest.mark.parametrize("name", ["ftruncate", "pwrite"])
def test_acquire__a_full_disk_keeps_nobody_from_holding_it(tmp_path, monkeypatch, name):
    def refuse(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, name, refuse)
    first, second = WriterLock(tmp_path), WriterLock(tmp_path)
    first.acquire()
    with pytest.raises(ProjectLocked):
        second.acquire()


def test_read_only_disk__is_read_and_says_why_nothing_can_be_edited(tmp_path, monkeypatch):
    Project.create(tmp_path / "p.taxon").close()
    path, real = tmp_path / "p.taxon", os.open
    with at_work(path):
        pass

    def refuse(file, flags, *more, **options):
        if str(tmp_path) in str(file) and flags & (os.O_RDWR | os.O_WRONLY):
            raise OSError(30, "Read-only file system")
        return real(file, flags, *more, **options)

    monkeypatch.setattr(os, "open", refuse)
    monkeypatch.setattr(os, "access", lambda file, mode: False)
    with Project.open(path) as project, at_work(path):
        assert project.holder == "nobody: its folder cannot be written here"
        assert len(project.labels()) == 0 and project.history() == []
        with pytest.raises(ProjectLocked, match="Read-only file system"):
            project.undo()
    with alone(path):
        pass
