"""A table as a source: which column is the text, which the picture, which the id, and what becomes of the others."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core import safe
from core.errors import BadInput
from core.items import filenames
from core.items.files import FolderFiles, check_written_path
from core.items.pictures import SUFFIXES
from core.items.raw_table import RawTable
from core.items.report import Outcome, Unreadable
from core.items.source import Candidates, Refused, Source
from core.items.table_files import read_table_file
from core.items.typed import infer, is_text
from core.limits import DEFAULT, Limits
from core.progress import Progress, silent

if TYPE_CHECKING:
    import pyarrow

_TEXT_NAMES = (
    "text", "caption", "title", "description", "content", "body", "sentence", "document", "abstract", "summary",
    "review", "comment", "message", "question", "answer", "headline", "query", "prompt", "response", "tweet",
)  # fmt: skip
_ID_NAMES = ("item_id", "id", "uuid", "uid", "key", "identifier", "_id")
_OWN_EXPORT = {"item_id", "cluster_id", "label", "origin"}
_EMPTY_IN_EXPORT = ("file_name", "text")  # of a collection that has no pictures, or no texts
_PICTURE_SHARE = 0.9
_SAMPLE = 1_000


@dataclass(frozen=True)
class Roles:
    """Names of the columns that make an item; None for one that is to be found, or that there is not."""

    text: str | None = None
    picture: str | None = None
    item_id: str | None = None


class TableSource(Source):
    """A CSV, TSV, JSON lines or Parquet table: a text column, or a picture column with paths relative to it, or both.

    The id is the id column's value, else the row's number from 0. A table that Taxon exported is recognised: what was
    guarded for spreadsheets is undone, and label, origin and the others come back as own columns.
    """

    def __init__(self, path: Path, roles: Roles, limits: Limits = DEFAULT, with_vectors: bool = False) -> None:
        self.title = path.name
        self.location = path
        self._path = path
        self._limits = limits
        self._raw = _without_guards(read_table_file(path, path.name, limits))
        self._roles = find_roles(self._raw, roles, path.name, with_vectors)
        self.stable_ids = self._roles.item_id is not None
        self.root = path.parent if self._roles.picture else None

    @property
    def roles(self) -> Roles:
        """The columns that are used."""
        return self._roles

    def files(self) -> FolderFiles | None:
        """Reads the pictures below the table's folder."""
        return FolderFiles(self.root) if self.root is not None else None

    def candidates(self, progress: Progress = silent) -> Candidates:
        """The rows; paths that lead elsewhere are refused here."""
        raw, roles = self._raw, self._roles
        count = raw.table.num_rows
        texts = _strings(raw.table, roles.text)
        paths = [path.strip() for path in _strings(raw.table, roles.picture)]
        written = _strings(raw.table, roles.item_id)
        numbers = [str(position) for position in raw.positions.tolist()]
        item_ids = (
            [given or number for given, number in zip(written, numbers, strict=True)] if roles.item_id else numbers
        )
        notes = list(raw.notes) + _notes(roles)
        columns = raw.own_columns({roles.text, roles.picture, roles.item_id} - {None}, self._limits, notes)
        refused = [Refused(what, Outcome.BROKEN, sentence) for what, sentence in raw.broken]
        good = np.ones(count, dtype=bool)
        for index, path in enumerate(paths if roles.picture else ()):
            try:
                check_written_path(path)
            except Unreadable as problem:
                good[index] = False
                refused.append(Refused(path, problem.outcome, problem.sentence))
        kept = np.flatnonzero(good)
        return Candidates(
            item_ids=_chosen(item_ids, kept),
            file_names=[filenames.to_text(_plain_path(path)) for path in _chosen(paths, kept)],
            texts=_chosen(texts, kept),
            positions=raw.positions[kept],
            total=raw.total,
            columns=columns if good.all() or not columns.num_columns else columns.take(kept),
            refused=refused,
            notes=notes,
        )


def find_roles(raw: RawTable, named: Roles, name: str, with_vectors: bool) -> Roles:
    """The columns that make an item: as named, else found by name and content.

    Raises
    ------
    BadInput
        A named column is not there, or no text or picture column can be told; the message lists the columns.
    """
    for column in (named.text, named.picture, named.item_id):
        if column is not None and column not in raw.table.column_names:
            raise BadInput(f"“{name}” has no column “{column}”.", _listed(raw.table.column_names))
    item_id = named.item_id or _id_column(raw.table)
    free = [column for column in raw.table.column_names if column not in (item_id, named.text, named.picture)]
    picture = named.picture or (None if named.text else _picture_column(raw.table, free))
    free = [column for column in free if column != picture]
    text = named.text or (None if named.picture else _text_column(raw, free, only=picture is None))
    if text is None and picture is None and not with_vectors:
        raise BadInput(
            f"It is not clear which column of “{name}” holds the text or the picture.",
            _listed(raw.table.column_names),
            "Name it with --text-column or --image-column.",
        )
    return Roles(text=text, picture=picture, item_id=item_id)


