"""Selections that outlive a page: rows and where they came from, kept in the project under a key.

A selection is no label: losing one costs a person a gesture. So it is written whole but not synced, the latest few are
kept, and what cannot be written or read is simply not there.
"""

from __future__ import annotations

import json
import re
import tempfile
import zlib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from core import safe
from core.fingerprint import fingerprint

KEPT = 40
_MOST_ROWS = 200_000_000
_KEY = re.compile(r"^[0-9a-f]{32}$")


@dataclass(frozen=True)
class Selected:
    """A selection as it is stored.

    Attributes
    ----------
    rows
        (k,) int64, ascending.
    origin
        How it came about, in words.
    """

    rows: np.ndarray = field(repr=False)
    origin: str = ""

    def __len__(self) -> int:
        return len(self.rows)


def key_of(rows: np.ndarray, origin: str) -> str:
    """Names a selection by what it is: 32 hexadecimal digits."""
    return fingerprint(np.asarray(rows, dtype=np.int64), origin)


def keep(project: Path, rows: np.ndarray, origin: str) -> str:
    """Store a selection in a project's folder and return its key; (k,) `rows` are ascending."""
    rows = np.asarray(rows, dtype=np.int64)
    key = key_of(rows, origin)
    folder = project / "selections"
    path = folder / key
    with suppress(OSError):
        if path.exists():
            path.touch()
            return key
        folder.mkdir(exist_ok=True)
        bits = np.zeros(int(rows[-1]) + 1 if len(rows) else 0, dtype=bool)
        bits[rows] = True
        head = {"origin": safe.plain(origin, 200), "size": len(rows), "rows": len(bits)}
        packed = zlib.compress(np.packbits(bits, bitorder="little").tobytes(), 1)
        with tempfile.NamedTemporaryFile(dir=folder, prefix=".", suffix=".aside", delete=False) as file:
            file.write(json.dumps(head, ensure_ascii=False).encode() + b"\n" + packed)
        Path(file.name).replace(path)
        _forget_old(folder)
    return key


def kept(project: Path, key: str, n: int) -> Selected | None:
    """The selection of this key as far as it lies in `n` rows; None when there is none, or it is damaged."""
    if not _KEY.match(key):
        return None
    try:
        line, _, packed = (project / "selections" / key).read_bytes().partition(b"\n")
        head: Mapping[str, Any] = json.loads(line)
        length = min(int(head["rows"]), _MOST_ROWS)
        unpacker = zlib.decompressobj()
        packed_bits = np.frombuffer(unpacker.decompress(packed, length // 8 + 1), dtype=np.uint8)
        rows = np.flatnonzero(np.unpackbits(packed_bits, bitorder="little", count=min(length, 8 * len(packed_bits))))
        return Selected(rows[rows < n].astype(np.int64), safe.plain(str(head["origin"]), 200))
    except (OSError, ValueError, KeyError, TypeError, zlib.error):
        return None


def _forget_old(folder: Path) -> None:
    there = sorted(folder.iterdir(), key=lambda path: path.stat().st_mtime_ns, reverse=True)
    for path in there[KEPT:]:
        path.unlink(missing_ok=True)
