"""A zip with a folder per label: pictures unchanged, texts as `.txt`, and the whole table in `labels.csv`."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any, BinaryIO

from core.export import spreadsheet
from core.export.contents import Contents
from core.export.left_out import LeftOut
from core.export.names import Names, picture_name
from core.export.provenance import NAME as PROVENANCE
from core.progress import Progress, silent

TABLE = "labels.csv"
UNDECIDED = "_undecided"


def write(contents: Contents, file: BinaryIO, progress: Progress) -> LeftOut:
    """Write the archive. In `labels.csv` the column `file_name` is the item's place in the archive.

    A cluster without a name gets the folder `cluster ID`; clusters of one name share a folder; undecided items are in
    `_undecided`. An item of which there is nothing to write is in the table only, and counted.
    """
    import pyarrow as pa

    left_out, folders, places = LeftOut(), _Folders(), []
    columns = ("item_id", "file_name", "text", "label", "cluster_id")
    rows = zip(*(contents.table.column(name).to_pylist() for name in columns), strict=True)
    # Repeatable: every member carries the format's earliest date.
    with zipfile.ZipFile(file, "w") as archive:
        for position, (item_id, file_name, text, label, cluster_id) in enumerate(rows):
            before = left_out.count
            data = left_out.picture(contents, position, item_id)
            place = ""
            if data is not None:
                place = folders.place(label, cluster_id, *picture_name(file_name, item_id, data))
                archive.writestr(zipfile.ZipInfo(place), data)
            elif text:
                place = folders.place(label, cluster_id, item_id, ".txt")
                archive.writestr(zipfile.ZipInfo(place), text, zipfile.ZIP_DEFLATED)
            elif left_out.count == before:
                left_out.add(item_id, "It has neither a picture nor a text.")
            places.append(place)
            progress(position + 1, contents.table.num_rows, "Filling the archive")
        index = contents.table.column_names.index("file_name")
        table = contents.table.set_column(index, "file_name", pa.array(places, pa.large_string()))
        listing = io.BytesIO()
        spreadsheet.write_table(table, listing, silent)
        archive.writestr(zipfile.ZipInfo(TABLE), listing.getvalue(), zipfile.ZIP_DEFLATED)
    return left_out


def seal(file: BinaryIO, facts: Mapping[str, Any]) -> None:
    """Put the provenance into a written archive."""
    with zipfile.ZipFile(file, "a") as archive:
        text = json.dumps(facts, ensure_ascii=False, indent=1)
        archive.writestr(zipfile.ZipInfo(PROVENANCE), text, zipfile.ZIP_DEFLATED)


class _Folders:
    """A folder for every label, and the names used in each."""

    def __init__(self) -> None:
        self._top = Names(TABLE, PROVENANCE, UNDECIDED)
        self._folder_of: dict[str | int | None, str] = {None: UNDECIDED}
        self._names: dict[str, Names] = {}

    def place(self, label: str, cluster_id: int | None, stem: str, suffix: str) -> str:
        """A free path in the archive for an item."""
        key = None if cluster_id is None else label or cluster_id
        if key not in self._folder_of:
            self._folder_of[key] = self._top.free(label or f"cluster {cluster_id}")
        folder = self._folder_of[key]
        return f"{folder}/{self._names.setdefault(folder, Names()).free(stem, suffix)}"
