"""What leaves: one row an item, our columns first and then the user's own, as one typed table."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from core.items.filenames import valid

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa

OURS: Mapping[str, str] = {
    "item_id": "the item, as it was named at import",
    "file_name": "picture of the item, empty where there is none",
    "text": "text of the item, empty where there is none",
    "cluster_id": "cluster of the item, empty when undecided; an id is never reused",
    "label": "name of the cluster, empty when it has none",
    "origin": "why the item carries its label: machine, cluster (its cluster was named), spread, "
    "group (a person said it of the group that it was shown with) or person",
    "confidence": "calibrated probability that the label is right, empty without evidence",
    "undecided": "true when the item is in no cluster",
    "x": "position on the map, empty without one",
    "y": "position on the map, empty without one",
}
_TEXTS = ("item_id", "file_name", "text", "label", "origin")
_YOURS = "_yours"


@dataclass(frozen=True)
class Collection:
    """What is to be exported, free of any project.

    Attributes
    ----------
    frame
        n rows: the columns of `OURS` (an absent one is empty; `cluster_id` 0 or missing = undecided, whatever the
        column `undecided` says), then any others.
    own
        More of the user's own columns, each (n,).
    picture
        Position in `frame` → the original bytes, None for an item without a picture. May raise `TaxonError` for one
        that cannot be had; that item is left out and counted.
    provenance
        Encoder, parameters, versions, journal revision: plain JSON types.
    """

    frame: pd.DataFrame | pa.Table
    own: Mapping[str, np.ndarray] = field(default_factory=dict)
    picture: Callable[[int], bytes | None] | None = None
    provenance: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Contents:
    """A collection in the shape that every format writes.

    Attributes
    ----------
    table
        n rows; the columns of `OURS`, then the user's own. Missing numbers are null, missing texts ''.
    renamed
        The user's columns whose names were ours already: name → name in the export.
    picture
        As in `Collection`.
    """

    table: pa.Table
    renamed: Mapping[str, str]
    picture: Callable[[int], bytes | None]


def contents(collection: Collection) -> Contents:
    """Type the columns, name the user's own so that none is taken for ours. Raises `ValueError` for unequal lengths."""
    import pyarrow as pa

    frame = collection.frame
    names = frame.column_names if isinstance(frame, pa.Table) else [str(name) for name in frame.columns]
    given: dict[str, Any] = {
        name: frame.column(position) if isinstance(frame, pa.Table) else frame.iloc[:, position]
        for position, name in enumerate(names)
    }
    n = len(frame)
    columns = {name: _ours(name, _values(given.pop(name, None), n)) for name in OURS}
    columns["undecided"] = columns["cluster_id"].is_null()
    own = [*given.items(), *collection.own.items()]
    renamed = {}
    for (name, values), fresh in zip(own, unique_names([name for name, _ in own], OURS), strict=True):
        columns[fresh] = _own(_values(values, n))
        if fresh != name:
            renamed[name] = fresh
    return Contents(pa.table(columns), renamed, collection.picture or _no_picture)


def unique_names(names: Iterable[str], taken: Iterable[str]) -> list[str]:
    """The names, with `_yours` behind those that are taken; a free name stays as it is, wherever it stands."""
    names = [valid(name) or "column" for name in names]
    used = set(taken)
    kept = {name for name in names if name not in used}
    used |= kept
    result = []
    for name in names:
        if name in kept:
            kept.discard(name)
            result.append(name)
            continue
        fresh = name + _YOURS
        while fresh in used:
            fresh += _YOURS
        used.add(fresh)
        result.append(fresh)
    return result


def shortest(table: pa.Table) -> pa.Table:
    """float32 columns as float64 with the shortest digits that mean the same, for formats that write digits."""
    import pyarrow as pa

    for position, column in enumerate(table.columns):
        if pa.types.is_float32(column.type):
            digits = column.cast(pa.string()).cast(pa.float64())
            table = table.set_column(position, table.column_names[position], digits)
    return table


def _no_picture(position: int) -> None:
    return None


def _values(column: Any, n: int) -> np.ndarray:
    if column is None:
        return np.full(n, None, dtype=object)
    values = column.to_numpy() if hasattr(column, "to_numpy") else np.asarray(column)
    if len(values) != n:
        raise ValueError(f"a column of {len(values)} values beside {n} rows")
    return values


def _ours(name: str, values: np.ndarray) -> pa.Array:
    import pandas as pd
    import pyarrow as pa

    if name in _TEXTS:
        return _texts(values)
    numbers = np.asarray(pd.to_numeric(values), dtype=np.float64)
    absent = np.isnan(numbers)
    if name == "cluster_id":
        absent |= numbers == 0
        return pa.array(np.where(absent, 0, numbers).astype(np.int64), mask=absent)
    return pa.array(numbers.astype(np.float32), mask=absent)


def _own(values: np.ndarray) -> pa.Array:
    import pyarrow as pa
    import pyarrow.types as types

    try:
        column = pa.array(values, from_pandas=True)
    except (pa.ArrowException, UnicodeError, OverflowError):
        return _texts(values)
    kept = types.is_boolean(column.type) or types.is_integer(column.type) or types.is_floating(column.type)
    return column if kept else _texts(values)


def _texts(values: np.ndarray) -> pa.Array:
    import pyarrow as pa

    return pa.array([_text(value) for value in values.tolist()], pa.large_string())


def _text(value: Any) -> str:
    # Only NaN and its kin differ from themselves; pandas' own missing value cannot even be asked.
    if value is None or type(value).__name__ == "NAType" or (isinstance(value, float) and value != value):
        return ""
    return valid(str(value))
