"""Parquet: exact, typed, small."""

from __future__ import annotations

from typing import BinaryIO

from core.export.contents import Contents
from core.export.left_out import LeftOut
from core.progress import Progress

_ROW_GROUP = 100_000


def write(contents: Contents, file: BinaryIO, progress: Progress) -> LeftOut:
    """Write every row, in groups of 100,000."""
    import pyarrow.parquet as pq

    table = contents.table
    with pq.ParquetWriter(file, table.schema, compression="zstd") as writer:
        for start in range(0, table.num_rows, _ROW_GROUP):
            group = table.slice(start, _ROW_GROUP)
            writer.write_table(group)
            progress(start + group.num_rows, table.num_rows, "Writing the table")
    return LeftOut()
