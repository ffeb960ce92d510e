"""Columns for the pictures of a folder or archive: from its `metadata.csv`/`.jsonl`, and from their folders."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import BadInput
from core.items.table_files import read_table_file
from core.limits import Limits

if TYPE_CHECKING:
    import pyarrow

METADATA_NAMES = ("metadata.csv", "metadata.jsonl")
FILE_NAME = "file_name"
FOLDER = "folder"


def read_metadata(content: Path | bytes, name: str, limits: Limits, notes: list[str]) -> pyarrow.Table:
    """The table with its column `file_name` (text, '/' between parts) and the others typed.

    Raises `BadInput` when it is no table or has no such column.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    raw = read_table_file(content, name, limits)
    notes += raw.notes
    if raw.broken:
        notes.append(f"{len(raw.broken):,} rows of {name} could not be read.")
    if FILE_NAME not in raw.table.column_names:
        raise BadInput(
            f"{name} has no column “{FILE_NAME}”.",
            next_step=f"Name the column with the pictures' paths “{FILE_NAME}”, or take the file away.",
        )
    names = pc.replace_substring(raw.table.column(FILE_NAME).cast(pa.string()), "\\", "/")
    return raw.own_columns(without=(FILE_NAME,), limits=limits, notes=notes).append_column(FILE_NAME, names)


def joined(names: list[str], metadata: pyarrow.Table | None, notes: list[str], prefix: str = "") -> pyarrow.Table:
    """Own columns of the files `names` (m rows): those of the metadata, then `folder` unless all files share one.

    `prefix` is what the names have before the path that the metadata uses.
    """
    import pyarrow as pa

    columns: dict[str, pa.ChunkedArray | pa.Array] = {}
    if metadata is not None:
        at = {name: row for row, name in enumerate(metadata.column(FILE_NAME).to_pylist())}
        rows = [at.get(name.removeprefix(prefix)) for name in names]
        without = sum(row is None for row in rows)
        if without:
            notes.append(f"{without:,} of {len(names):,} files have no row in the metadata.")
        unused = len(at) - (len(set(rows)) - bool(without))
        if unused:
            notes.append(f"{unused:,} rows of the metadata name no file.")
        taken = metadata.drop_columns([FILE_NAME]).take(pa.array(rows, type=pa.int64()))
        columns.update(zip(taken.column_names, taken.columns, strict=True))
    folders = [name.rpartition("/")[0] for name in names]
    if FOLDER not in columns and len(set(folders)) > 1:
        columns[FOLDER] = pa.array(folders, type=pa.string())
    return pa.table(columns) if columns else pa.table({"": pa.nulls(len(names))}).select([])