def _listed(columns: Sequence[str]) -> str:
    shown = ", ".join(f"“{safe.plain(column, 40)}”" for column in columns[:30])
    more = f" and {len(columns) - 30} more" if len(columns) > 30 else ""
    return f"Its columns are: {shown}{more}."


def _id_column(table: pyarrow.Table) -> str | None:
    import pyarrow as pa
    import pyarrow.compute as pc

    by_name = {column.lower(): column for column in reversed(table.column_names)}
    for wanted in _ID_NAMES:
        column = by_name.get(wanted)
        if column is None:
            continue
        values = table.column(column)
        if not (is_text(values.type) or pa.types.is_integer(values.type)) or values.null_count:
            continue
        blank = is_text(values.type) and pc.any(pc.equal(pc.utf8_trim_whitespace(values), "")).as_py()
        if not blank and (wanted == "item_id" or pc.count_distinct(values).as_py() == len(values)):
            return column
    return None


def _picture_column(table: pyarrow.Table, columns: Sequence[str]) -> str | None:
    best: tuple[float, str] | None = None
    for column in columns:
        if is_text(table.column(column).type):
            filled = [value for value in _filled(table, column) if value]
            pictures = sum(value.lower().endswith(SUFFIXES) for value in filled)
            share = pictures / len(filled) if filled else 0.0
            if share >= _PICTURE_SHARE and (best is None or share > best[0]):
                best = (share, column)
    return best[1] if best else None


def _text_column(raw: RawTable, columns: Sequence[str], only: bool) -> str | None:
    lengths: dict[str, float] = {}
    for column in columns:
        values = raw.table.column(column)
        if is_text(values.type) and not (raw.untyped and not is_text(infer(values).type)):
            filled = [value for value in _filled(raw.table, column) if value]
            if filled:
                lengths[column] = sum(map(len, filled)) / len(filled)
    preferred = [column for column in lengths if _is_text_name(column)]
    if preferred:
        return max(preferred, key=lambda column: lengths[column])
    return next(iter(lengths)) if only and len(lengths) == 1 else None


def _is_text_name(column: str) -> bool:
    return any(word in _TEXT_NAMES for word in re.split(r"[^a-z]+", column.lower()))


def _filled(table: pyarrow.Table, column: str) -> list[str]:
    values = table.column(column).drop_null()
    step = max(len(values) // _SAMPLE, 1)
    return (
        [value.strip() for value in values[::step].to_pylist()]
        if step == 1
        else [values[row].as_py().strip() for row in range(0, len(values), step)]
    )


def _strings(table: pyarrow.Table, column: str | None) -> list[str]:
    import pyarrow as pa
    import pyarrow.compute as pc

    if column is None:
        return [""] * table.num_rows
    values = table.column(column)
    if pa.types.is_dictionary(values.type):
        values = values.cast(values.type.value_type)
    try:
        return pc.fill_null(values.cast(pa.large_string()), "").to_pylist()
    except pa.ArrowException as error:
        raise BadInput(f"The column “{column}” holds no text.", next_step="Name another column.") from error


def _notes(roles: Roles) -> list[str]:
    used = [(roles.text, "text"), (roles.picture, "picture"), (roles.item_id, "id")]
    said = ", ".join(f"“{safe.plain(column, 60)}” as {role}" for column, role in used if column)
    return [f"Columns used: {said}."] if said else []


def _chosen(values: list[str], kept: np.ndarray) -> list[str]:
    return values if len(kept) == len(values) else [values[index] for index in kept]


def _plain_path(path: str) -> str:
    return "/".join(part for part in path.replace("\\", "/").split("/") if part not in ("", "."))


def _without_guards(raw: RawTable) -> RawTable:
    import pyarrow as pa

    if not (raw.untyped and _OWN_EXPORT.issubset(raw.table.column_names)):
        return raw
    columns = {
        name: pa.array([safe.csv_original(value) for value in raw.table.column(name).to_pylist()], pa.large_string())
        for name in raw.table.column_names
    }
    columns = {name: cells for name, cells in columns.items() if name not in _EMPTY_IN_EXPORT or any(cells.to_pylist())}
    return RawTable(pa.table(columns), raw.positions, raw.total, raw.broken, raw.notes, untyped=True)
