"""Tables as files: CSV, TSV, JSON lines and Parquet."""

from __future__ import annotations

from pathlib import Path

from core.errors import BadInput
from core.items.apart import table_apart
from core.items.raw_table import RawTable
from core.items.table_formats import parse
from core.limits import DEFAULT, Limits

_HARMLESS_BYTES = 65_536  # of text, which nothing unpacks: not worth a process of its own


def read_table_file(content: Path | bytes, name: str, limits: Limits = DEFAULT) -> RawTable:
    """Read a table of any supported kind, told by the suffix of `name`, in a process that may die of it.

    Raises
    ------
    BadInput
        It is empty, damaged, above a limit, takes too much memory or time, or holds nothing but a header.
    """
    size = len(content) if isinstance(content, bytes) else content.stat().st_size
    if size > limits.table_bytes:
        raise BadInput(
            f"“{name}” has {size / 2**30:,.1f} GiB; the limit is {limits.table_bytes / 2**30:,.0f} GiB.",
            next_step="Split it into several tables.",
        )
    if size == 0:
        raise BadInput(f"“{name}” is empty.", next_step="Give a table with a header row and at least one row of data.")
    harmless = size <= _HARMLESS_BYTES and not name.lower().endswith(".parquet")
    raw = parse(content, name, limits) if harmless else table_apart(content, name, size, limits)
    if raw.total == 0:
        raise BadInput(f"“{name}” has a header but no rows.", next_step="Give a table with at least one row of data.")
    if len(raw.positions) == 0:
        raise BadInput(f"No row of “{name}” could be read.", f"{raw.broken[0][0]}: {raw.broken[0][1]}".capitalize())
    return raw
