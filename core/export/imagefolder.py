"""ImageFolder as Hugging Face's `datasets` reads it: the original pictures and a `metadata.csv` that names them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.errors import BadInput
from core.export import spreadsheet
from core.export.contents import OURS, Contents, unique_names
from core.export.left_out import LeftOut
from core.export.names import Names, picture_name
from core.export.provenance import NAME as PROVENANCE
from core.progress import Progress, silent
from core.storage import write_json

if TYPE_CHECKING:
    import pyarrow as pa

METADATA = "metadata.csv"
_PICTURES = "pictures"


def write(contents: Contents, folder: Path, progress: Progress) -> LeftOut:
    """Fill `folder`: `pictures/NAME`, copied unchanged, and one row of `metadata.csv` for each.

    Items without a picture cannot be part of an ImageFolder; they are left out and counted.

    Raises
    ------
    BadInput
        No item has a picture.
    """
    import pyarrow as pa

    (folder / _PICTURES).mkdir()
    left_out, names, copied = LeftOut(), Names(), []
    item_ids, file_names = (contents.table.column(name).to_pylist() for name in ("item_id", "file_name"))
    for position, (item_id, file_name) in enumerate(zip(item_ids, file_names, strict=True)):
        before = left_out.count
        data = left_out.picture(contents, position, item_id)
        if data is not None:
            name = names.free(*picture_name(file_name, item_id, data))
            (folder / _PICTURES / name).write_bytes(data)
            copied.append((position, f"{_PICTURES}/{name}"))
        elif left_out.count == before:
            left_out.add(item_id, "It has no picture.")
        progress(position + 1, len(item_ids), "Copying pictures")
    if not copied:
        why = left_out.examples[0][1] if left_out.examples else ""
        raise BadInput("No item has a picture to copy.", why, "Choose CSV, JSON Lines or Parquet.")
    table = contents.table.take(pa.array([position for position, _ in copied]))
    table = table.set_column(table.column_names.index("file_name"), "file_name", pa.array([name for _, name in copied]))
    with (folder / METADATA).open("wb") as file:
        spreadsheet.write_table(_only_one_file_column(table), file, silent)
    return left_out


def seal(folder: Path, facts: Mapping[str, Any]) -> None:
    """Put the provenance into a written folder."""
    write_json(folder / PROVENANCE, dict(facts))


def _only_one_file_column(table: pa.Table) -> pa.Table:
    """`datasets` takes every column whose name ends so for pictures beside the table."""
    names = table.column_names
    misread = [name for name in names if name.endswith(("_file_name", "_file_names"))]
    fresh = unique_names(misread, [*OURS, *names])
    return table.rename_columns([dict(zip(misread, fresh, strict=True)).get(name, name) for name in names])
