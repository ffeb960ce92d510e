"""The formats, one table; and the one way to export."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from core.errors import BadInput
from core.export import archive, imagefolder, jsonl, parquet, spreadsheet
from core.export.contents import Collection, contents
from core.export.destination import whole_file, whole_folder
from core.export.left_out import LeftOut
from core.export.provenance import NAME as PROVENANCE
from core.export.provenance import checksum, describe
from core.progress import Progress, silent

__all__ = ["FORMATS", "Collection", "Exported", "Format", "export"]


@dataclass(frozen=True)
class Format:
    """A way to take the labels away.

    Attributes
    ----------
    title
        What a person reads.
    extension
        Of the file, with its dot; empty for a folder.
    why
        What it is good for, one sentence.
    writer
        (contents, file or folder, progress) → `LeftOut`.
    seal
        Puts the provenance inside what was written: (file or folder, facts). It lies beside every file in any case.
    """

    title: str
    extension: str
    why: str
    writer: Callable[..., LeftOut]
    seal: Callable[..., None] | None = None

    @property
    def folder(self) -> bool:
        """Whether a folder is written, not a file."""
        return not self.extension


FORMATS: Mapping[str, Format] = {
    "csv": Format("CSV", ".csv", "Opens in every spreadsheet; no cell can start a formula.", spreadsheet.write),
    "jsonl": Format("JSON Lines", ".jsonl", "One object a line, exact; for scripts.", jsonl.write),
    "parquet": Format("Parquet", ".parquet", "Typed, exact and small; for pandas and databases.", parquet.write),
    "imagefolder": Format(
        "ImageFolder",
        "",
        "Pictures and metadata.csv, as Hugging Face datasets load them.",
        imagefolder.write,
        imagefolder.seal,
    ),
    "zip": Format(
        "Zip, a folder per label",
        ".zip",
        "Pictures and texts sorted into folders by label.",
        archive.write,
        archive.seal,
    ),
}


@dataclass(frozen=True)
class Exported:
    """What was written.

    Attributes
    ----------
    path
        The file or folder.
    rows
        How many items it holds.
    bytes
        Its size; of a folder, of all its files.
    provenance_path
        The JSON file that says where it comes from: beside a file, inside a folder.
    left_out
        How many items could not be taken along; the provenance says why.
    """

    path: Path
    rows: int
    bytes: int
    provenance_path: Path
    left_out: int = 0


def export(collection: Collection, format: str, out: Path | str, progress: Progress = silent) -> Exported:
    """Write a collection. At `out` is afterwards the whole new export, or what was there before; never half of one.

    Parameters
    ----------
    format
        A name of `FORMATS`.
    out
        The file to write or replace, or a folder that does not exist yet or is empty.

    Raises
    ------
    BadInput
        There is no such format, nothing to export, or `out` is in the way.
    Cancelled
        `progress` asked to stop; nothing was changed.
    StorageFailed
        The disk refused; nothing was changed.
    """
    if format not in FORMATS:
        raise BadInput(f"There is no format “{format}”.", next_step=f"Choose one of: {', '.join(FORMATS)}.")
    chosen, out, inside = FORMATS[format], Path(out), contents(collection)
    if not inside.table.num_rows:
        raise BadInput("There is nothing to export.", "No item is selected.", "Import something first.")
    with (whole_folder if chosen.folder else whole_file)(out) as target:
        left_out = chosen.writer(inside, target, progress)
        facts = describe(inside, collection.provenance, format, left_out)
        if chosen.seal:
            chosen.seal(target, facts)
    if chosen.folder:
        size = sum(file.stat().st_size for file in out.rglob("*") if file.is_file())
        return Exported(out, inside.table.num_rows - left_out.count, size, out / PROVENANCE, left_out.count)
    beside = out.with_name(f"{out.name}.{PROVENANCE}")
    with whole_file(beside) as file:
        file.write(json.dumps({**facts, "file": checksum(out)}, ensure_ascii=False, indent=1).encode())
    return Exported(out, inside.table.num_rows, out.stat().st_size, beside, left_out.count)
