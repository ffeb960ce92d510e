"""The acts of a person, as values: each can say in a sentence what it will do, and travels as JSON.

Item ids become `Rows` in one place, `resolve`; `fold.apply` and the journal take resolved edits only.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, ClassVar

import numpy as np

from core import safe
from core.errors import BadInput
from core.limits import DEFAULT
from core.partition import sentences
from core.partition.partition import Partition
from core.partition.rows import Rows, frozen_column, ids_or_rows, pack, unpack

ItemIds = Sequence[str] | Rows
RowsOf = Callable[[Sequence[str]], np.ndarray]
SAID_OF = ("each", "all", "most")


class Edit:
    """What all edits share. Two edits are equal when their JSON is."""

    kind: ClassVar[str] = ""
    _rows: ClassVar[tuple[str, ...]] = ()
    _aligned: ClassVar[dict[str, Any]] = {}

    def __post_init__(self) -> None:
        given = {name: getattr(self, name) for name in self._rows}
        for name, values in self._aligned.items():
            column = getattr(self, name)
            if column is not None:
                object.__setattr__(self, name, frozen_column(column, values))
        for name, items in given.items():
            object.__setattr__(self, name, items if items is None else ids_or_rows(items))
        if self._aligned and isinstance(given.get("item_ids"), np.ndarray):
            _align(self, given["item_ids"])

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Edit) and self.to_json() == other.to_json()

    def __hash__(self) -> int:
        return hash(json.dumps(self.to_json(), sort_keys=True))

    def to_json(self) -> dict[str, Any]:
        """Plain JSON types, `from_json` turns them back; rows as half-open runs."""
        return {"kind": self.kind} | {entry.name: _to_json(getattr(self, entry.name)) for entry in fields(self)}

    def describe(self, partition: Partition) -> str:
        """What it does to `partition`, with its scope, in one plain sentence; for buttons and the history."""
        return sentences.describe(self, partition)


@dataclass(frozen=True, eq=False)
class Merge(Edit):
    """Make several clusters one: `into`, else the biggest, keeps its id and its name (or takes one over)."""

    kind: ClassVar[str] = "merge"
    cluster_ids: tuple[int, ...]
    into: int | None = None

    def __post_init__(self) -> None:
        object.__setattr__(self, "cluster_ids", tuple(int(cluster_id) for cluster_id in self.cluster_ids))


@dataclass(frozen=True, eq=False)
class Apart(Edit):
    """These clusters are different things: no machine brings them together, and nobody is asked again."""

    kind: ClassVar[str] = "apart"
    cluster_ids: tuple[int, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "cluster_ids", tuple(int(cluster_id) for cluster_id in self.cluster_ids))


@dataclass(frozen=True, eq=False)
class Split(Edit):
    """Take parts out of a cluster. What no part names keeps id and name; else the biggest part does."""

    kind: ClassVar[str] = "split"
    cluster_id: int
    parts: tuple[ItemIds, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "parts", tuple(ids_or_rows(part) for part in self.parts))


@dataclass(frozen=True, eq=False)
class Move(Edit):
    """Put items into a cluster, a new one (None) or back to undecided (`UNDECIDED`).

    `said_of` is one of `SAID_OF`: a person said it of each of them, of all of a group at one look, or of most of a
    group. A move into a cluster confirms, unless it was said of most only.
    """

    kind: ClassVar[str] = "move"
    _rows: ClassVar[tuple[str, ...]] = ("item_ids",)
    item_ids: ItemIds
    cluster_id: int | None
    said_of: str = "each"

    def __post_init__(self) -> None:
        if self.said_of not in SAID_OF:
            raise BadInput(f"A move is not said of “{safe.plain(self.said_of, 40)}”.", "", f"Use {', '.join(SAID_OF)}.")
        super().__post_init__()


@dataclass(frozen=True, eq=False)
class Rename(Edit):
    """Give a cluster a name (made safe, cut at `limits.name_chars`); an empty one takes the name away."""

    kind: ClassVar[str] = "rename"
    cluster_id: int
    name: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "name", safe.name(self.name))


@dataclass(frozen=True, eq=False)
class Note(Edit):
    """Give a cluster a note (lines kept, cut at `limits.note_chars`); an empty one takes it away."""

    kind: ClassVar[str] = "note"
    cluster_id: int
    text: str

    def __post_init__(self) -> None:
        lines = "\n".join(safe.plain(line) for line in str(self.text).splitlines())
        object.__setattr__(self, "text", lines[: DEFAULT.note_chars].rstrip())


@dataclass(frozen=True, eq=False)
class Confirm(Edit):
    """A person says that these items belong where they are."""

    kind: ClassVar[str] = "confirm"
    _rows: ClassVar[tuple[str, ...]] = ("item_ids",)
    item_ids: ItemIds


@dataclass(frozen=True, eq=False)
class Reject(Edit):
    """These items do not belong in this cluster: they become undecided, and no machine puts them back there."""

    kind: ClassVar[str] = "reject"
    _rows: ClassVar[tuple[str, ...]] = ("item_ids",)
    item_ids: ItemIds
    cluster_id: int


@dataclass(frozen=True, eq=False)
class SetAside(Edit):
    """Put items away: in no cluster, not asked about, touched by no machine, until a person moves them."""

    kind: ClassVar[str] = "set_aside"
    _rows: ClassVar[tuple[str, ...]] = ("item_ids",)
    item_ids: ItemIds


@dataclass(frozen=True, eq=False)
class Spread(Edit):
    """Labels from neighbours or a model: `cluster_ids` (m,) int32, `confidence` (m,) float32, aligned to `item_ids`.

    With `take`, items leave clusters without a name too; without it such items stay and the label becomes their likely
    one, so that a group nobody has looked at yet is not dissolved by a guess.
    """

    kind: ClassVar[str] = "spread"
    _rows: ClassVar[tuple[str, ...]] = ("item_ids",)
    _aligned: ClassVar[dict[str, Any]] = {"cluster_ids": np.int32, "confidence": np.float32}
    item_ids: ItemIds
    cluster_ids: np.ndarray
    confidence: np.ndarray | None = None
    take: bool = True


@dataclass(frozen=True, eq=False)
class Recluster(Edit):
    """A new clustering: `labels` (m,) int32, −1 = undecided, aligned to `item_ids` (None = all rows there are)."""

    kind: ClassVar[str] = "recluster"
    _rows: ClassVar[tuple[str, ...]] = ("item_ids",)
    _aligned: ClassVar[dict[str, Any]] = {"labels": np.int32}
    labels: np.ndarray
    item_ids: ItemIds | None = None
    method: str = ""
    parameters: dict[str, Any] = field(default_factory=dict)
    clustering_key: str = ""

    def __post_init__(self) -> None:
        text = json.dumps(self.parameters, default=lambda value: getattr(value, "tolist", value.__str__)())
        object.__setattr__(self, "parameters", json.loads(text, parse_constant=lambda _: None))
        super().__post_init__()


@dataclass(frozen=True, eq=False)
class Together(Edit):
    """Several edits that are one act: all or none is stored, and one undo takes all of them back.

    A negative cluster id −k in one of them names the k-th cluster that those before it made. `what` is the sentence of
    the history; empty = that of the first edit.
    """

    kind: ClassVar[str] = "together"
    edits: tuple[Edit, ...]
    what: str = ""

    def __post_init__(self) -> None:
        object.__setattr__(self, "edits", tuple(self.edits))
        object.__setattr__(self, "what", safe.plain(self.what))
        if not self.edits or any(edit.kind in _ALONE for edit in self.edits):
            raise BadInput("These edits cannot be one act.", f"Never part of one are: {', '.join(_ALONE)}.")


_ALONE = ("recluster", "forget", "undo", "redo", "together")


@dataclass(frozen=True, eq=False)
class Forget(Edit):
    """Remove items from the project for good. No undo takes it back, and none passes them into a cluster again."""

    kind: ClassVar[str] = "forget"
    _rows: ClassVar[tuple[str, ...]] = ("item_ids",)
    item_ids: ItemIds


@dataclass(frozen=True, eq=False)
class Undo(Edit):
    """Take back the last edit that is not taken back."""

    kind: ClassVar[str] = "undo"


@dataclass(frozen=True, eq=False)
class Redo(Edit):
    """Do again what was taken back last."""

    kind: ClassVar[str] = "redo"


_OF_CLUSTERS = (Merge, Apart, Split, Rename, Note, Recluster)
_OF_ITEMS = (Move, Confirm, Reject, SetAside, Spread, Forget)
KINDS: dict[str, type[Edit]] = {edit.kind: edit for edit in (*_OF_CLUSTERS, *_OF_ITEMS, Together, Undo, Redo)}


def from_json(value: dict[str, Any]) -> Edit:
    """The edit that `to_json` wrote. Raises `BadInput` when it is of no known kind or damaged."""
    kind = KINDS.get(value.get("kind", ""))
    if kind is None:
        name = safe.plain(str(value.get("kind")), 40)
        raise BadInput(f"There is no edit “{name}”.", "", f"Known are {', '.join(KINDS)}.")
    given = {name: content for name, content in value.items() if name != "kind"}
    try:
        for name, dtype in kind._aligned.items():
            if given.get(name) is not None:
                given[name] = unpack(given[name], dtype)
        for name in kind._rows:
            if given.get(name) is not None:
                given[name] = Rows.from_json(given[name])
        if kind is Together:
            given["edits"] = tuple(from_json(part) for part in given["edits"])
        if "parts" in given:
            given["parts"] = tuple(Rows.from_json(part) for part in given["parts"])
        return kind(**given)
    except (TypeError, ValueError, OverflowError) as error:
        raise BadInput(f"A stored edit of the kind “{kind.kind}” is damaged.", str(error)) from error


def resolve(edit: Edit, rows_of: RowsOf) -> Edit:
    """The same edit with `Rows` for item ids, aligned columns in the order of the rows.

    Parameters
    ----------
    rows_of
        ids → (m,) int64 rows, −1 or a `TaxonError` for one that is unknown.

    Raises
    ------
    BadInput
        For an unknown id, or one that is given twice where values are aligned to it.
    """
    if isinstance(edit, Together):
        return replace(edit, edits=tuple(resolve(part, rows_of) for part in edit.edits))
    if isinstance(edit, Split):
        return replace(edit, parts=tuple(_resolved(part, rows_of) for part in edit.parts))
    items = getattr(edit, "item_ids", None)
    if items is None or isinstance(items, Rows):
        return edit
    found = _rows_array(items, rows_of)
    if edit._aligned:
        return replace(edit, item_ids=found)
    return replace(edit, item_ids=Rows(found))


def _resolved(items: ItemIds, rows_of: RowsOf) -> Rows:
    return items if isinstance(items, Rows) else Rows(_rows_array(items, rows_of))


def _rows_array(items: Sequence[str], rows_of: RowsOf) -> np.ndarray:
    found = np.asarray(rows_of(items), dtype=np.int64).reshape(-1)
    unknown = np.flatnonzero(found < 0)
    if len(unknown):
        name = safe.plain(items[int(unknown[0])], 80)
        raise BadInput(f"There is no item “{name}” in this project.", f"{len(unknown):,} ids are unknown.")
    return found


def _align(edit: Edit, rows: np.ndarray) -> None:
    order = np.argsort(rows, kind="stable")
    if len(edit.item_ids) != len(rows):  # type: ignore[attr-defined]
        raise BadInput("An item is listed twice.", "Its two values could differ.", "List every item once.")
    for name in edit._aligned:
        column = getattr(edit, name)
        if column is not None and len(column) == len(rows):
            object.__setattr__(edit, name, frozen_column(column[order], column.dtype))


def _to_json(value: Any) -> Any:
    if isinstance(value, Rows):
        return value.to_json()
    if isinstance(value, np.ndarray):
        return pack(value)
    if isinstance(value, Edit):
        return value.to_json()
    if isinstance(value, tuple):
        return [_to_json(entry) for entry in value]
    return value
