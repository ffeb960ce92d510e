"""CSV and TSV as people really write them: any delimiter and encoding, broken rows are left out one by one."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.errors import BadInput
from core.items.encodings import detect, opened
from core.items.raw_table import RawTable
from core.limits import Limits

if TYPE_CHECKING:
    import pyarrow

_DELIMITERS = ",;\t|"
_BATCH = 50_000
_MAX_CELL = 16 * 1024 * 1024
_FREE_RETRIES = 8  # however much follows a quotation mark that is not closed
_MAX_AGAIN = 1_000_000  # lines that are read again after more of them: else a small file would take hours
_NAMES = {",": "commas", ";": "semicolons", "\t": "tabs", "|": "vertical bars"}


def read_csv(content: Path | bytes, name: str, limits: Limits) -> RawTable:
    """All cells as text. Raises `BadInput` when there is no header row or not one data row."""
    csv.field_size_limit(_MAX_CELL)
    with opened(content, name) as binary:
        codec, errors, sentence = detect(binary)
        sample = binary.read(1 << 18).decode(codec, "replace").lstrip("\ufeff")
        binary.seek(0)
        delimiter = "\t" if name.lower().endswith(".tsv") else find_delimiter(sample)
        text = io.TextIOWrapper(binary, codec, errors, newline="")
        rows = _Rows(text, delimiter)
        header = _header(next(iter(rows), None), name, limits)
        table, positions, broken, total = _collect(rows, header, name, limits)
    notes = [sentence] if sentence else []
    if delimiter not in ",\t" and len(header) > 1:
        notes.append(f"Columns are separated by {_NAMES[delimiter]}.")
    return RawTable(table, positions, total, broken, notes, untyped=True)


def find_delimiter(sample: str) -> str:
    """The one of `, ; tab |` that gives the most columns in the most rows of the sample."""
    lines = sample.splitlines(keepends=True)[:200]
    scores = {delimiter: _agreement(lines, delimiter) for delimiter in _DELIMITERS}
    best = max(_DELIMITERS, key=lambda delimiter: scores[delimiter])
    return best if scores[best] > 0.5 else ","


def _agreement(lines: list[str], delimiter: str) -> float:
    """Share of rows as wide as the first, a little more for wider ones; 0 for one column."""
    rows = [row for row in csv.reader(lines, delimiter=delimiter) if row]
    if not rows or len(rows[0]) < 2:
        return 0.0
    width = len(rows[0])
    return sum(len(row) == width for row in rows) / len(rows) * (1 + min(width, 50) / 50)


class _Rows:
    """Rows of a CSV file. After a quote that is never closed, reading goes on in the line after its own."""

    def __init__(self, text: io.TextIOBase, delimiter: str) -> None:
        self._text = text
        self._delimiter = delimiter
        self._again: list[str] = []
        self._taken: list[str] = []
        self._retries = self._read_again = 0

    def __iter__(self) -> Iterator[list[str] | None]:
        """Each row's cells; None for a row that cannot be read. Empty lines are no rows."""
        reader = csv.reader(self._lines(), delimiter=self._delimiter, strict=True)
        while True:
            self._taken.clear()
            try:
                row = next(reader)
            except StopIteration:
                return
            except csv.Error:
                yield None
                reader = csv.reader(self._lines(), delimiter=self._delimiter, strict=True)
                continue
            if row:
                yield row

    def back_up(self) -> None:
        """Read the lines after the current row's first one again: they are rows of their own."""
        again = self._taken[:0:-1]
        if again and (self._retries < _FREE_RETRIES or self._read_again + len(again) <= _MAX_AGAIN):
            self._retries, self._read_again = self._retries + 1, self._read_again + len(again)
            self._again += again
        self._taken = []

    def _lines(self) -> Iterator[str]:
        while True:
            line = self._again.pop() if self._again else self._text.readline()
            if not line:
                return
            self._taken.append(line)
            yield line


def _header(row: list[str] | None, name: str, limits: Limits) -> list[str]:
    if row is None or not any(cell.strip() for cell in row):
        raise BadInput(f"“{name}” is empty.", next_step="Give a table with a header row and at least one row of data.")
    if len(row) > limits.table_columns:
        raise BadInput(f"“{name}” has {len(row):,} columns; the limit is {limits.table_columns:,}.")
    names: list[str] = []
    for position, cell in enumerate(row, start=1):
        column = cell.strip().lstrip("\ufeff") or f"column {position}"
        while column in names:
            column += " 2"
        names.append(column)
    return names


def _collect(
    rows: _Rows, header: list[str], name: str, limits: Limits
) -> tuple[pyarrow.Table, np.ndarray, list[tuple[str, str]], int]:
    import pyarrow as pa

    schema = pa.schema([(column, pa.large_string()) for column in header])
    batches: list[pa.RecordBatch] = []
    waiting: list[list[str]] = []
    positions: list[int] = []
    broken: list[tuple[str, str]] = []
    width = len(header)

    def flush() -> None:
        columns = [pa.array(column, pa.large_string()) for column in zip(*waiting, strict=True)]
        batches.append(pa.record_batch(columns, schema=schema))
        waiting.clear()

    total = 0
    for row in rows:
        problem = _misfit(row, width)
        if problem:
            rows.back_up()
            broken.append((f"row {total + 1}", problem))
        else:
            assert row is not None
            waiting.append(row[:width])
            positions.append(total)
        total += 1
        if total > limits.table_rows:
            raise BadInput(
                f"“{name}” has more than {limits.table_rows:,} rows.", next_step="Split it into several tables."
            )
        if len(waiting) >= _BATCH:
            flush()
    if waiting:
        flush()
    return pa.Table.from_batches(batches, schema), np.array(positions, dtype=np.int64), broken, total


def _misfit(row: list[str] | None, width: int) -> str:
    if row is None:
        return "A quotation mark in it is not closed."
    if len(row) < width or any(row[width:]):
        return f"It has {len(row)} cells instead of {width}."
    return ""
