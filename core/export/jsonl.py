"""JSON Lines: one object a line, exact; a missing value is null."""

from __future__ import annotations

import json
import math
from typing import Any, BinaryIO

from core.export.contents import Contents, shortest
from core.export.left_out import LeftOut
from core.export.spreadsheet import BATCH
from core.progress import Progress


def write(contents: Contents, file: BinaryIO, progress: Progress) -> LeftOut:
    """Write every row."""
    table, done = shortest(contents.table), 0
    for batch in table.to_batches(max_chunksize=BATCH):
        lines = (json.dumps(_finite(row), ensure_ascii=False, allow_nan=False) for row in batch.to_pylist())
        file.write("".join(f"{line}\n" for line in lines).encode())
        done += batch.num_rows
        progress(done, table.num_rows, "Writing the table")
    return LeftOut()


def _finite(row: dict[str, Any]) -> dict[str, Any]:
    """JSON has no infinity."""
    unwritable = {name for name, value in row.items() if isinstance(value, float) and not math.isfinite(value)}
    return {**row, **dict.fromkeys(unwritable)} if unwritable else row
