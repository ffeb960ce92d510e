"""Taking items out of the item files: rows become blank, and what no other item uses is deleted.

Every step can be done again after a kill and then changes nothing more. The caller keeps everybody else away.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from core import storage
from core.items.report import ImportReport
from core.items.store import ItemStore, read_part, write_part
from core.items.table import GONE_DIGEST, Kind

if TYPE_CHECKING:
    import pyarrow

_BLANK = {"item_id": "", "kind": int(Kind.GONE), "file_name": "", "text": "", "digest": GONE_DIGEST}


def blank_rows(store: ItemStore, rows: np.ndarray, names: Collection[str]) -> None:
    """Blank `rows` (m,) in the parts, and take `names` (ids and file names) out of every import report.

    Raises
    ------
    StorageFailed
        When the disk refuses; the parts written until then are blank already.
    """
    start = 0
    for path in store.part_paths():
        table, meta = read_part(path)
        inside = rows[(rows >= start) & (rows < start + table.num_rows)] - start
        start += table.num_rows
        told = {**meta, "report": ImportReport.from_json(meta["report"]).without(names).to_json()}
        with storage.explained(path):
            if told != meta or not _is_blank(table, inside):
                write_part(path, _blanked(table, inside), told)
            _write_report(path.with_suffix(".report.json"), told)


def blank_vectors(store: ItemStore, rows: np.ndarray) -> None:
    """Overwrite the vectors that came with `rows` by NaN, in their place. Raises `StorageFailed`."""
    for rows_path, vectors_path in store.vector_paths():
        with storage.explained(vectors_path):
            hit = np.flatnonzero(np.isin(np.load(rows_path, allow_pickle=False), rows))
            if not len(hit):
                continue
            vectors = np.load(vectors_path, mmap_mode="r+", allow_pickle=False)
            vectors[hit] = np.nan
            vectors.flush()
            with vectors_path.open("rb+") as file:
                os.fsync(file.fileno())


def delete_unused(store: ItemStore) -> None:
    """Delete copied pictures that no item uses, and what interrupted imports left behind. Raises `StorageFailed`."""
    items = store.load()
    used = set(items.digest[items.rows].tolist())
    for path in [path for path in store.media.glob("*/*") if path.name not in used]:
        storage.remove(path)
        with suppress(OSError):  # the folder holds others
            path.parent.rmdir()
    known = {path for pair in store.vector_paths() for path in pair}
    for path in [*store.folder.glob(".*.aside"), *(set(store.folder.glob("vector*.npy")) - known)]:
        storage.remove(path)


def _is_blank(table: pyarrow.Table, places: np.ndarray) -> bool:
    return bool((table.column("kind").to_numpy()[places] == Kind.GONE).all())


def _blanked(table: pyarrow.Table, places: np.ndarray) -> pyarrow.Table:
    import pyarrow as pa
    import pyarrow.compute as pc

    gone = np.zeros(table.num_rows, dtype=bool)
    gone[places] = True
    mask = pa.array(gone)
    columns = {
        name: table.column(name)
        if name == "source"
        else pc.if_else(mask, pa.scalar(_BLANK.get(name), table.schema.field(name).type), table.column(name))
        for name in table.column_names
    }
    return pa.table(columns)


def _write_report(path: Path, told: Mapping[str, Any]) -> None:
    with suppress(Exception):
        if storage.read_json(path) == told:
            return
    storage.write_json(path, dict(told))
