"""The items on disk: one part per import, written so that a kill leaves the whole part or none of it.

A part never changes, unless items of it are forgotten (`core.items.forget`).
"""

from __future__ import annotations

import io
import json
import os
import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from core import storage
from core.errors import BadInput, NotFound, StorageFailed
from core.fingerprint import digest_bytes, fingerprint
from core.items import filenames
from core.items.files import FolderFiles
from core.items.report import ImportReport, Unreadable
from core.items.table import Items, Kind, fixed_schema, join_parts

if TYPE_CHECKING:
    import pyarrow

_PART = re.compile(r"^part-(\d{5,})\.parquet$")
_META = b"taxon"


@dataclass(frozen=True)
class SourceRecord:
    """Where the items of one part came from.

    Attributes
    ----------
    title
        Name as shown.
    location
        What was named: a path relative to the project folder, or `demo:NAME`.
    pictures
        Where the pictures are: "folder" (in place, below `root`), "media" (copied into the project), or "" (none).
    root
        Folder of the pictures, relative to the project folder; '' unless `pictures` is "folder".
    number
        The part's number; values of the column `source`.
    """

    title: str
    location: str
    pictures: str = ""
    root: str = ""
    number: int = 0


@dataclass(frozen=True, eq=False)
class Part:
    """What one import adds.

    Attributes
    ----------
    table
        m rows with the columns `item_id`, `kind`, `file_name`, `text`, `digest` and the user's own (prefixed `u:`).
    source
        Where they came from; its number is given by the store.
    vector_rows, vectors
        (v,) int64 rows in the whole collection and (v, d) float32, or None.
    """

    table: pyarrow.Table
    source: SourceRecord
    vector_rows: np.ndarray | None = None
    vectors: np.ndarray | None = None


@dataclass
class _Loaded:
    parts: tuple[tuple[str, int, int], ...] = ()
    items: Items = field(default_factory=Items.empty)
    metas: list[Mapping[str, Any]] = field(default_factory=list)


