"""A name that is offered for a cluster, and why."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

OWN, PICTURES, TEXTS, FOLDER, FILE_NAME, CAPTION, COLUMN = (
    "your list",
    "pictures",
    "texts",
    "folder",
    "file name",
    "caption",
    "column",
)


@dataclass(frozen=True, eq=False)
class Suggestion:
    """A name for a cluster. Where nothing is sure there is none, and a page shows “?”.

    Attributes
    ----------
    name
        Safe to store as a cluster's name.
    score
        How well the name tells the members from the items of the three nearest clusters: the area under the ROC curve,
        0.5 = not at all, 1 = always. No truth is needed for it.
    margin
        By how much more of the cluster than of the nearest clusters the name stands for, 0–1.
    source
        "your list", "pictures", "texts", "folder", "file name", "caption" or "column".
    why
        One sentence with the share of items that carry it.
    rows
        (m,) int64, the members that carry it, in order.
    """

    name: str
    score: float
    margin: float
    source: str
    why: str
    rows: np.ndarray = field(repr=False)
