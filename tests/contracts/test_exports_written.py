"""Every export is written whole or not at all: an older one is replaced or stays, and no trace of a failed one does."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from core.errors import BadInput, Cancelled, StorageFailed
from core.export.table import FORMATS, export
from tests.contracts.exported import FORMAT, SMALL, collection, read, snapshot, target


@FORMAT
def test_export__replaces_an_older_one_or_refuses_and_leaves_no_trace(tmp_path, format):
    path = target(tmp_path, format)
    export(SMALL, format, path)
    before = snapshot(tmp_path)
    newer = collection(["cow", "dog", "cat", "x"])
    if FORMATS[format].folder:
        with pytest.raises(BadInput, match="exists already"):
            export(newer, format, path)
        assert snapshot(tmp_path) == before
    else:
        export(newer, format, path)
        assert read(path, format)[0]["label"] == "cow"
        assert snapshot(tmp_path).keys() == before.keys()


@FORMAT
def test_export__cancelled_or_failing_leaves_what_was_there(tmp_path, format, monkeypatch):
    path = target(tmp_path, format)
    if not FORMATS[format].folder:
        export(SMALL, format, path)
    before = snapshot(tmp_path)

    def cancel(done, total, note=""):
        raise Cancelled("Stopped.")

    def no_space(*arguments):
        raise OSError(28, "No space left on device")

    with pytest.raises(Cancelled):
        export(SMALL, format, path, cancel)
    assert snapshot(tmp_path) == before
    monkeypatch.setattr(Path, "replace", no_space)
    with pytest.raises(StorageFailed, match="No space left"):
        export(SMALL, format, path)
    assert snapshot(tmp_path) == before
    assert {file.name for file in tmp_path.iterdir()} == {name.split("/")[0] for name in before}


_CHILD = """
import sys
sys.path[:0] = [sys.argv[3]]
from pathlib import Path
from core.export.table import export
from tests.contracts.exported import collection
print(1, flush=True)
for turn in range(10**6):
    animal = ["cow", "dog"][turn % 2]
    out = Path(sys.argv[2])
    out = out.with_name(f"{out.name}{turn}") if sys.argv[1] == "imagefolder" else out
    export(collection([animal] * 300), sys.argv[1], out)
"""


@FORMAT
def test_export__kill_at_any_moment_leaves_old_or_new(tmp_path, format):
    path = target(tmp_path, format)
    command = [sys.executable, "-c", _CHILD, format, str(path), str(Path(__file__).parents[2])]
    child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    child.stdout.readline()
    with pytest.raises(subprocess.TimeoutExpired):
        child.wait(0.7)
    child.send_signal(signal.SIGKILL)
    child.communicate()
    whole = [file for file in tmp_path.glob("labels*") if not file.name.endswith(".provenance.json")]
    for file in whole:
        rows = read(file, format)
        assert len(rows) == (150 if format == "imagefolder" else 300)
        assert len({row["label"] for row in rows[:-1]}) == 1
    if not FORMATS[format].folder:
        export(SMALL, format, path)
        assert not list(tmp_path.glob(".*.aside"))


@FORMAT
def test_export__in_the_way_is_a_sentence(tmp_path, format):
    path = target(tmp_path, format)
    if FORMATS[format].folder:
        path.write_bytes(b"a file")
    else:
        path.mkdir()
    with pytest.raises(BadInput):
        export(SMALL, format, path)
    assert [file.name for file in tmp_path.iterdir()] == [path.name]


def test_export__files_get_the_usual_permissions(tmp_path):
    (tmp_path / "usual").touch()
    export(SMALL, "csv", tmp_path / "labels.csv")
    assert (tmp_path / "labels.csv").stat().st_mode == (tmp_path / "usual").stat().st_mode


def test_export__what_another_export_is_writing_is_not_swept_away(tmp_path):
    def meanwhile(done, total, note=""):
        if not (tmp_path / "labels.csv").exists():
            export(SMALL, "csv", tmp_path / "labels.csv")

    done = export(SMALL, "csv", tmp_path / "labels.csv", meanwhile)
    assert len(read(done.path, "csv")) == 4
    assert sorted(file.name for file in tmp_path.iterdir()) == ["labels.csv", "labels.csv.provenance.json"]
