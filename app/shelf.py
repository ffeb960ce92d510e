"""Columns of numbers that browsers fetch: by number, each once, the latest asked for kept.

A column is named by what it holds, so the same colours have the same address whatever led to them, and a browser that
has them asks for nothing. A newer column of the same length can be sent as what differs from an older one.
"""

from __future__ import annotations

import threading
import zlib
from collections import OrderedDict
from dataclasses import dataclass, field

import numpy as np

from core.fingerprint import digest_bytes

MOST_BYTES = 48 * 1024 * 1024  # about 20 edits of a million items
_PROBE = 65_536
_LEVEL = 1
_GZIP = 31  # window bits that make zlib write a gzip header


@dataclass(frozen=True)
class Column:
    """Bytes that do not change.

    Attributes
    ----------
    number
        Its place on the shelf, never used for another one.
    digest
        Of its content: its strong ETag.
    """

    number: int
    digest: str
    data: bytes = field(repr=False)


class Shelf:
    """The columns, at most `most_bytes` together; the one not asked for longest goes. Several threads may use it."""

    def __init__(self, most_bytes: int = MOST_BYTES) -> None:
        self._most = most_bytes
        self._bytes = 0
        self._next = 0
        self._by_number: OrderedDict[int, Column] = OrderedDict()
        self._by_digest: dict[str, Column] = {}
        self._lock = threading.Lock()

    def put(self, data: bytes) -> int:
        """The number of a column with this content, the same as before while it is kept."""
        digest = digest_bytes(data)
        with self._lock:
            column = self._by_digest.get(digest)
            if column is None:
                column = Column(self._next, digest, data)
                self._next += 1
                self._by_digest[digest] = self._by_number[column.number] = column
                self._bytes += len(data)
                self._make_room()
            self._by_number.move_to_end(column.number)
            return column.number

    def get(self, number: int) -> Column | None:
        """The column of this number; None when it has gone."""
        with self._lock:
            column = self._by_number.get(number)
            if column is not None:
                self._by_number.move_to_end(number)
            return column

    def _make_room(self) -> None:
        while self._bytes > self._most and len(self._by_number) > 1:
            _, oldest = self._by_number.popitem(last=False)
            del self._by_digest[oldest.digest]
            self._bytes -= len(oldest.data)


def difference(older: bytes, newer: bytes) -> bytes:
    """Where two columns of one length differ, bit by bit: zero where they do not, and its own way back."""
    return np.bitwise_xor(np.frombuffer(older, np.uint8), np.frombuffer(newer, np.uint8)).tobytes()


def packed(data: bytes) -> bytes | None:
    """The data as gzip; None when its beginning shows that this saves next to nothing."""
    if len(data) > _PROBE and len(zlib.compress(data[:_PROBE], _LEVEL)) > 0.97 * _PROBE:
        return None
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP)
    return packer.compress(data) + packer.flush()
