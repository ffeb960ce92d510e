"""Sets of rows as a value, and how rows and arrays travel in JSON."""

from __future__ import annotations

import base64
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.errors import BadInput

_MOST_ROWS = 200_000_000
_RUNS_IN_TEXT = 1_000
_VALUES_IN_TEXT = 256
_DTYPES = {"<i4": np.dtype("<i4"), "<i8": np.dtype("<i8"), "<f4": np.dtype("<f4")}


@dataclass(frozen=True, eq=False)
class Rows:
    """A set of row numbers.

    Attributes
    ----------
    array
        (m,) int64, sorted, without repeats, read-only.

    Raises
    ------
    BadInput
        When a value is not a whole number at or above 0.
    """

    array: np.ndarray

    def __init__(self, values: Iterable[int] | np.ndarray | Rows = ()) -> None:
        if isinstance(values, Rows):
            array = values.array
        else:
            array = _sorted_unique(values if isinstance(values, np.ndarray) else np.array(list(values)))
        object.__setattr__(self, "array", array)

    def __len__(self) -> int:
        return len(self.array)

    def __iter__(self) -> Iterator[int]:
        return iter(self.array.tolist())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Rows) and np.array_equal(self.array, other.array)

    def __hash__(self) -> int:
        return hash(self.array.tobytes())

    def __repr__(self) -> str:
        runs = ", ".join(f"{start}" if end == start + 1 else f"{start}–{end - 1}" for start, end in self.runs()[:8])
        return f"Rows({len(self)}: {runs}{', …' if len(self.runs()) > 8 else ''})"

    def runs(self) -> list[list[int]]:
        """The rows as half-open runs [[start, end), …], in order."""
        if not len(self.array):
            return []
        breaks = np.flatnonzero(np.diff(self.array) != 1) + 1
        starts = self.array[np.concatenate(([0], breaks))]
        ends = self.array[np.concatenate((breaks - 1, [len(self.array) - 1]))] + 1
        return np.stack([starts, ends], axis=1).tolist()

    @classmethod
    def from_runs(cls, runs: Sequence[Sequence[int]]) -> Rows:
        """What `runs` came from. Raises `BadInput` for runs that are empty, out of order or beyond any collection."""
        pairs = np.array(runs, dtype=np.int64).reshape(-1, 2)
        lengths = pairs[:, 1] - pairs[:, 0]
        if (lengths <= 0).any() or (pairs < 0).any() or (pairs > _MOST_ROWS).any() or lengths.sum() > _MOST_ROWS:
            raise BadInput("A list of rows is damaged.", "Its runs do not make sense.")
        offsets = np.cumsum(lengths) - lengths
        return cls(np.arange(lengths.sum()) + np.repeat(pairs[:, 0] - offsets, lengths))

    def to_json(self) -> Any:
        """Runs where there are few, packed gaps between the rows where there are many."""
        runs = self.runs()
        if len(runs) <= _RUNS_IN_TEXT:
            return runs
        return pack(np.diff(self.array, prepend=0).astype("<i4"))

    @classmethod
    def from_json(cls, value: Any) -> Rows:
        """What `to_json` came from. Raises `BadInput`."""
        return cls(np.cumsum(unpack(value), dtype=np.int64)) if isinstance(value, dict) else cls.from_runs(value)


def ids_or_rows(value: Any) -> Any:
    """What an edit names items by: `Rows`, or a tuple of item ids. Raises `BadInput` for anything else."""
    if isinstance(value, Rows):
        return value
    if isinstance(value, np.ndarray) and np.issubdtype(value.dtype, np.integer):
        return Rows(value)
    texts = () if isinstance(value, (str, bytes)) else tuple(value)
    if isinstance(value, (str, bytes)) or not all(isinstance(text, str) for text in texts):
        raise BadInput("Items are named by a list of item ids, or by Rows.", "An item id is a text.")
    return texts


def frozen_column(values: Any, dtype: Any) -> np.ndarray:
    """(m,) values in an array of their own that cannot be written to."""
    column = np.array(values, dtype=dtype).reshape(-1)
    column.flags.writeable = False
    return column


def _sorted_unique(values: np.ndarray) -> np.ndarray:
    if values.ndim != 1 or (values.size and not np.issubdtype(values.dtype, np.integer)):
        raise BadInput("Rows are whole numbers.", f"These are {values.dtype}, shape {values.shape}.")
    array = values.astype(np.int64)
    if len(array) > 1 and not (np.diff(array) > 0).all():
        array = np.unique(array)
    if len(array) and array[0] < 0:
        raise BadInput("A row number below 0 was given.", "Rows count from 0.")
    array.flags.writeable = False
    return array


def pack(array: np.ndarray) -> Any:
    """An int32, int64 or float32 array as JSON: a list while short (NaN as null), else zlib in base64."""
    if len(array) <= _VALUES_IN_TEXT and array.dtype.kind == "i":
        return array.tolist()
    if len(array) <= _VALUES_IN_TEXT:
        return [None if value != value else value for value in array.tolist()]
    little = np.ascontiguousarray(array).astype(array.dtype.newbyteorder("<"), copy=False)
    text = base64.b64encode(zlib.compress(little.tobytes(), 6)).decode("ascii")
    return {"dtype": little.dtype.str, "count": len(little), "zlib": text}


def unpack(value: Any, dtype: Any = None) -> np.ndarray:
    """What `pack` was given; `dtype` is for the short form. Raises `BadInput` when it is damaged."""
    if isinstance(value, list):
        return np.array([np.nan if entry is None else entry for entry in value], dtype=dtype)
    try:
        kind, count = _DTYPES[value["dtype"]], int(value["count"])
        if not 0 <= count <= _MOST_ROWS:
            raise ValueError(count)
        # Never unpack more than was announced: a few bytes can claim to be gigabytes.
        content = zlib.decompressobj().decompress(base64.b64decode(value["zlib"]), max(1, count * kind.itemsize))
        return np.frombuffer(content, dtype=kind, count=count)
    except (KeyError, TypeError, ValueError, zlib.error) as error:
        raise BadInput("A stored list of numbers is damaged.", "It cannot be unpacked.") from error
