"""The items of a collection as one columnar table; an item's row is its position and is never reused."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from core.errors import NotFound
from core.fingerprint import digest_bytes

if TYPE_CHECKING:
    import pyarrow

OWN = "u:"
FIXED = ("item_id", "kind", "source", "file_name", "text", "digest")
GONE_DIGEST = "0" * 32


class Kind(IntEnum):
    """What an item is."""

    PICTURE = 0
    TEXT = 1
    BOTH = 2  # one picture with its text
    VECTOR = 3  # only a vector was given
    GONE = 4  # forgotten: the row stays, because row numbers are never used again, and everything in it is blank


def fixed_schema() -> pyarrow.Schema:
    """Names and types of the columns that every part has."""
    import pyarrow as pa

    return pa.schema(
        [
            ("item_id", pa.string()),
            ("kind", pa.uint8()),
            ("source", pa.int32()),
            ("file_name", pa.string()),
            ("text", pa.large_string()),
            ("digest", pa.string()),
        ]
    )


@dataclass(frozen=True, eq=False)
class Items:
    """All items, in row order. A forgotten item leaves a blank row behind, which `rows` and the ids leave out.

    Attributes
    ----------
    table
        Columns `FIXED` and the user's own, whose names are prefixed with `u:`; n rows.
    """

    table: pyarrow.Table

    @staticmethod
    def empty() -> Items:
        """No items."""
        return Items(fixed_schema().empty_table())

    def __len__(self) -> int:
        return self.table.num_rows

    @cached_property
    def item_id(self) -> np.ndarray:
        """(n,) object array of str: the stable ids."""
        return self._objects("item_id")

    @cached_property
    def file_name(self) -> np.ndarray:
        """(n,) object array of str: path relative to the source's root, '' where there is no picture."""
        return self._objects("file_name")

    @cached_property
    def text(self) -> np.ndarray:
        """(n,) object array of str, '' where there is no text."""
        return self._objects("text")

    @cached_property
    def digest(self) -> np.ndarray:
        """(n,) object array of 32 hexadecimal digits: the hash of the item's content."""
        return self._objects("digest")

    @cached_property
    def kind(self) -> np.ndarray:
        """(n,) uint8: values of `Kind`."""
        return self.table.column("kind").to_numpy()

    @cached_property
    def source(self) -> np.ndarray:
        """(n,) int32: number of the source that an item came from."""
        return self.table.column("source").to_numpy()

    @cached_property
    def rows(self) -> np.ndarray:
        """(m,) int64: the rows that hold an item, ascending; all but the forgotten ones."""
        return np.flatnonzero(self.kind != Kind.GONE)

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the user's own columns, in the order in which they came."""
        return tuple(name.removeprefix(OWN) for name in self.table.column_names if name.startswith(OWN))

    def column(self, name: str) -> np.ndarray:
        """One of the user's own columns.

        Returns
        -------
        np.ndarray
            (n,): numbers as int64 or, when some are missing or have fractions, float64 with NaN; anything else as an
            object array of str (missing: '') or of bool (missing: None).

        Raises
        ------
        NotFound
            There is no such column; the message lists those there are.
        """
        import pyarrow.types as types

        if name not in self.columns:
            listed = ", ".join(f"“{column}”" for column in self.columns) or "none"
            raise NotFound(f"There is no column “{name}”.", f"The columns are: {listed}.")
        column = self.table.column(OWN + name)
        if types.is_integer(column.type) and column.null_count == 0:
            return column.to_numpy().astype(np.int64, copy=False)
        if types.is_integer(column.type) or types.is_floating(column.type):
            return column.cast("float64").to_numpy()
        return self._objects(OWN + name)

    def is_number(self, name: str) -> bool:
        """Whether `column` gives numbers."""
        import pyarrow.types as types

        kind = self.table.schema.field(OWN + name).type
        return types.is_integer(kind) or types.is_floating(kind)

    def some(self, name: str, rows: Iterable[int]) -> list[str]:
        """Values of a text column of `FIXED` at (k,) rows, '' where missing; makes objects of these rows only."""
        taken = self.table.column(name).take(np.asarray(rows, dtype=np.int64))
        return [value or "" for value in taken.to_pylist()]

    def row_of(self, item_id: str) -> int:
        """The row of an item. Raises `NotFound`."""
        row = self._rows.get(item_id)
        if row is None:
            raise NotFound(f"There is no item “{item_id}”.")
        return row

    def rows_of(self, item_ids: Iterable[str]) -> np.ndarray:
        """(m,) int64: the rows of many items, in the order given. Raises `NotFound` for the first that is not here."""
        return np.fromiter((self.row_of(item_id) for item_id in item_ids), dtype=np.int64)

    def has(self, item_id: str) -> bool:
        """Whether an item with this id exists."""
        return item_id in self._rows

    def digest_of_all(self) -> str:
        """Fingerprint of the content of all items in row order: 32 hexadecimal digits."""
        return self._digest_of_all

    @cached_property
    def _digest_of_all(self) -> str:
        # The text of a chunk is one run of bytes already; as objects a million digests would take 80 MB.
        runs = []
        for chunk in self.table.column("digest").chunks:
            _, offsets, text = chunk.buffers()
            ends = np.frombuffer(offsets, dtype=np.int32)[chunk.offset : chunk.offset + len(chunk) + 1]
            runs.append(memoryview(text)[ends[0] : ends[-1]] if len(chunk) and text is not None else b"")
        return digest_bytes(b"".join(runs))

    @cached_property
    def _rows(self) -> dict[str, int]:
        return dict(zip(self.item_id[self.rows].tolist(), self.rows.tolist(), strict=True))

    def _objects(self, name: str) -> np.ndarray:
        import pyarrow.compute as pc
        import pyarrow.types as types

        column = self.table.column(name)
        if not types.is_boolean(column.type) and column.null_count:
            column = pc.fill_null(column, "")
        values = column.to_numpy()
        return values if values.dtype == object else values.astype(object)


def join_parts(parts: list[pyarrow.Table]) -> pyarrow.Table:
    """Parts below each other. A column that is not in every part is missing there; one of two types becomes text."""
    import pyarrow as pa

    if not parts:
        return fixed_schema().empty_table()
    types: dict[str, pa.DataType] = {}
    for part in parts:
        for field in part.schema:
            types[field.name] = _common(types.get(field.name, field.type), field.type)
    cast = [part.cast(pa.schema([pa.field(name, types[name]) for name in part.column_names])) for part in parts]
    return pa.concat_tables(cast, promote_options="default")


def _common(one: pyarrow.DataType, other: pyarrow.DataType) -> pyarrow.DataType:
    import pyarrow as pa

    if one == other or pa.types.is_null(other):
        return one
    if pa.types.is_null(one):
        return other
    numbers = [pa.types.is_integer(kind) or pa.types.is_floating(kind) for kind in (one, other)]
    return pa.float64() if all(numbers) else pa.string()
