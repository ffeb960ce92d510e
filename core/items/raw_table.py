"""A table as it was read, and the columns of the user's own that come out of it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from core.items.typed import as_own, infer
from core.limits import Limits

if TYPE_CHECKING:
    import pyarrow


@dataclass(frozen=True, eq=False)
class RawTable:
    """A table as it was read.

    Attributes
    ----------
    table
        m rows.
    positions
        (m,) int64: which data row of the file each is, from 0.
    total
        Data rows in the file, broken ones too.
    broken
        (which row, one sentence) of every row that could not be read.
    notes
        Encoding, delimiter, columns left out.
    untyped
        All cells are text whose types are still to be found (CSV).
    """

    table: pyarrow.Table
    positions: np.ndarray
    total: int
    broken: list[tuple[str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    untyped: bool = False

    def own_columns(self, without: Collection[str], limits: Limits, notes: list[str]) -> pyarrow.Table:
        """The columns but `without`, with the types that own columns may have: whole numbers, numbers, bool, text.

        Cells above `limits.cell_chars` are cut, columns of lists and bytes left out; both is said in `notes`.
        """
        import pyarrow as pa

        columns: dict[str, Any] = {}
        left_out: list[str] = []
        for name in self.table.column_names:
            if name in without:
                continue
            column = self.table.column(name)
            typed = infer(column) if self.untyped else as_own(column)
            if typed is None:
                left_out.append(name)
            else:
                columns[name], cut = typed_and_cut(typed, limits)
                if cut:
                    notes.append(
                        f"{cut:,} cells of “{name}” were longer than {limits.cell_chars:,} characters and were cut."
                    )
        if left_out:
            listed = ", ".join(f"“{name}”" for name in left_out)
            notes.append(f"Columns of lists or bytes were left out: {listed}.")
        if not columns:
            return pa.table({"": pa.nulls(self.table.num_rows)}).select([])
        return pa.table(columns)


def typed_and_cut(column: pyarrow.ChunkedArray, limits: Limits) -> tuple[pyarrow.ChunkedArray, int]:
    """The column with texts cut at `limits.cell_chars`, and how many were."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not (pa.types.is_string(column.type) or pa.types.is_large_string(column.type)):
        return column, 0
    cut = int(pc.sum(pc.greater(pc.utf8_length(column), limits.cell_chars)).as_py() or 0)
    return (pc.utf8_slice_codeunits(column, 0, limits.cell_chars) if cut else column), cut
