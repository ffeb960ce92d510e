"""Tables as files: CSV, TSV, JSON lines and Parquet become one columnar table with the positions of their rows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from core.errors import BadInput
from core.items.csv_files import read_csv
from core.items.encodings import detect, opened
from core.items.filenames import valid
from core.items.raw_table import RawTable
from core.limits import DEFAULT, Limits

if TYPE_CHECKING:
    import pyarrow


def read_table_file(content: Path | bytes, name: str, limits: Limits = DEFAULT) -> RawTable:
    """Read a table of any supported kind, told by the suffix of `name`.

    Raises
    ------
    BadInput
        It is empty, damaged, above a limit, or holds nothing but a header.
    """
    size = len(content) if isinstance(content, bytes) else content.stat().st_size
    if size > limits.table_bytes:
        raise BadInput(
            f"“{name}” has {size / 2**30:,.1f} GiB; the limit is {limits.table_bytes / 2**30:,.0f} GiB.",
            next_step="Split it into several tables.",
        )
    if size == 0:
        raise BadInput(f"“{name}” is empty.", next_step="Give a table with a header row and at least one row of data.")
    suffix = Path(name).suffix.lower()
    if suffix == ".parquet":
        raw = _read_parquet(content, name, limits)
    elif suffix in (".jsonl", ".ndjson"):
        raw = _read_json_lines(content, name, limits)
    else:
        raw = read_csv(content, name, limits)
    if raw.total == 0:
        raise BadInput(f"“{name}” has a header but no rows.", next_step="Give a table with at least one row of data.")
    if len(raw.positions) == 0:
        raise BadInput(f"No row of “{name}” could be read.", f"{raw.broken[0][0]}: {raw.broken[0][1]}".capitalize())
    return raw


def _read_json_lines(content: Path | bytes, name: str, limits: Limits) -> RawTable:
    import pyarrow as pa

    rows: list[dict[str, Any]] = []
    positions: list[int] = []
    broken: list[tuple[str, str]] = []
    columns: dict[str, None] = {}
    total = 0
    with opened(content, name) as binary:
        codec, errors, sentence = detect(binary)
        for line in binary if codec.startswith("utf-8") or codec == "cp1252" else _lines(binary, codec):
            text = line.decode(codec, errors) if isinstance(line, bytes) else line
            if not text.strip("\ufeff \t\r\n"):
                continue
            value = _object(text)
            if value is None:
                broken.append((f"row {total + 1}", "It is not a JSON object."))
            else:
                rows.append(value)
                positions.append(total)
                columns.update(dict.fromkeys(value))
            total += 1
            if total > limits.table_rows:
                raise BadInput(f"“{name}” has more than {limits.table_rows:,} rows.", next_step="Split it.")
    if len(columns) > limits.table_columns:
        raise BadInput(f"“{name}” has {len(columns):,} columns; the limit is {limits.table_columns:,}.")
    table = {column: _column([row.get(column) for row in rows]) for column in columns}
    notes = [sentence] if sentence else []
    shown = pa.table({valid(column): values for column, values in table.items()}) if table else pa.table({})
    return RawTable(shown, np.array(positions, dtype=np.int64), total, broken, notes)


def _lines(binary: Any, codec: str) -> Any:
    import io

    return io.TextIOWrapper(binary, codec, "replace", newline="\n")


def _object(text: str) -> dict[str, Any] | None:
    try:
        value = json.loads(text.strip("\ufeff \t\r\n"))
    except (ValueError, RecursionError):
        return None
    return value if isinstance(value, dict) else None


def _column(values: list[Any]) -> pyarrow.Array:
    """Values of one key: bool, whole numbers, numbers, lists of numbers (vectors); any mixture becomes text."""
    import pyarrow as pa

    kinds = {type(value) for value in values if value is not None}
    if kinds == {bool}:
        return pa.array(values, pa.bool_())
    if kinds == {int} and all(value is None or -(2**63) <= value < 2**63 for value in values):
        return pa.array(values, pa.int64())
    if kinds and kinds <= {int, float}:
        return pa.array([None if value is None else float(value) for value in values], pa.float64())
    return pa.array([None if value is None else _as_text(value) for value in values], pa.large_string())


def _as_text(value: Any) -> str:
    if isinstance(value, str):
        return valid(value)
    return valid(json.dumps(value, ensure_ascii=False))


def _read_parquet(content: Path | bytes, name: str, limits: Limits) -> RawTable:
    import pyarrow as pa
    import pyarrow.parquet as pq

    with opened(content, name) as file:
        try:
            parquet = pq.ParquetFile(file)
            schema = parquet.schema_arrow
            odd = [column.name for column in schema if isinstance(column.type, pa.BaseExtensionType)]
            if odd:
                raise BadInput(
                    f"“{name}” has columns of an extension type: {', '.join(odd)}.",
                    next_step="Write them as plain text or numbers.",
                )
            if len(schema) > limits.table_columns:
                raise BadInput(f"“{name}” has {len(schema):,} columns; the limit is {limits.table_columns:,}.")
            if parquet.metadata.num_rows > limits.table_rows:
                raise BadInput(f"“{name}” has more than {limits.table_rows:,} rows.", next_step="Split it.")
            table = parquet.read().replace_schema_metadata(None)
        except (pa.ArrowException, OSError, ValueError) as error:
            raise BadInput(f"“{name}” is damaged or is no Parquet file.", next_step="Write it again.") from error
    if len(set(table.column_names)) != table.num_columns:
        raise BadInput(f"“{name}” has two columns of one name.", next_step="Rename one of them.")
    return RawTable(table, np.arange(table.num_rows, dtype=np.int64), table.num_rows)
