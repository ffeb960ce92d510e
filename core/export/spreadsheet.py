"""CSV that is safe to open in a spreadsheet: UTF-8, comma, RFC 4180; no cell and no heading can start a formula."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, BinaryIO

from core import safe
from core.export.contents import Contents, shortest
from core.export.left_out import LeftOut
from core.progress import Progress

if TYPE_CHECKING:
    import pyarrow as pa

BATCH = 2_000  # rows between two reports


def write(contents: Contents, file: BinaryIO, progress: Progress) -> LeftOut:
    """Write every row. Text that could start a formula gets a leading `'`, which `core.safe.csv_original` takes off."""
    write_table(contents.table, file, progress)
    return LeftOut()


def write_table(table: pa.Table, file: BinaryIO, progress: Progress) -> None:
    """Write a table as CSV; a missing value is an empty cell, truth is `true` or `false`."""
    text = io.TextIOWrapper(file, encoding="utf-8", newline="")
    # The csv module quotes a lone carriage return only when its own line ends hold one.
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([safe.csv_cell(name) for name in table.column_names])
    done = 0
    for batch in shortest(table).to_batches(max_chunksize=BATCH):
        writer.writerows(_rows(batch))
        done += batch.num_rows
        progress(done, table.num_rows, "Writing the table")
    text.detach()


def _rows(batch: pa.RecordBatch) -> Iterator[tuple[str, ...]]:
    return zip(*([_cell(value) for value in column.to_pylist()] for column in batch.columns), strict=True)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return safe.csv_cell(value) if isinstance(value, str) else repr(value)
