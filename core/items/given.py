"""Vectors that somebody made elsewhere: read without executing anything, one row for each row of the source."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from core.errors import BadInput
from core.items.apart import vectors_apart
from core.items.source import Candidates, Source
from core.items.vector_formats import vectors_of
from core.limits import DEFAULT, Limits
from core.progress import Progress, silent


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
        The file is damaged, holds no table of numbers, takes too much memory or time, or is above the limits.
    """
    suffix = path.suffix.lower()
    if suffix == ".npy":  # mapped, never unpacked
        return vectors_of(path, limits)
    if suffix not in (".npz", ".parquet"):
        raise BadInput(f"“{path.name}” is no file of vectors.", next_step="Give a .npy, .npz or .parquet file.")
    return vectors_apart(path, limits)


def check_aligned(vectors: np.ndarray, rows: int, title: str) -> None:
    """Raise `BadInput` unless there is one vector for each row of the source."""
    if len(vectors) != rows:
        raise BadInput(
            f"There are {len(vectors):,} vectors for {rows:,} rows in “{title}”.",
            next_step="Give one vector for each row of the source, in its order.",
        )
