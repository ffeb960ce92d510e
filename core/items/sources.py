"""Where items come from: which source a path or a name means."""

from __future__ import annotations

from pathlib import Path

from core.errors import BadInput, NotFound
from core.items.source import Source
from core.limits import DEFAULT, Limits

TABLE_SUFFIXES = (".csv", ".tsv", ".txt", ".jsonl", ".ndjson", ".parquet")
VECTOR_SUFFIXES = (".npy", ".npz")


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
