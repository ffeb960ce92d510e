from __future__ import annotations

import io
import os
import subprocess
import sys
import time

import pytest
from PIL import Image

from core.errors import Cancelled, StorageFailed
from core.items.decoding import Task, Workbench, prepare_pictures
from core.items.report import Outcome, Unreadable
from core.items.store import ItemStore
from core.limits import Limits


@pytest.fixture
def folder(tmp_path, encoded):
    path = tmp_path / "f"
    path.mkdir()
    for number in range(6):
        (path / f"{number}.png").write_bytes(encoded((number * 40, 0, 0)))
    return path


def test_import__again_adds_only_what_is_new(folder, bench, encoded):
    assert bench.add(folder).sentence() == "6 read"
    table = bench.items.table
    (folder / "new.png").write_bytes(encoded("blue"))
    (folder / "3.png").write_bytes(encoded("white"))
    (folder / "0.png").unlink()
    report = bench.add(folder)
    assert report.sentence() == "2 read, 4 already in the project"
    assert any("“3.png” became “3.png#2”" in note for note in report.notes)
    assert bench.items.table.slice(0, 6).equals(table)
    assert bench.items.item_id.tolist()[6:] == ["3.png#2", "new.png"]
    assert bench.add(folder).sentence() == "0 read, 6 already in the project"
    assert len(bench.store.reports()) == len(bench.store.sources()) == 3
    assert bench.items.source.tolist() == [1] * 6 + [2] * 2


def test_import__copies_are_items_and_are_counted(folder, bench, encoded):
    (folder / "copy.png").write_bytes((folder / "1.png").read_bytes())
    report = bench.add(folder)
    assert report.sentence() == "7 read"
    assert any("1 pictures are byte-identical" in note for note in report.notes)


def test_import__gps_never_reaches_a_thumbnail(bench, tmp_path):
    exif = Image.Exif()
    exif.get_ifd(0x8825).update({1: "N", 2: (52.0, 31.0, 7.0), 29: "2020:01:01"})
    exif[0x010F] = "SECRETMAKER"
    (tmp_path / "g").mkdir()
    Image.new("RGB", (300, 300), "red").save(tmp_path / "g" / "x.jpg", exif=exif)
    bench.add(tmp_path / "g")
    data = bench.thumbnails.get(bench.items.digest[0])
    with Image.open(io.BytesIO(data)) as small:
        assert not small.getexif() and set(small.info) <= {"loop", "background", "timestamp", "duration"}
    stored = b"".join(file.read_bytes() for file in bench.path.rglob("*") if file.is_file())
    assert b"SECRETMAKER" not in stored and b"Exif" not in stored


def test_import__progress_counts_pictures(folder, bench):
    seen = []
    bench.add(folder, progress=lambda done, total, note="": seen.append((done, total, note)))
    assert (6, 6, "reading pictures") in seen


def test_import__a_cancel_leaves_the_project_as_it_was(folder, bench):
    def stop(done, total, note=""):
        if done:
            raise Cancelled("Stopped.")

    with pytest.raises(Cancelled):
        bench.add(folder, progress=stop)
    assert bench.store.reports() == []
    assert bench.add(folder).sentence() == "6 read"


def test_store__a_second_reader_sees_what_was_added(folder, bench, tmp_path, encoded):
    reader = ItemStore(bench.path)
    assert len(reader.load()) == 0
    bench.add(folder)
    first = reader.load()
    assert len(first) == 6 and reader.load() is first
    (folder / "new.png").write_bytes(encoded("blue"))
    bench.add(folder)
    assert len(reader.load()) == 7


def test_store__a_lost_or_damaged_part_is_said(folder, bench, encoded):
    bench.add(folder)
    (folder / "new.png").write_bytes(encoded("blue"))
    bench.add(folder)
    first = bench.store.folder / "part-00001.parquet"
    data = first.read_bytes()
    first.write_bytes(data[:200] + b"\0\0\0\0" + data[-40:])
    with pytest.raises(StorageFailed, match=r"part-00001\.parquet” in the project's items is damaged"):
        ItemStore(bench.path).load()
    first.unlink()
    with pytest.raises(StorageFailed, match=r"part-00001\.parquet” is missing"):
        ItemStore(bench.path).load()


