"""`journal.jsonl`: the same events in plain text, one a line, readable without us and enough to rebuild everything."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from core.errors import StorageFailed
from core.storage import explained, sync_folder

_CHUNK = 65_536


class PlainLog:
    """The file, appended to after each commit. The database is the truth; a line missing here is added later."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with explained(path, "read"):
            self.last_seq, self._size = _last(path)

    def append(self, lines: Iterable[tuple[int, bytes]]) -> bool:
        """Add (seq, line) pairs durably; False when the disk refused, and then the file ends as it did before."""
        try:
            new = not self.path.exists()
            with self.path.open("ab") as file:
                # A line that a kill tore is cut off first.
                file.truncate(self._size)
                file.seek(self._size)
                last = self.last_seq
                for seq, line in lines:
                    file.write(line)
                    last = seq
                file.flush()
                os.fsync(file.fileno())
                size = file.tell()
            if new:
                sync_folder(self.path.parent)
        except OSError:
            return False
        self.last_seq, self._size = last, size
        return True

    @property
    def unfinished(self) -> bool:
        """Whether the file is missing, or ends in a line that was not written to its end."""
        try:
            return self.path.stat().st_size > self._size
        except OSError:
            return True


def read(path: Path, after: int = 0) -> Iterator[dict[str, Any]]:
    """The lines of a log with a seq above `after`, in order; a torn last line is left out.

    Raises `StorageFailed` when a line in the middle is damaged or missing.
    """
    expected = 1
    with path.open("rb") as file:
        for line in file:
            told = _parse(line)
            if told is None:
                if file.read(1):
                    raise StorageFailed(f"“{path.name}” is damaged.", f"Event {expected} is not readable.")
                return
            if told["seq"] != expected:
                raise StorageFailed(f"“{path.name}” is damaged.", f"Event {expected} is missing.")
            expected = told["seq"] + 1
            if told["seq"] > after:
                yield told


def readable(path: Path) -> tuple[dict[int, dict[str, Any]], int]:
    """(the lines that can be read, by seq; how many whole ones cannot), whatever is damaged between them.

    Of two lines with one seq the first counts. A last line without its end was never acknowledged and counts as none.
    Without a file there is none. Raises `StorageFailed`.
    """
    found: dict[int, dict[str, Any]] = {}
    damaged = 0
    with explained(path, "read"):
        if path.exists():
            with path.open("rb") as file:
                for line in file:
                    told = _parse(line)
                    damaged += told is None and line.endswith(b"\n")
                    if told is not None:
                        found.setdefault(told["seq"], told)
    return found, damaged


def _last(path: Path) -> tuple[int, int]:
    """(seq of the last whole line or 0, size of the file up to its end)."""
    if not path.exists():
        return 0, 0
    with path.open("rb") as file:
        end = file.seek(0, os.SEEK_END)
        while end:
            start, line = _line_before(file, end)
            told = _parse(line)
            if told is not None:
                return told["seq"], end
            end = start
    return 0, 0


def _line_before(file: Any, end: int) -> tuple[int, bytes]:
    """(start, bytes) of the line that ends at `end`."""
    start, tail = end, b""
    while start:
        step = min(_CHUNK, start)
        file.seek(start - step)
        tail = file.read(step) + tail
        start -= step
        cut = tail.rfind(b"\n", 0, len(tail) - 1)
        if cut >= 0:
            return start + cut + 1, tail[cut + 1 :]
    return 0, tail


def _parse(line: bytes) -> dict[str, Any] | None:
    if not line.endswith(b"\n"):
        return None
    try:
        told = json.loads(line)
    except ValueError:
        return None
    return told if isinstance(told, dict) and isinstance(told.get("seq"), int) and "edit" in told else None
