"""Processes that may die of what they decode: caps, second chances, quarantine, and nothing left behind."""

from __future__ import annotations

import io
import os
import re
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.errors import NotAvailable, StorageFailed
from core.items.caps import Caps
from core.items.decoders import Closed, Decoders
from core.items.decoding import Pixels, Task, Wanted, Workbench, as_webp, prepare_pictures
from core.items.files import FolderFiles
from core.items.pictures import decode
from core.items.report import Outcome, Unreadable
from core.limits import Limits
from tests.core.items.fates import fate

QUICK = Caps.of_picture(Limits(decode_seconds=1, decode_wait_seconds=60, decode_bytes=256 * 2**20))


def gone(pid, seconds=20):
    """Whether a process ends in time; a zombie has ended."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        try:
            if Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except OSError:
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize(
    ("task", "outcome", "sentence"),
    [
        ("crash", Outcome.QUARANTINED, "crashed the decoder"),
        ("spin", Outcome.QUARANTINED, "more than 1 seconds of computing"),
        ("spin in C", Outcome.QUARANTINED, "more than 1 seconds of computing"),
        ("noise", Outcome.QUARANTINED, "crashed the decoder"),
        ("objects", Outcome.QUARANTINED, "crashed the decoder"),
        ("boast", Outcome.QUARANTINED, "crashed the decoder"),
        ("hungry", Outcome.TOO_LARGE, "more memory than is allowed"),
        ("refused", Outcome.MISSING, "Not there."),
        ("a bug", Outcome.BROKEN, "ZeroDivisionError"),
    ],
)
def test_fate__is_an_outcome_and_what_comes_after_is_done(task, outcome, sentence):
    with Decoders(fate, 1, QUICK) as decoders:
        before, found, after = decoders.do_all(["well", task, "well"])
        assert before.told["text"] == after.told["text"] == "well" and before.data == after.data == b"well"
        assert found.refusal.outcome is outcome and sentence in found.refusal.sentence
        with pytest.raises(Unreadable):
            found.checked()


def test_fate__of_one_that_waits_for_nothing_is_to_be_given_up():
    with Decoders(fate, 1, Caps.of_picture(Limits(decode_wait_seconds=1))) as decoders:
        found = decoders.do("sleep").refusal
    assert found.outcome is Outcome.QUARANTINED and "more than 1 seconds" in found.sentence


def test_fate__of_one_that_kills_once_is_to_be_done(tmp_path):
    with Decoders(fate, 1) as decoders:
        answers = decoders.do_all([f"crash if not seen {tmp_path / name}" for name in ("one", "two")])
    assert [one.refusal for one in answers] == [None, None] and (tmp_path / "two").exists()


def test_fate__of_the_disk_is_told_as_it_is_and_the_next_task_is_done():
    with Decoders(fate, 1) as decoders:
        with pytest.raises(StorageFailed, match="no room"):
            decoders.do_all(["well", "full disk", "well"])
        assert decoders.do("well").data == b"well"


def test_process__of_the_tests_stays_off_the_network(monkeypatch, tmp_path):
    monkeypatch.setenv("TAXON_NETWORK_LOG", str(tmp_path / "log"))
    with Decoders(fate, 1) as decoders:
        assert "ConnectionRefusedError" in decoders.do("call").refusal.sentence
    assert (tmp_path / "log").read_text() == "192.0.2.1\n"


def test_process__that_is_killed_while_it_waits_costs_nobody_anything():
    with Decoders(fate, 1) as decoders:
        decoders.do("well")
        os.kill(decoders.pids()[0], signal.SIGKILL)
        assert decoders.do("well").refusal is None


def test_processes__are_as_many_as_allowed_and_serve_many_threads():
    with Decoders(fate, 2) as decoders, ThreadPoolExecutor(8) as threads:
        found = list(threads.map(decoders.do, [f"n {number}" for number in range(80)]))
        assert [one.told["text"] for one in found] == [f"n {number}" for number in range(80)]
        assert len(decoders.pids()) <= 2


def test_close__ends_what_works_and_what_waits():
    decoders = Decoders(fate, 2)
    decoders.do("well")
    failed = []

    def work():
        try:
            decoders.do("sleep")
        except Closed:
            failed.append(True)

    thread = threading.Thread(target=work)
    thread.start()
    time.sleep(0.2)
    pids = decoders.pids()
    assert pids
    decoders.close()
    thread.join(10)
    assert failed == [True] and decoders.pids() == [] and all(gone(pid) for pid in pids)
    with pytest.raises(Closed):
        decoders.do("well")


def test_iterator__that_is_left_leaves_no_process(tmp_path, encoded):
    (tmp_path / "a.png").write_bytes(encoded())
    tasks = [Task(number, "a.png", "") for number in range(1000)]
    before = set(children(os.getpid()))
    chunks = prepare_pictures(Workbench(FolderFiles(tmp_path)), tasks, workers=2)
    next(chunks)
    mine = set(children(os.getpid())) - before
    assert len(mine) == 2
    chunks.close()
    assert all(gone(pid) for pid in mine)


def children(parent):
    """Decoding processes that this process started."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            about = (folder / "stat").read_text().rpartition(")")[2].split()
            named = b"core.items.decoder_process" in (folder / "cmdline").read_bytes()
        except OSError:
            continue
        if int(about[1]) == parent and named and about[0] != "Z":
            found.append(int(folder.name))
    return found


