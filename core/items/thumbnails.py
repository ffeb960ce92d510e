"""Small pictures that we encoded ourselves, without any metadata, in one SQLite file; they can always be made again."""

from __future__ import annotations

import io
import sqlite3
import threading
from collections.abc import Iterable, Set
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import StorageFailed
from core.limits import DEFAULT

if TYPE_CHECKING:
    from PIL import Image as PillowImage

_QUALITY = 80
_EFFORT = 2  # of 0–6; 4 takes twice as long for 3 % fewer bytes
_TABLE = "CREATE TABLE IF NOT EXISTS thumbnails (digest TEXT PRIMARY KEY, webp BLOB NOT NULL) WITHOUT ROWID"


def make_thumbnail(image: PillowImage.Image, side: int = DEFAULT.thumbnail_side) -> bytes:
    """WebP of at most `side` × `side` pixels from an upright RGB picture; no EXIF, no colour profile."""
    small = image.copy()
    small.thumbnail((side, side), reducing_gap=2.0)
    buffer = io.BytesIO()
    small.save(buffer, "WEBP", quality=_QUALITY, method=_EFFORT)
    return buffer.getvalue()


class ThumbnailStore:
    """Thumbnails by the digest of the item. May be used from several threads.

    All of it can be recomputed: a power cut may lose the last part, and a damaged file is replaced by an empty one.
    """

    def __init__(self, project_path: Path) -> None:
        self.path = Path(project_path) / "thumbs.db"
        self._lock = threading.Lock()
        self._connection: sqlite3.Connection | None = None

    def get(self, digest: str) -> bytes | None:
        """The WebP of an item's picture, None when there is none."""
        with self._lock:
            if self._connection is None and not self.path.is_file():
                return None
            try:
                row = self._connected().execute("SELECT webp FROM thumbnails WHERE digest = ?", (digest,)).fetchone()
            except sqlite3.DatabaseError:
                return None
        return None if row is None else bytes(row[0])

    def put_many(self, pairs: Iterable[tuple[str, bytes]]) -> None:
        """Store (digest, WebP) pairs in one transaction; those that are there already stay. Raises `StorageFailed`."""
        stored = list(pairs)
        if not stored:
            return
        with self._lock:
            try:
                self._insert(stored)
            except sqlite3.OperationalError as error:
                raise self._failed(error) from error
            except sqlite3.DatabaseError:
                self._start_anew()
                try:
                    self._insert(stored)
                except sqlite3.DatabaseError as error:
                    raise self._failed(error) from error

    def keep_only(self, digests: Set[str]) -> None:
        """Remove every other thumbnail so that no byte of it stays in the file. Raises `StorageFailed`."""
        with self._lock:
            if self._connection is None and not self.path.is_file():
                return
            try:
                self._keep_only(digests)
            except sqlite3.OperationalError as error:
                raise self._failed(error) from error
            except sqlite3.DatabaseError:
                self._start_anew()

    def _keep_only(self, digests: Set[str]) -> None:
        connection = self._connected()
        with connection:
            found = {digest for (digest,) in connection.execute("SELECT digest FROM thumbnails")}
            others = [(digest,) for digest in found - digests]
            connection.executemany("DELETE FROM thumbnails WHERE digest = ?", others)
        # Even when nothing was left to delete: a kill may have come between the two.
        connection.execute("VACUUM")

    def __len__(self) -> int:
        with self._lock, suppress(sqlite3.DatabaseError):
            if self._connection is not None or self.path.is_file():
                return int(self._connected().execute("SELECT COUNT(*) FROM thumbnails").fetchone()[0])
        return 0

    def close(self) -> None:
        """Close the file; it opens again when it is used."""
        with self._lock:
            if self._connection is not None:
                self._connection.close()
                self._connection = None

    def _insert(self, pairs: list[tuple[str, bytes]]) -> None:
        with self._connected() as connection:
            connection.executemany("INSERT OR IGNORE INTO thumbnails VALUES (?, ?)", pairs)

    def _connected(self) -> sqlite3.Connection:
        if self._connection is None:
            connection = sqlite3.connect(self.path, timeout=20, check_same_thread=False)
            connection.execute("PRAGMA synchronous = NORMAL")
            with suppress(sqlite3.OperationalError):  # a read-only project: what is there can still be read
                connection.execute("PRAGMA secure_delete = ON")
                connection.execute(_TABLE)
            self._connection = connection
        return self._connection

    def _start_anew(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None
        self.path.unlink(missing_ok=True)

    @staticmethod
    def _failed(error: sqlite3.DatabaseError) -> StorageFailed:
        return StorageFailed(
            "The thumbnails could not be written.",
            f"The disk answered: {error}.",
            "Free some space, then import again.",
        )
