"""Tables of every kind become one columnar table with the positions of their rows; whatever size and time it takes."""

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
from core.limits import Limits

if TYPE_CHECKING:
    import pyarrow


def parse(content: Path | bytes, name: str, limits: Limits) -> RawTable:
    """Read a table, of the kind that the suffix of `name` tells. Raises `BadInput`, `MemoryError`."""
    suffix = Path(name).suffix.lower()
    if suffix == ".parquet":
        return _read_parquet(content, name, limits)
    if suffix in (".jsonl", ".ndjson"):
        return _read_json_lines(content, name, limits)
    return read_csv(content, name, limits)


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
            table = _plain(parquet.read(use_threads=False).replace_schema_metadata(None))
        except (BadInput, MemoryError):
            raise
        except Exception as error:  # the reader fails in many ways on hostile bytes; every way means the same here
            raise BadInput(f"“{name}” is damaged or is no Parquet file.", next_step="Write it again.") from error
    if len(set(table.column_names)) != table.num_columns:
        raise BadInput(f"“{name}” has two columns of one name.", next_step="Rename one of them.")
    return RawTable(table, np.arange(table.num_rows, dtype=np.int64), table.num_rows)


def _plain(table: pyarrow.Table) -> pyarrow.Table:
    """Columns that were stored as codes of a dictionary, spelled out."""
    import pyarrow as pa

    for place, field in enumerate(table.schema):
        if pa.types.is_dictionary(field.type):
            spelled = table.column(place).cast(field.type.value_type)
            table = table.set_column(place, field.name, spelled)
    return table