def test_store__a_failing_disk_leaves_the_old_state(folder, bench, monkeypatch):
    def fail(handle):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(StorageFailed, match="No space left"):
        bench.add(folder)
    monkeypatch.undo()
    assert len(ItemStore(bench.path).load()) == 0
    assert [file.name for file in bench.store.folder.iterdir()] == []
    assert bench.add(folder).sentence() == "6 read"


class KillingFiles:
    """Reads that kill the process for some names and hang for one."""

    def __init__(self, data, killers):
        self.data = data
        self.killers = killers

    def read(self, file_name, limits):
        if file_name in self.killers:
            os._exit(1)
        if file_name == "hangs":
            time.sleep(1_000)
        if file_name == "bad":
            raise Unreadable(Outcome.BROKEN, "Bad.")
        return self.data


def test_prepare__a_picture_that_kills_twice_is_quarantined_and_the_rest_goes_on(encoded):
    names = [f"{number}" for number in range(250)]
    names[70], names[71], names[130] = "killer", "bad", "killer"
    bench = Workbench(KillingFiles(encoded(), {"killer"}))
    tasks = [Task(index, name, "") for index, name in enumerate(names)]
    prepared = {one.index: one for chunk in prepare_pictures(bench, tasks, workers=2) for one in chunk}
    assert sorted(prepared) == list(range(250))
    refused = {index: (one.outcome, one.sentence) for index, one in prepared.items() if one.outcome is not Outcome.READ}
    killed = (Outcome.QUARANTINED, "Decoding it crashed the decoder.")
    assert refused == {70: killed, 71: (Outcome.BROKEN, "Bad."), 130: killed}
    assert prepared[71].thumbnail == b"" and prepared[249].thumbnail == prepared[0].thumbnail != b""


class HungryFiles:
    """Reads that ask for more memory than a worker may have."""

    def __init__(self, data):
        self.data = data

    def read(self, file_name, limits):
        if file_name == "hungry":
            try:
                bytearray(8 * 1024**3)
            except MemoryError:
                raise Unreadable(Outcome.TOO_LARGE, "Too much memory.") from None
        return self.data


def test_prepare__workers_have_a_memory_cap(encoded):
    tasks = [Task(index, "hungry" if index == 5 else "x", "") for index in range(70)]
    chunks = list(prepare_pictures(Workbench(HungryFiles(encoded())), tasks, workers=1))
    assert [one.index for chunk in chunks for one in chunk if one.outcome is Outcome.TOO_LARGE] == [5]


def test_prepare__a_picture_that_hangs_is_given_up(encoded):
    names = ["hangs" if number == 40 else "x" for number in range(70)]
    bench = Workbench(KillingFiles(encoded(), set()), Limits(decode_wait_seconds=1))
    tasks = [Task(index, name, "") for index, name in enumerate(names)]
    prepared = [one for chunk in prepare_pictures(bench, tasks, workers=1) for one in chunk]
    assert sorted(one.index for one in prepared) == list(range(70))
    given_up = [(one.index, one.sentence) for one in prepared if one.outcome is Outcome.QUARANTINED]
    assert given_up == [(40, "Reading it takes more than 1 seconds.")]


def test_prepare__a_script_without_a_main_guard_works_too(tmp_path, encoded):
    folder = tmp_path / "f"
    folder.mkdir()
    for number in range(200):
        (folder / f"{number}.png").write_bytes(encoded((number, 0, 0)))
    project = tmp_path / "p.taxon"
    project.mkdir()
    script = tmp_path / "script.py"
    script.write_text(
        "import sys\nfrom pathlib import Path\nfrom core.items.importer import import_source\n"
        "from core.items.sources import open_source\nfrom core.items.store import ItemStore\n"
        "from core.items.thumbnails import ThumbnailStore\nproject = Path(sys.argv[1])\n"
        "print(import_source(ItemStore(project), ThumbnailStore(project), open_source(sys.argv[2])).sentence())\n"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, str(script), str(project), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=True)
    assert done.stdout == "200 read\n"
    assert len(ItemStore(project).reports()) == 1
