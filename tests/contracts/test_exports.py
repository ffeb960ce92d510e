"""What every export format promises: the same assertions for each, and exact values for those that hold a table."""

from __future__ import annotations

import csv
import io
import json
import math
import zipfile

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from core import safe
from core.errors import BadInput
from core.export.contents import OURS
from core.export.table import FORMATS, Collection, export
from tests.contracts.exported import FORMAT, SMALL, collection, read, snapshot, target

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
TABULAR = pytest.mark.parametrize("format", [name for name in FORMATS if name != "imagefolder"])


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
def test_export__refuses_nothing_and_unknown(tmp_path, format):
    with pytest.raises(BadInput, match="nothing to export"):
        export(Collection(SMALL.frame.iloc[:0]), format, target(tmp_path, format))
    with pytest.raises(BadInput, match=format):
        export(SMALL, "no such", target(tmp_path, format))
    assert list(tmp_path.iterdir()) == []


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
