"""What came with the files: folders, words of file names, and the values of the person's own columns."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from core.assist.names.marks import Marks
from core.assist.names.suggestion import COLUMN, FILE_NAME, FOLDER

_LETTERS = re.compile(r"[^\W\d_]{3,}")
_LEAST = 3  # items that must carry a token
_MOST_VALUES = 500  # of a column; one with more names items, not groups
_MOST_NUMBERS = 30
_LONGEST = 80  # characters of a value that could be a name


@dataclass(frozen=True, eq=False)
class Tokens:
    """Tokens of items.

    Attributes
    ----------
    marks
        Over all tokens.
    sources
        (v,) "folder", "file name" or "column".
    titles
        (v,) how a sentence calls the token: the folder “cats”, “cat” in the file name, shape = “disc”.
    nameable
        (v,) bool; a number describes, but is no name.
    """

    marks: Marks
    sources: Sequence[str]
    titles: Sequence[str]
    nameable: np.ndarray


def read(file_names: Sequence[str], columns: Mapping[str, np.ndarray]) -> Tokens:
    """The tokens that at least three items carry.

    Parameters
    ----------
    file_names
        (m,) paths relative to the source, '' where there is none.
    columns
        Name → (m,) values, as `core.items.table.Items.column` gives them.
    """
    from scipy.sparse import csr_matrix

    carried: dict[tuple[str, str, str], list[int]] = {}
    for row, path in enumerate(file_names):
        *folders, name = path.replace("\\", "/").split("/")
        for folder in dict.fromkeys(folders):
            carried.setdefault((FOLDER, "", folder), []).append(row)
        for word in dict.fromkeys(_LETTERS.findall(name.rpartition(".")[0].lower())):
            carried.setdefault((FILE_NAME, "", word), []).append(row)
    for column, values in columns.items():
        for value, rows in _values(values).items():
            carried[(COLUMN, column, value)] = rows
    kept = {token: rows for token, rows in carried.items() if len(rows) >= _LEAST and token[2].strip()}
    rows = np.concatenate([np.asarray(one, np.int64) for one in kept.values()]) if kept else np.zeros(0, np.int64)
    terms = np.repeat(np.arange(len(kept)), [len(one) for one in kept.values()])
    shape = (len(file_names), len(kept))
    found = csr_matrix((np.ones(len(rows), np.float32), (rows, terms)), shape=shape)
    numbers = {name for name, values in columns.items() if np.asarray(values).dtype != object}
    return Tokens(
        Marks(tuple(value for _, _, value in kept), found),
        tuple(source for source, _, _ in kept),
        tuple(_title(*token) for token in kept),
        np.array([column not in numbers and _LETTERS.search(value) is not None for _, column, value in kept], bool),
    )


def _values(values: np.ndarray) -> dict[str, list[int]]:
    """Value → rows; empty for a column that is different for almost every item."""
    values = np.asarray(values)
    if values.dtype != object:
        known = np.isfinite(values.astype(np.float64))
        if len(np.unique(values[known])) > _MOST_NUMBERS:
            return {}
        texts = [f"{value:g}" if ok else "" for value, ok in zip(values.tolist(), known.tolist(), strict=True)]
    else:
        texts = ["" if value is None else str(value).strip() for value in values.tolist()]
    found: dict[str, list[int]] = {}
    for row, text in enumerate(texts):
        if text and len(text) <= _LONGEST:
            found.setdefault(text, []).append(row)
    return found if len(found) <= max(_MOST_NUMBERS, min(_MOST_VALUES, len(texts) // 3)) else {}


def _title(source: str, column: str, value: str) -> str:
    if source == FOLDER:
        return f"in the folder “{value}”"
    return f"“{value}” in the file name" if source == FILE_NAME else f"{column} = “{value}”"
