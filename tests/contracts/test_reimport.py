"""What was exported comes in again with its labels: the round from core.export through core.items."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from core import safe
from core.export.table import FORMATS, Collection, export
from core.items.importer import import_source
from core.items.sources import open_source
from core.items.store import ItemStore
from core.items.thumbnails import ThumbnailStore

HOSTILE = ["=1+1", "two\nlines", 'say "hi", then', "'quoted", "😀 עברית", "-dash", "plain", "@at"]


def png(i: int) -> bytes:
    data = io.BytesIO()
    Image.new("RGB", (24, 24), (10 * i, 255 - 10 * i, 90)).save(data, "PNG")
    return data.getvalue()


def of_texts() -> Collection:
    n = len(HOSTILE)
    frame = pd.DataFrame(
        {
            "item_id": [f"id {i} {text}" for i, text in enumerate(HOSTILE)],
            "text": [f"{text} and more" for text in HOSTILE],
            "cluster_id": [*range(1, n), 0],
            "label": [*map(safe.name, HOSTILE[:-1]), ""],
            "origin": ["person"] * n,
        }
    )
    return Collection(frame, {"label": np.array([f"mine: {text}" for text in HOSTILE], object)})


def of_pictures() -> Collection:
    frame = pd.DataFrame(
        {
            "item_id": [f"a/{i}.png" for i in range(6)],
            "file_name": [f"a/{i}.png" for i in range(6)],
            "cluster_id": [1, 1, 2, 2, 3, 0],
            "label": ["=cat", "=cat", "dog", "dog", "", ""],
        }
    )
    return Collection(frame, picture=png)


def taken_in(folder, source):
    store, thumbnails = ItemStore(folder), ThumbnailStore(folder)
    report = import_source(store, thumbnails, open_source(source))
    thumbnails.close()
    return store.load(), report


@pytest.mark.parametrize("format", ["csv", "jsonl", "parquet"])
def test_reimport__texts_ids_and_labels_are_the_same(tmp_path, format, project_path):
    given = of_texts()
    path = export(given, format, tmp_path / f"labels{FORMATS[format].extension}").path
    project_path.mkdir()
    items, _ = taken_in(project_path, path)
    assert items.item_id.tolist() == given.frame["item_id"].tolist()
    assert items.text.tolist() == given.frame["text"].tolist()
    assert items.column("label").tolist() == given.frame["label"].tolist()
    assert items.column("label_yours").tolist() == given.own["label"].tolist()
    assert items.column("undecided").tolist() == [False] * (len(HOSTILE) - 1) + [True]


def test_reimport__an_imagefolder_brings_pictures_and_labels(tmp_path, project_path):
    path = export(of_pictures(), "imagefolder", tmp_path / "out").path
    project_path.mkdir()
    items, _ = taken_in(project_path, path / "metadata.csv")
    assert items.item_id.tolist() == [f"a/{i}.png" for i in range(6)]
    assert items.column("label").tolist() == ["=cat", "=cat", "dog", "dog", "", ""]
    assert ItemStore(project_path).picture(3) == png(3)


def test_reimport__a_zip_brings_pictures_with_the_label_as_folder(tmp_path, project_path):
    path = export(of_pictures(), "zip", tmp_path / "a.zip").path
    project_path.mkdir()
    items, _ = taken_in(project_path, path)
    folders = dict(zip(items.item_id.tolist(), items.column("folder").tolist(), strict=True))
    assert folders == {
        "=cat/0.png": "=cat",
        "=cat/1.png": "=cat",
        "dog/2.png": "dog",
        "dog/3.png": "dog",
        "cluster 3/4.png": "cluster 3",
        "_undecided/5.png": "_undecided",
    }
