"""Which candidates are new, which are here already, and what each new one is called."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.items.table import Items

NEW = -1
REPEATED = -2


@dataclass(frozen=True, eq=False)
class Identified:
    """The answer for m candidates.

    Attributes
    ----------
    item_ids
        Ids, unique among the new ones and the known items.
    rows
        (m,) int64: NEW, REPEATED (same id and content as an earlier candidate), or the row of the known item.
    renamed
        Up to 3 pairs (id asked for, id given), and how many there are in all.
    renamed_count
        Number of ids that got `#2`, `#3` … because other content has the id.
    """

    item_ids: list[str]
    rows: np.ndarray
    renamed: list[tuple[str, str]]
    renamed_count: int


def identify(item_ids: Sequence[str], digests: Sequence[str], items: Items, comparable: np.ndarray) -> Identified:
    """Match candidates with the project's items and with each other.

    Same id and same content is the same item. Same id and other content (a changed file, a duplicate id) is a new item
    `id#2`, so that neither content loses its labels. Equal content under another id stays an item of its own: every
    file gets its label, and short answers repeat in a survey.

    Parameters
    ----------
    item_ids, digests
        m ids and content digests.
    items
        The project's items.
    comparable
        (n,) bool: items whose ids mean the same as these (row numbers of another table do not).
    """
    rows = np.full(len(item_ids), NEW, dtype=np.int64)
    if len(set(item_ids)) == len(item_ids) and not any(items.has(item_id) for item_id in item_ids):
        return Identified(list(item_ids), rows, [], 0)
    return _Matching(items, comparable).run(item_ids, digests, rows)


class _Matching:
    def __init__(self, items: Items, comparable: np.ndarray) -> None:
        self._items = items
        self._comparable = comparable
        self._variants: dict[str, dict[str, int]] = {}
        self._next: dict[str, int] = {}
        self._given: set[str] = set()

    def run(self, item_ids: Sequence[str], digests: Sequence[str], rows: np.ndarray) -> Identified:
        named: list[str] = []
        renamed: list[tuple[str, str]] = []
        count = 0
        for index, (item_id, digest) in enumerate(zip(item_ids, digests, strict=True)):
            known = self._known(item_id)
            if digest in known:
                rows[index] = known[digest]
                named.append(item_id)
                continue
            given = self._free(item_id)
            known[digest] = REPEATED
            named.append(given)
            if given != item_id:
                count += 1
                if len(renamed) < 3:
                    renamed.append((item_id, given))
        return Identified(named, rows, renamed, count)

    def _known(self, item_id: str) -> dict[str, int]:
        """Digest → row of what has this id, with or without a number behind it."""
        if item_id not in self._variants:
            found: dict[str, int] = {}
            number = 1
            while self._items.has(_numbered(item_id, number)):
                row = self._items.row_of(_numbered(item_id, number))
                if self._comparable[row]:
                    found.setdefault(str(self._items.digest[row]), row)
                number += 1
            self._variants[item_id] = found
            self._next[item_id] = number
        return self._variants[item_id]

    def _free(self, item_id: str) -> str:
        number = self._next[item_id]
        while (given := _numbered(item_id, number)) in self._given or self._items.has(given):
            number += 1
        self._next[item_id] = number + 1
        self._given.add(given)
        return given


def _numbered(item_id: str, number: int) -> str:
    return item_id if number == 1 else f"{item_id}#{number}"
