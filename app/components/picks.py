"""A change of the selection, as a gesture on the map or in the gallery makes it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

_CHANGES = {
    "set": lambda selected, rows: rows,
    "add": np.union1d,
    "remove": np.setdiff1d,
    "within": np.intersect1d,
    "toggle": np.setxor1d,
}
HOWS = tuple(_CHANGES)


@dataclass(frozen=True)
class Pick:
    """What was picked, and what it does to the selection: a quick hand is ahead of what any page knows of that.

    Attributes
    ----------
    rows
        (k,) int64 of the items, ascending.
    how
        One of `HOWS`: these and no others, these too, all but these, only what is in both, these turned around.
    """

    rows: np.ndarray = field(repr=False)
    how: str = "set"

    def applied_to(self, selected: np.ndarray) -> np.ndarray:
        """(k,) int64 rows of the whole selection afterwards, ascending; `selected` as it was before."""
        return _CHANGES[self.how](selected, self.rows)
