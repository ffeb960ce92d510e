"""Vectors that somebody made elsewhere: read without executing anything, one row for each row of the source."""

from __future__ import annotations

import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.errors import BadInput
from core.items.source import Candidates, Source
from core.limits import DEFAULT, Limits
from core.progress import Progress, silent

if TYPE_CHECKING:
    import pyarrow

_LIST_TYPES = ("is_list", "is_large_list", "is_fixed_size_list")


class VectorSource(Source):
    """Vectors alone (`.npy`, `.npz`): every row is an item whose id is its number."""

    stable_ids = False

    def __init__(self, path: Path, limits: Limits = DEFAULT) -> None:
        self.title = path.name
        self.location = path
        self.vectors = read_vectors(path, limits)

    def candidates(self, progress: Progress = silent) -> Candidates:
        """One candidate a row."""
        import pyarrow as pa

        assert self.vectors is not None
        count = len(self.vectors)
        return Candidates(
            item_ids=[str(row) for row in range(count)],
            file_names=[""] * count,
            texts=[""] * count,
            positions=np.arange(count, dtype=np.int64),
            total=count,
            columns=pa.table({"": pa.nulls(count)}).select([]),
        )


def read_vectors(path: Path, limits: Limits = DEFAULT) -> np.ndarray:
    """The vectors in a file, (n, d) float32, rows as they are: NaN, infinity and zeros are found out when encoding.

    `.npy` and `.npz` (its only array, or the one named `vectors`, `embeddings` or `arr_0`) are read without pickle;
    `.parquet` must have one column of number lists, or nothing but number columns.

    Raises
    ------
    BadInput
        The file is damaged, holds no table of numbers, or is above the limits.
    """
    suffix = path.suffix.lower()
    try:
        if suffix == ".npy":
            array = np.load(path, mmap_mode="r", allow_pickle=False)
        elif suffix == ".npz":
            array = _from_npz(path)
        elif suffix == ".parquet":
            array = _from_parquet(path)
        else:
            raise BadInput(f"“{path.name}” is no file of vectors.", next_step="Give a .npy, .npz or .parquet file.")
    except (OSError, ValueError, EOFError, zipfile.BadZipFile) as error:
        raise BadInput(
            f"The vectors in “{path.name}” cannot be read.",
            "The file is damaged or holds Python objects.",
            "Save them with numpy.save as an array of floats.",
        ) from error
    return _checked(array, path.name, limits)


def check_aligned(vectors: np.ndarray, rows: int, title: str) -> None:
    """Raise `BadInput` unless there is one vector for each row of the source."""
    if len(vectors) != rows:
        raise BadInput(
            f"There are {len(vectors):,} vectors for {rows:,} rows in “{title}”.",
            next_step="Give one vector for each row of the source, in its order.",
        )


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

    try:
        with path.open("rb") as file:
            table = pq.read_table(file)
    except pa.ArrowException as error:
        raise ValueError("no Parquet") from error
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
