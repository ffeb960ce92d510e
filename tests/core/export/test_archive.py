"""core.export.archive and imagefolder: where things lie."""

from __future__ import annotations

import csv
import io
import json
import zipfile

import numpy as np
import pandas as pd
import pytest

from core.errors import BadInput
from core.export.table import Collection, export

PNG = b"\x89PNG\r\n\x1a\n"


def of(labels, clusters, texts=None, picture=None, own=None):
    n = len(labels)
    frame = pd.DataFrame(
        {
            "item_id": [f"dir/{i % 2}/a.png" for i in range(n)],
            "file_name": [f"dir/{i}/a.png" for i in range(n)],
            "text": texts or [""] * n,
            "label": labels,
            "cluster_id": clusters,
        }
    )
    return Collection(frame, own or {}, picture or (lambda i: PNG + bytes([i])))


def members(path):
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def test_zip__a_folder_per_label(tmp_path):
    labels = ["cat", "Cat", "cat", "", "", "_undecided", "labels.csv", "../up", "a/b"]
    found = members(export(of(labels, [1, 2, 3, 4, 0, 5, 6, 7, 8]), "zip", tmp_path / "a.zip").path)
    assert [name for name in found if name not in ("labels.csv", "provenance.json")] == [
        "cat/a.png",
        "Cat (2)/a.png",
        "cat/a (2).png",
        "cluster 4/a.png",
        "_undecided/a.png",
        "_undecided (2)/a.png",
        "labels.csv (2)/a.png",
        "_up/a.png",
        "a_b/a.png",
    ]
    assert [found[name][-1] for name in list(found)[:3]] == [0, 1, 2]


def test_zip__the_table_points_at_every_member(tmp_path):
    given = of(["cat"] * 3, [1] * 3, ["", "a text", ""], lambda i: PNG if i == 0 else None)
    found = members(export(given, "zip", tmp_path / "a.zip").path)
    rows = list(csv.DictReader(io.StringIO(found["labels.csv"].decode(), newline="")))
    assert [row["file_name"] for row in rows] == ["cat/a.png", "cat/dir_1_a.png.txt", ""]
    assert found["cat/dir_1_a.png.txt"] == b"a text"
    facts = json.loads(found["provenance.json"])
    assert facts["left_out_examples"] == [{"item_id": "dir/0/a.png", "why": "It has neither a picture nor a text."}]


def test_zip__two_exports_of_the_same_are_the_same_bytes(tmp_path):
    one, other = (export(of(["cat"], [1]), "zip", tmp_path / name).path.read_bytes() for name in ("a.zip", "b.zip"))
    assert one == other


def test_imagefolder__every_row_names_its_picture(tmp_path):
    done = export(of(["cat", "dog"], [1, 2]), "imagefolder", tmp_path / "out")
    rows = list(csv.DictReader((tmp_path / "out" / "metadata.csv").open(encoding="utf-8", newline="")))
    assert [(done.path / row["file_name"]).read_bytes() for row in rows] == [PNG + b"\0", PNG + b"\1"]
    assert [row["file_name"] for row in rows] == ["pictures/a.png", "pictures/a (2).png"]
    assert [row["label"] for row in rows] == ["cat", "dog"]


def test_imagefolder__no_other_column_is_taken_for_files(tmp_path):
    own = {"mask_file_name": np.array(["a"], object), "x_file_names": np.array(["b"], object)}
    path = export(of(["cat"], [1], own=own), "imagefolder", tmp_path / "out").path
    header = (path / "metadata.csv").read_text(encoding="utf-8").splitlines()[0].split(",")
    assert header[-2:] == ["mask_file_name_yours", "x_file_names_yours"]
    assert [name for name in header if name.endswith(("_file_name", "_file_names"))] == []


def test_imagefolder__without_any_picture_is_refused(tmp_path):
    with pytest.raises(BadInput, match="No item has a picture"):
        export(of(["cat"], [1], picture=lambda i: None), "imagefolder", tmp_path / "out")
    assert list(tmp_path.iterdir()) == []


def test_imagefolder__an_empty_folder_is_not_in_the_way(tmp_path):
    (tmp_path / "out").mkdir()
    assert export(of(["cat"], [1]), "imagefolder", tmp_path / "out").rows == 1
