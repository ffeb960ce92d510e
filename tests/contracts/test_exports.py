"""What every export format promises: the same assertions for each, and exact values for those that hold a table."""

from __future__ import annotations

import csv
import io
import json
import math
import signal
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from core import safe
from core.errors import BadInput, Cancelled, StorageFailed
from core.export.contents import OURS
from core.export.table import FORMATS, Collection, export

HOSTILE = [
    "two\nlines",
    "carriage\rreturn",
    "windows\r\nline",
    'say "hi", then; go\ttab',
    "=cmd|' /C calc'!A0",
    "+1",
    "-1",
    "@sum",
    "'quoted",
    "😀 👩‍👩‍👧 é e\u0301",
    "nul\0inside",
    "עברית \u202eabc\u202c العربية",
    "x" * 10_000,
    "../../etc/passwd",
    "<img src=x onerror=alert(1)>",
    "\u2028\u2029\x85\x1c",
    "NaN",
    "null",
    "007",
    "true",
    " blanks ",
    "",
]
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=40) | st.sampled_from(HOSTILE)
FORMAT = pytest.mark.parametrize("format", FORMATS)
TABULAR = pytest.mark.parametrize("format", [name for name in FORMATS if name != "imagefolder"])
GPS = b"GPS canary inside the original"


def collection(labels: list[str], texts: list[str] | None = None, picture: Callable | None = None) -> Collection:
    """One item a label; every second one has a picture, the last is undecided."""
    n = len(labels)
    ids = [f"a/{i}.png" for i in range(n)]
    frame = pd.DataFrame(
        {
            "item_id": ids,
            "file_name": [name if i % 2 == 0 else "" for i, name in enumerate(ids)],
            "text": texts or [f"text {i}" for i in range(n)],
            "cluster_id": np.array([*range(1, n), 0], np.int32),
            "label": [*labels[:-1], ""],
            "origin": ["person", *["machine"] * (n - 2), ""],
            "confidence": np.array([0.1, *[np.nan] * (n - 1)], np.float32),
            "undecided": [*[False] * (n - 1), True],
            "x": np.arange(n, dtype=np.float32) / 3,
            "y": np.array([*[-1.5] * (n - 1), np.nan], np.float32),
        }
    )
    own = {
        "label": np.array([f"mine {i}" for i in range(n)], object),
        "weight": np.arange(n) * 0.5,
        "=count": np.arange(n),
        "seen": np.array([True, *[None] * (n - 1)], object),
    }
    provenance = {
        "project": "p",
        "journal_revision": 7,
        "encoder": "clip:/home/jane roe/secret/model.safetensors",
        "versions": {"torch": "2"},
        "score": math.nan,
    }
    return Collection(frame, own, picture or _every_second, provenance)


def _every_second(position: int) -> bytes | None:
    return b"\x89PNG\r\n\x1a\n" + GPS + bytes([position % 256]) if position % 2 == 0 else None


SMALL = collection(["cat", "dog", "cat", "x"])


def target(folder: Path, format: str) -> Path:
    return folder / f"labels{FORMATS[format].extension}"


def read(path: Path, format: str) -> list[dict]:
    """The rows as a stranger would read them: texts without the spreadsheet guard, None for what is missing."""
    if format == "jsonl":
        return [json.loads(line) for line in path.read_text(encoding="utf-8").split("\n")[:-1]]
    if format == "parquet":
        return pq.read_table(path).to_pylist()
    if format == "imagefolder":
        return _unguarded((path / "metadata.csv").read_bytes())
    if format == "zip":
        with zipfile.ZipFile(path) as archive:
            return _unguarded(archive.read("labels.csv"))
    return _unguarded(path.read_bytes())


def _unguarded(data: bytes) -> list[dict]:
    names, *rows = csv.reader(io.StringIO(data.decode(), newline=""))
    names = [safe.csv_original(name) for name in names]
    return [dict(zip(names, map(safe.csv_original, row), strict=True)) for row in rows]


