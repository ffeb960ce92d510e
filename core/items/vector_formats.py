"""Files of vectors become one array; whatever size and time it takes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.errors import BadInput
from core.limits import Limits

if TYPE_CHECKING:
    import pyarrow

_LIST_TYPES = ("is_list", "is_large_list", "is_fixed_size_list")


def vectors_of(path: Path, limits: Limits) -> np.ndarray:
    """The vectors in a `.npy`, `.npz` or `.parquet` file, (n, d) float32. Raises `BadInput`, `MemoryError`."""
    readers = {".npy": _from_npy, ".npz": _from_npz, ".parquet": _from_parquet}
    try:
        array = readers[path.suffix.lower()](path)
    except (BadInput, MemoryError):
        raise
    except Exception as error:  # readers fail in many ways on hostile bytes; every way means the same here
        raise BadInput(
            f"The vectors in “{path.name}” cannot be read.",
            "The file is damaged or holds Python objects.",
            "Save them with numpy.save as an array of floats.",
        ) from error
    return _checked(array, path.name, limits)


def _from_npy(path: Path) -> np.ndarray:
    return np.load(path, mmap_mode="r", allow_pickle=False)


def _checked(array: np.ndarray, name: str, limits: Limits) -> np.ndarray:
    if array.ndim != 2 or array.dtype.kind not in "fiu" or 0 in array.shape:
        shape = " × ".join(str(side) for side in array.shape) or "one number"
        raise BadInput(
            f"“{name}” holds no table of vectors.",
            f"It is {shape} of type {array.dtype}.",
            "Give an array of floats with one row for each item.",
        )
    if len(array) > limits.table_rows:
        raise BadInput(f"“{name}” has {len(array):,} rows; the limit is {limits.table_rows:,}.")
    return array if array.dtype == np.float32 else array.astype(np.float32)


def _from_npz(path: Path) -> np.ndarray:
    with np.load(path, allow_pickle=False) as archive:
        names = archive.files
        chosen = next((name for name in ("vectors", "embeddings", "arr_0") if name in names), None)
        if chosen is None and len(names) == 1:
            chosen = names[0]
        if chosen is None:
            raise BadInput(f"“{path.name}” holds several arrays: {', '.join(names)}.", next_step="Name one “vectors”.")
        return archive[chosen]


def _from_parquet(path: Path) -> np.ndarray:
    import pyarrow as pa
    import pyarrow.parquet as pq

    with path.open("rb") as file:
        table = pq.read_table(file, use_threads=False)
    lists = [
        name
        for name in table.column_names
        if any(getattr(pa.types, test)(table.column(name).type) for test in _LIST_TYPES)
    ]
    if len(lists) == 1:
        return _from_lists(table.column(lists[0]), path.name)
    numbers = [pa.types.is_floating(column.type) for column in table.columns]
    if lists or not all(numbers) or not numbers:
        raise BadInput(f"“{path.name}” must have one column of number lists, or number columns only.")
    return np.column_stack([column.to_numpy() for column in table.columns])


def _from_lists(column: pyarrow.ChunkedArray, name: str) -> np.ndarray:
    import pyarrow.compute as pc

    lengths = pc.unique(pc.list_value_length(column)).to_pylist()
    if len(lengths) != 1 or not lengths[0]:
        raise BadInput(f"The vectors in “{name}” differ in length, or some are missing.")
    flat = pc.list_flatten(column)
    return flat.cast("float32").to_numpy().reshape(len(column), lengths[0])