class ItemStore:
    """The items of the project in `project_path`. Appending needs the project's lock; reading does not."""

    def __init__(self, project_path: Path) -> None:
        self.project = Path(project_path)
        self.folder = self.project / "items"
        self.media = self.folder / "media"
        self._loaded = _Loaded()

    def load(self) -> Items:
        """All items. Cheap to call again: parts are read once. Raises `StorageFailed` for a damaged or lost part."""
        return self._current().items

    def reports(self) -> list[ImportReport]:
        """The report of every import, oldest first."""
        return [ImportReport.from_json(meta["report"]) for meta in self._current().metas]

    def sources(self) -> list[SourceRecord]:
        """The source of every part, oldest first; `source` of an item is its `number`."""
        return [SourceRecord(**meta["source"]) for meta in self._current().metas]

    def part_paths(self) -> list[Path]:
        """The files of the parts, oldest first."""
        return [self.folder / part[0] for part in self._current().parts]

    def vector_paths(self) -> list[tuple[Path, Path]]:
        """Files of the given vectors, oldest first: (their rows, the vectors)."""
        numbers = [index + 1 for index, meta in enumerate(self._current().metas) if meta["vectors"]]
        return [
            (self.folder / f"vector-rows-{number:05d}.npy", self.folder / f"vectors-{number:05d}.npy")
            for number in numbers
        ]

    def append(self, part: Part, report: ImportReport) -> SourceRecord:
        """Add a part and its report: both or, at a kill, neither. Raises `StorageFailed`, `BadInput`."""
        number = len(self._current().parts) + 1
        source = SourceRecord(**{**asdict(part.source), "number": number})
        if part.vectors is not None:
            self.check_vector_length(part.vectors.shape[1])
        meta = {"report": report.to_json(), "source": asdict(source), "vectors": part.vectors is not None}
        path = self.folder / f"part-{number:05d}.parquet"
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            if part.vectors is not None:
                _save_array(self.folder / f"vectors-{number:05d}.npy", np.asarray(part.vectors, dtype=np.float32))
                _save_array(self.folder / f"vector-rows-{number:05d}.npy", np.asarray(part.vector_rows, dtype=np.int64))
            if source.pictures == "media" and hasattr(os, "sync"):
                os.sync()  # copies are many small files: one call makes all durable before the part names them
            write_part(path, _numbered(part.table, number), meta)
        except OSError as error:
            raise StorageFailed(
                "The import could not be stored.",
                f"The disk answered: {error.strerror or error}.",
                "Free some space, then import again; nothing that was stored before is lost.",
            ) from error
        storage.write_json(path.with_suffix(".report.json"), meta)
        return source

    def picture(self, row: int) -> bytes:
        """The original bytes of an item's picture.

        Raises
        ------
        NotFound
            The item has no picture, or its file is not where it was.
        BadInput
            The file has changed since the import.
        """
        items = self.load()
        if not 0 <= row < len(items):
            raise NotFound(f"There is no item in row {row}.")
        kind, name, digest = items.kind[row], items.file_name[row], items.digest[row]
        if kind == Kind.GONE:
            raise NotFound(f"The item in row {row} was forgotten.")
        if kind not in (Kind.PICTURE, Kind.BOTH):
            raise NotFound(f"“{items.item_id[row]}” has no picture.")
        source = self._source(int(items.source[row]))
        try:
            data = self._read(source, name, digest)
        except Unreadable as problem:
            raise NotFound(
                f"The picture “{name}” cannot be read any more.",
                problem.sentence,
                "Put the file back where it was; its labels are kept.",
            ) from problem
        if content_digest(data, items.text[row] if kind == Kind.BOTH else "") != digest:
            raise BadInput(
                f"The picture “{name}” has changed since it was imported.",
                next_step="Import the source again to add it as it is now; the labels are kept.",
            )
        return data

    def given_vectors(self) -> tuple[np.ndarray, np.ndarray] | None:
        """Vectors that came with the sources.

        Returns
        -------
        tuple or None
            `rows` (m,) int64 ascending, and `vectors` (m, d) float32 as given (not normalised; may hold NaN or zeros).
            Where a row was given twice the later one counts. None when no source had vectors.
        """
        given = self._stored_vectors()
        gone = self.load().kind == Kind.GONE
        if given is None or not gone.any():
            return given
        kept = ~gone[given[0]]
        return given[0][kept], given[1][kept]

    def _stored_vectors(self) -> tuple[np.ndarray, np.ndarray] | None:
        paths = self.vector_paths()
        if not paths:
            return None
        rows = np.concatenate([_load_array(path) for path, _ in paths])
        blocks = [_load_array(path) for _, path in paths]
        if len(blocks) == 1 and np.all(rows[1:] > rows[:-1]):
            return rows, blocks[0]
        unique, last = np.unique(rows[::-1], return_index=True)
        return unique, np.concatenate(blocks)[len(rows) - 1 - last]

    def check_vector_length(self, length: int) -> None:
        """Raise `BadInput` unless vectors of `length` numbers fit those that the project has."""
        given = self.given_vectors()
        if given is not None and given[1].shape[1] != length:
            raise BadInput(
                f"The vectors have {length} numbers each; those in the project have {given[1].shape[1]}.",
                next_step="Make both with the same model, or import into a new project.",
            )

    def root_of(self, source: SourceRecord) -> Path:
        """The folder that the pictures of a source are in."""
        return Path(os.path.normpath(self.project / filenames.from_text(source.root)))

    def _read(self, source: SourceRecord, name: str, digest: str) -> bytes:
        if source.pictures == "media":
            return FolderFiles(self.media).read(media_name(digest))
        return FolderFiles(self.root_of(source)).read(name)

    def _source(self, number: int) -> SourceRecord:
        return SourceRecord(**self._current().metas[number - 1]["source"])

    def _current(self) -> _Loaded:
        parts = _parts(self.folder)
        if parts != self._loaded.parts:
            names = tuple(part[0] for part in parts)
            expected = tuple(f"part-{number:05d}.parquet" for number in range(1, len(names) + 1))
            if names != expected:
                missing = next(name for name in expected if name not in names)
                raise StorageFailed(
                    f"“{missing}” is missing from the project's items.", next_step="Restore it from a copy."
                )
            tables, metas = zip(*(read_part(self.folder / name) for name in names), strict=True) if names else ((), ())
            self._loaded = _Loaded(parts, Items(join_parts(list(tables))), list(metas))
        return self._loaded