def snapshot(folder: Path) -> dict[str, bytes]:
    return {str(file.relative_to(folder)): file.read_bytes() for file in sorted(folder.rglob("*")) if file.is_file()}


def plainly(value: object) -> str:
    """Any value as a CSV cell holds it, so that formats can be compared."""
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return str(float(np.float32(value))) if isinstance(value, float) else str(value)


@FORMAT
def test_export__columns_are_ours_then_the_users_own(tmp_path, format):
    export(SMALL, format, target(tmp_path, format))
    rows = read(target(tmp_path, format), format)
    assert list(rows[0]) == [*OURS, "label_yours", "weight", "=count", "seen"]
    assert rows[0]["label_yours"] == "mine 0"


@FORMAT
def test_export__says_what_it_wrote(tmp_path, format):
    done = export(SMALL, format, target(tmp_path, format))
    rows = read(done.path, format)
    files = [done.path] if done.path.is_file() else [file for file in done.path.rglob("*") if file.is_file()]
    assert done.rows == len(rows) == 4 - done.left_out
    assert done.bytes == sum(file.stat().st_size for file in files)
    assert done.left_out == (2 if format == "imagefolder" else 0)


@FORMAT
def test_export__provenance_says_where_it_comes_from_and_nothing_about_the_machine(tmp_path, format):
    done = export(SMALL, format, target(tmp_path, format))
    facts = json.loads(done.provenance_path.read_text(encoding="utf-8"))
    assert facts["journal_revision"] == 7
    assert facts["versions"] == {"torch": "2"}
    assert facts["format"] == format
    assert facts["encoder"] == "clip:…/model.safetensors"
    assert facts["renamed_columns"] == {"label": "label_yours"}
    assert facts["counts"] | {"left_out": 0} == {
        "items": 4, "clusters": 3, "undecided": 1, "origin": {"machine": 2, "person": 1}, "left_out": 0
    }  # fmt: skip
    everything = b"".join(snapshot(tmp_path).values())
    assert b"jane" not in everything
    assert str(tmp_path).encode() not in everything


@FORMAT
def test_export__undecided_items_have_no_cluster(tmp_path, format):
    # Every item has a picture here, so that every format holds the undecided one.
    export(collection(["cat", "dog", "x"], picture=lambda i: b"GIF89a"), format, target(tmp_path, format))
    last = read(target(tmp_path, format), format)[-1]
    assert plainly(last["cluster_id"]) == ""
    assert plainly(last["undecided"]) == "true"
    assert plainly(last["label"]) == plainly(last["confidence"]) == plainly(last["y"]) == ""


@FORMAT
def test_export__numbers_come_back_exactly(tmp_path, format):
    export(SMALL, format, target(tmp_path, format))
    rows = read(target(tmp_path, format), format)
    assert [np.float32(row["x"]) for row in rows] == [np.float32(int(row["item_id"][2]) / 3) for row in rows]
    assert np.float32(rows[0]["confidence"]) == np.float32(0.1)
    assert plainly(rows[0]["seen"]) == "true"
    assert [plainly(row["=count"]) for row in rows] == [row["item_id"][2] for row in rows]


@TABULAR
@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@example(texts=HOSTILE)
@given(texts=st.lists(TEXTS, min_size=3, max_size=6))
def test_export__hostile_texts_come_back_exactly(tmp_path, format, texts):
    labels = [safe.name(text) for text in texts]
    given_ = collection(labels, texts)
    given_ = Collection(given_.frame, {"own": np.array(texts, object), "=1+1": np.array(texts, object)}, given_.picture)
    export(given_, format, target(tmp_path, format))
    rows = read(target(tmp_path, format), format)
    assert [row["text"] for row in rows] == texts
    assert [row["own"] for row in rows] == texts
    assert [row["=1+1"] for row in rows] == texts
    assert [row["label"] for row in rows] == [*labels[:-1], ""]
    assert [row["item_id"] for row in rows] == given_.frame["item_id"].tolist()


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
sys.path[:0] = [sys.argv[3], sys.argv[3] + "/tests/contracts"]
from pathlib import Path
import test_exports as contract
from core.export.table import export
print(1, flush=True)
for turn in range(10**6):
    animal = ["cow", "dog"][turn % 2]
    out = Path(sys.argv[2])
    out = out.with_name(f"{out.name}{turn}") if sys.argv[1] == "imagefolder" else out
    export(contract.collection([animal] * 300), sys.argv[1], out)
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
def test_export__refuses_nothing_and_unknown(tmp_path, format):
    with pytest.raises(BadInput, match="nothing to export"):
        export(Collection(SMALL.frame.iloc[:0]), format, target(tmp_path, format))
    with pytest.raises(BadInput, match=format):
        export(SMALL, "no such", target(tmp_path, format))
    assert list(tmp_path.iterdir()) == []


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


