"""Where items come from: a source lists its candidates, and says how to read their pictures."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from core.errors import BadInput, NotFound
from core.items.files import Files
from core.items.report import Outcome
from core.limits import DEFAULT, Limits
from core.progress import Progress, silent

if TYPE_CHECKING:
    import pyarrow

TABLE_SUFFIXES = (".csv", ".tsv", ".txt", ".jsonl", ".ndjson", ".parquet")
VECTOR_SUFFIXES = (".npy", ".npz")


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


def open_source(
    path_or_name: str | Path,
    *,
    text_column: str | None = None,
    image_column: str | None = None,
    id_column: str | None = None,
    vectors: str | Path | None = None,
    limits: Limits = DEFAULT,
) -> Source:
    """The source that a path or name means.

    Parameters
    ----------
    path_or_name
        `demo:emoji`, `demo:docstrings`, a folder, a `.zip`, a table (`.csv .tsv .jsonl .parquet`), or vectors alone
        (`.npy .npz`).
    text_column, image_column, id_column
        Columns of a table; found by themselves when not named.
    vectors
        `.npy`, `.npz` or `.parquet` with one row for each row of the source, in its order.
    limits
        Caps on what is taken.

    Raises
    ------
    NotFound
        There is nothing at that path.
    BadInput
        It is of a kind that cannot be read, or the columns cannot be told.
    """
    from core.items import archive, demo, folder, given, tables

    given_vectors = None if vectors is None else given.read_vectors(existing(vectors), limits)
    if str(path_or_name).startswith("demo:"):
        source: Source = demo.demo_source(str(path_or_name), limits)
    else:
        path = existing(path_or_name)
        roles = tables.Roles(text=text_column, picture=image_column, item_id=id_column)
        suffix = path.suffix.lower()
        if path.is_dir():
            source = folder.FolderSource(path, limits)
        elif suffix == ".zip":
            source = archive.ArchiveSource(path, limits)
        elif suffix in VECTOR_SUFFIXES:
            source = given.VectorSource(path, limits)
        elif suffix in TABLE_SUFFIXES:
            source = tables.TableSource(path, roles, limits, with_vectors=given_vectors is not None)
        else:
            raise BadInput(
                f"“{path.name}” is not a source that can be read.",
                next_step="Give a folder of pictures, a .zip, a .csv, .tsv, .jsonl or .parquet table, or .npy vectors.",
            )
    if given_vectors is not None:
        source.vectors = given_vectors
    return source


def existing(path_or_name: str | Path) -> Path:
    """The path, absolute. Raises `NotFound`."""
    path = Path(path_or_name).expanduser()
    if not path.exists():
        raise NotFound(
            f"There is nothing at “{path_or_name}”.",
            next_step="Check the path; demo sets are named demo:emoji and demo:docstrings.",
        )
    return path.absolute()