def content_digest(picture: bytes, text: str = "") -> str:
    """The digest of an item: of the picture's bytes, or of them and the text that goes with them."""
    return fingerprint(digest_bytes(picture), text) if text else digest_bytes(picture)


def media_name(digest: str) -> str:
    """Where a copied picture lies below `items/media`."""
    return f"{digest[:2]}/{digest}"


def _numbered(table: pyarrow.Table, number: int) -> pyarrow.Table:
    import pyarrow as pa

    schema = fixed_schema()
    columns = {name: table.column(name) for name in schema.names if name != "source"}
    columns["source"] = pa.array(np.full(table.num_rows, number, dtype=np.int32))
    fixed = pa.table({name: columns[name] for name in schema.names}).cast(schema)
    for name in table.column_names:
        if name not in schema.names:
            fixed = fixed.append_column(name, table.column(name))
    return fixed


def write_part(path: Path, table: pyarrow.Table, meta: Mapping[str, Any]) -> None:
    """Store a part, durably and all at once, in place of what is there. Raises OSError."""
    import pyarrow.parquet as pq

    table = table.replace_schema_metadata({_META: json.dumps(meta, ensure_ascii=False).encode()})
    aside = path.with_name(f".{path.name}.{os.getpid()}.aside")
    try:
        with aside.open("wb") as file:
            pq.write_table(table, file, compression="zstd")
            file.flush()
            os.fsync(file.fileno())
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)
    storage.sync_folder(path.parent)


def read_part(path: Path) -> tuple[pyarrow.Table, Mapping[str, Any]]:
    """The table of a part and what is stored with it. Raises `StorageFailed`."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        with path.open("rb") as file:
            # No quicker with threads, and Arrow's may abort the process when it ends (apache/arrow 34314).
            table = pq.ParquetFile(file, pre_buffer=False).read(use_threads=False)
        meta = json.loads((table.schema.metadata or {})[_META])
        if any(isinstance(column.type, pa.BaseExtensionType) for column in table.schema):
            raise ValueError("extension type")
        if table.column_names[: len(fixed_schema())] != fixed_schema().names:
            raise ValueError("columns")
        return table.replace_schema_metadata(None), meta
    except (OSError, ValueError, KeyError, pa.ArrowException) as error:
        raise StorageFailed(
            f"“{path.name}” in the project's items is damaged.", next_step="Restore it from a copy."
        ) from error


def _save_array(path: Path, array: np.ndarray) -> None:
    buffer = io.BytesIO()
    np.save(buffer, np.ascontiguousarray(array), allow_pickle=False)
    storage.write_bytes(path, buffer.getvalue())


def _load_array(path: Path) -> np.ndarray:
    try:
        return np.load(path, mmap_mode="r", allow_pickle=False)
    except (OSError, ValueError) as error:
        raise StorageFailed(
            f"“{path.name}” in the project's items is damaged.", next_step="Restore it from a copy."
        ) from error


def _parts(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """(name, when written, size) of the parts there are, in order: what changes when one is added or rewritten."""
    try:
        entries = [entry for entry in os.scandir(folder) if _PART.match(entry.name)]
        states = [(entry.name, entry.stat()) for entry in entries]
    except FileNotFoundError:
        return ()
    return tuple(sorted((name, state.st_mtime_ns, state.st_size) for name, state in states))