@pytest.mark.parametrize("work", ["well", "sleep", "spin"])
def test_parent__that_is_killed_leaves_no_process(work):
    script = (
        "import sys, threading\nfrom core.items.decoders import Decoders\nfrom tests.core.items.fates import fate\n"
        "decoders = Decoders(fate, 2)\ndecoders.do('well')\n"
        f"threading.Thread(target=decoders.do, args=({work!r},)).start()\n"
        "print('ready', flush=True)\nthreading.Event().wait()\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, env=environment)
    parent.stdout.readline()
    time.sleep(0.3)
    left = children(parent.pid)
    assert left
    parent.kill()
    parent.wait()
    parent.stdout.close()
    assert all(gone(pid) for pid in left)


def test_start__that_fails_is_a_sentence(monkeypatch):
    monkeypatch.setattr(sys, "executable", "/bin/false")
    with Decoders(fate, 1) as decoders, pytest.raises(NotAvailable, match="could be started"):
        decoders.do("well")


@pytest.mark.skipif(sys.platform != "linux", reason="Memory is capped on Linux only.")
def test_process__is_capped_in_memory_files_and_dumps():
    with Decoders(fate, 1) as decoders:
        decoders.do("well")
        told = Path(f"/proc/{decoders.pids()[0]}/limits").read_text()
    caps = {name: int(value) for name, value in re.findall(r"^Max ([a-z ]+?) +(\d+)", told, re.MULTILINE)}
    assert 2**30 < caps["address space"] < 1.5 * 2**30
    assert caps["file size"] == Limits().picture_bytes and caps["core file size"] == 0


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "P", "1", "CMYK", "I;16"])
def test_pixels__are_those_of_decode(mode):
    values = np.random.default_rng(0).integers(0, 255, (70, 90, 3), np.uint8)
    image = Image.fromarray(values)
    image = Image.fromarray(values[..., 0].astype(np.uint16) * 257) if mode == "I;16" else image.convert(mode)
    buffer = io.BytesIO()
    image.save(buffer, "TIFF" if mode == "CMYK" else "PNG")
    pixels = Pixels(1)
    try:
        for side in (None, 40):
            here, there = decode(buffer.getvalue(), max_side=side), pixels.decode(buffer.getvalue(), side)
            assert there.mode == "RGB" and there.size == here.size and np.array_equal(there, here)
        with pytest.raises(Unreadable, match="empty"):
            pixels.decode(b"")
    finally:
        pixels.close()


def test_as_webp__has_the_size_that_was_asked_for(encoded):
    with Decoders(as_webp, 1) as decoders:
        data = decoders.do(Wanted(encoded(size=(400, 100)), 50)).checked().data
    with Image.open(io.BytesIO(data)) as image:
        assert image.format == "WEBP" and max(image.size) == 50
