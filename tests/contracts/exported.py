"""A small collection to export in every format, and its rows as a stranger would read them."""

from __future__ import annotations

import csv
import io
import json
import math
import zipfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from core import safe
from core.export.table import FORMATS, Collection

FORMAT = pytest.mark.parametrize("format", FORMATS)
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