@FORMAT
def test_export__progress_never_goes_back_and_ends(tmp_path, format):
    told = []
    export(SMALL, format, target(tmp_path, format), lambda done, total, note="": told.append((done, total)))
    assert told[-1] == (4, 4)
    assert told == sorted(told)


@FORMAT
def test_export__a_picture_that_cannot_be_had_is_left_out_and_named(tmp_path, format):
    def picture(position):
        if position == 0:
            raise BadInput("“a/0.png” has changed since it was imported.")
        return b"GIF89a" if position == 2 else None

    done = export(collection(["cat", "dog", "cat", "x"], picture=picture), format, target(tmp_path, format))
    facts = json.loads(done.provenance_path.read_text())
    if format in ("imagefolder", "zip"):
        why = "“a/0.png” has changed since it was imported."
        assert {"item_id": "a/0.png", "why": why} in facts["left_out_examples"]
        assert done.left_out == facts["counts"]["left_out"] > 0
    else:
        assert done.left_out == 0


@pytest.mark.parametrize("format", ["csv", "imagefolder", "zip"])
def test_export__no_cell_of_a_csv_can_start_a_formula(tmp_path, format):
    given_ = collection(["=a", "+a", "-a", "@a", "x"], texts=["=1", "\t=1", "＝1", "\r1", "'"])
    export(given_, format, target(tmp_path, format))
    path = target(tmp_path, format)
    data = {
        "csv": lambda: path.read_bytes(),
        "imagefolder": lambda: (path / "metadata.csv").read_bytes(),
        "zip": lambda: zipfile.ZipFile(path).read("labels.csv"),
    }[format]()
    rows = list(csv.reader(io.StringIO(data.decode(), newline="")))
    numbers = {rows[0].index(name) for name in ("cluster_id", "confidence", "x", "y", "weight", "'=count")}
    for row in rows:
        for column, cell in enumerate(row):
            if row is rows[0] or column not in numbers:
                assert not cell.startswith(("=", "+", "-", "@", "\t", "\r", "＝"))


@pytest.mark.parametrize("format", ["csv", "jsonl", "parquet"])
def test_export__pandas_reads_it_without_being_told_how(tmp_path, format):
    path = export(SMALL, format, target(tmp_path, format)).path
    if format == "csv":
        frame = pd.read_csv(path)
    elif format == "jsonl":
        frame = pd.read_json(path, lines=True)
    else:
        frame = pd.read_parquet(path)
    assert frame["item_id"].tolist() == SMALL.frame["item_id"].tolist()
    assert frame["cluster_id"].tolist()[:3] == [1, 2, 3]
    assert math.isnan(frame["cluster_id"].tolist()[3])
    assert frame["undecided"].tolist() == [False, False, False, True]
    np.testing.assert_array_equal(frame["x"].astype(np.float32), SMALL.frame["x"])


def test_export__a_file_is_told_from_another_by_its_provenance(tmp_path):
    import hashlib

    done = export(SMALL, "csv", tmp_path / "labels.csv")
    facts = json.loads(done.provenance_path.read_text())
    assert facts["file"] == {
        "name": "labels.csv",
        "bytes": done.bytes,
        "sha256": hashlib.sha256(done.path.read_bytes()).hexdigest(),
    }


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
