"""What a source is: it lists its candidates, and says how to read their pictures."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from core.items.files import Files
from core.items.report import Outcome
from core.progress import Progress, silent

if TYPE_CHECKING:
    import pyarrow


class Refused(NamedTuple):
    """An input that cannot become an item, known before any content is read."""

    what: str
    outcome: Outcome
    sentence: str


@dataclass(frozen=True, eq=False)
class Candidates:
    """What a source offers, in its own order, columnar.

    Attributes
    ----------
    item_ids, file_names, texts
        m strings each; '' where there is no picture or no text.
    positions
        (m,) int64: the row in the source, which given vectors are aligned with.
    total
        Rows in the source, broken ones too.
    columns
        The user's own columns, m rows, names without prefix.
    refused
        What is not among the m.
    notes
        What a person should know about the reading, one sentence each.
    """

    item_ids: list[str]
    file_names: list[str]
    texts: list[str]
    positions: np.ndarray
    total: int
    columns: pyarrow.Table
    refused: list[Refused] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.item_ids)


class Source(ABC):
    """A source of items.

    Attributes
    ----------
    title
        Name as shown.
    location
        The path that was named, or `demo:NAME`.
    root
        Folder of the pictures when they stay in place, else None (they are copied into the project, or there are none).
    stable_ids
        Whether an id means the same item in another source too; row numbers do not.
    vectors
        (positions, d) float32 given beside the source, row-aligned with it, or None.
    """

    title: str
    location: Path | str
    root: Path | None = None
    stable_ids: bool = True
    vectors: np.ndarray | None = None

    @abstractmethod
    def candidates(self, progress: Progress = silent) -> Candidates:
        """List what there is; no picture is opened. Raises `BadInput` when nothing can be read at all."""

    def files(self) -> Files | None:
        """How to read the pictures; None when there are none."""
        return None
