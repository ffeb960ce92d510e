"""A zip of pictures: members are read one by one below caps; their names become ids and nothing else."""

from __future__ import annotations

import stat
import zipfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.errors import BadInput
from core.items import filenames
from core.items.metadata import METADATA_NAMES, joined, read_metadata
from core.items.pictures import HEADER_BYTES, check_format, too_many_bytes
from core.items.report import Outcome, Unreadable
from core.items.source import Candidates, Refused, Source
from core.limits import DEFAULT, Limits
from core.progress import Progress, silent

if TYPE_CHECKING:
    import pyarrow

_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_NESTED = (".zip", ".7z", ".rar", ".tar", ".gz", ".tgz", ".bz2", ".xz")


@dataclass
class ArchiveFiles:
    """Members of a zip by name; the archive is opened once a process."""

    path: Path
    _archive: zipfile.ZipFile | None = field(default=None, init=False, repr=False, compare=False)

    def __getstate__(self) -> dict[str, object]:
        return {"path": self.path, "_archive": None}

    def read(self, file_name: str, limits: Limits = DEFAULT) -> bytes:
        """The member's content, never more than it declares and never more than the limit. Raises `Unreadable`."""
        try:
            if self._archive is None:
                self._archive = zipfile.ZipFile(self.path)
            with self._archive.open(filenames.from_text(file_name)) as member:
                head = member.read(HEADER_BYTES)
                check_format(head)
                data = head + member.read(limits.picture_bytes)
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, KeyError):
            raise Unreadable(Outcome.BROKEN, "This part of the archive is damaged.") from None
        if len(data) > limits.picture_bytes:
            raise Unreadable(Outcome.TOO_LARGE, too_many_bytes(len(data), limits))
        return data


class ArchiveSource(Source):
    """Every member of a zip is a candidate; its id is its path in the archive. Pictures are copied into the project.

    `metadata.csv`/`.jsonl` at the root (or in the single top folder) gives columns, as for a folder.
    """

    def __init__(self, path: Path, limits: Limits = DEFAULT, title: str = "", location: str = "") -> None:
        self.title = title or path.name
        self.location = location or path
        self._path = path
        self._limits = limits

    def files(self) -> ArchiveFiles:
        """Reads members."""
        return ArchiveFiles(self._path)

    def candidates(self, progress: Progress = silent) -> Candidates:
        """List the members. Raises `BadInput` for an archive that is damaged, or above the limits as a whole."""
        if self._path.stat().st_size > self._limits.zip_bytes:
            raise BadInput(
                f"The archive “{self.title}” is too large.",
                f"The limit is {self._limits.zip_bytes / 2**30:,.0f} GiB.",
                "Unpack it and name the folder.",
            )
        try:
            with zipfile.ZipFile(self._path) as archive:
                return self._listed(archive)
        except (zipfile.BadZipFile, OSError, ValueError, zlib.error) as error:
            raise BadInput(
                f"The archive “{self.title}” is damaged or is no zip.", next_step="Make it again."
            ) from error

    def _listed(self, archive: zipfile.ZipFile) -> Candidates:
        members = [info for info in archive.infolist() if not info.is_dir() and not _is_hidden(info.filename)]
        self._check_whole(members)
        prefix = _single_top_folder([info.filename for info in members])
        by_name = {info.filename: info for info in members}
        metadata_name = next((prefix + name for name in METADATA_NAMES if prefix + name in by_name), None)
        names: list[str] = []
        refused: list[Refused] = []
        seen: set[str] = set()
        for info in members:
            if info.filename == metadata_name:
                continue
            problem = self._problem(info, seen)
            seen.add(info.filename)
            if problem is None:
                names.append(filenames.to_text(info.filename))
            else:
                refused.append(Refused(info.filename, *problem))
        names.sort()
        notes: list[str] = []
        metadata = None
        if metadata_name is not None:
            metadata = self._metadata(archive, by_name[metadata_name], notes)
        return Candidates(
            item_ids=names,
            file_names=names,
            texts=[""] * len(names),
            positions=np.arange(len(names), dtype=np.int64),
            total=len(names),
            columns=joined(names, metadata, notes, prefix),
            refused=refused,
            notes=notes,
        )

    def _check_whole(self, members: list[zipfile.ZipInfo]) -> None:
        limits = self._limits
        if not members:
            raise BadInput(f"There are no files in “{self.title}”.", next_step="Name an archive that holds pictures.")
        if len(members) > limits.zip_members:
            raise BadInput(f"“{self.title}” holds {len(members):,} files; the limit is {limits.zip_members:,}.")
        unpacked = sum(info.file_size for info in members)
        if unpacked > limits.zip_unpacked_bytes:
            raise BadInput(
                f"“{self.title}” would unpack to {unpacked / 2**30:,.0f} GiB; the limit is "
                f"{limits.zip_unpacked_bytes / 2**30:,.0f} GiB.",
                next_step="Unpack it and name the folder.",
            )
        if all(info.flag_bits & 1 for info in members):
            raise BadInput(f"“{self.title}” is locked with a password.", next_step="Unpack it and name the folder.")

    def _problem(self, info: zipfile.ZipInfo, seen: set[str]) -> tuple[Outcome, str] | None:
        name, limits = info.filename, self._limits
        if name in seen:
            return Outcome.DUPLICATE, "The archive holds this name twice; the last one counts."
        if name.startswith(("/", "\\")) or ".." in name.replace("\\", "/").split("/"):
            return Outcome.UNSUPPORTED, "Its name leads out of the archive."
        if stat.S_ISLNK(info.external_attr >> 16):
            return Outcome.UNSUPPORTED, "It is a link; links are not followed."
        if info.flag_bits & 1:
            return Outcome.UNSUPPORTED, "It is locked with a password."
        if name.lower().endswith(_NESTED):
            return Outcome.UNSUPPORTED, "It is an archive inside the archive; unpack it first."
        if info.compress_type not in _METHODS:
            return Outcome.UNSUPPORTED, "It is packed by a method that is not supported."
        if info.file_size > limits.picture_bytes:
            return Outcome.TOO_LARGE, too_many_bytes(info.file_size, limits)
        if info.file_size > limits.zip_ratio * max(info.compress_size, 1) + 2**20:
            return Outcome.TOO_LARGE, f"It unpacks to more than {limits.zip_ratio} times its size, like a zip bomb."
        return None

    def _metadata(self, archive: zipfile.ZipFile, info: zipfile.ZipInfo, notes: list[str]) -> pyarrow.Table:
        if info.file_size > self._limits.picture_bytes:
            raise BadInput(f"{info.filename} in the archive is too large.", next_step="Unpack it and name the folder.")
        return read_metadata(archive.read(info), info.filename, self._limits, notes)


def _is_hidden(name: str) -> bool:
    parts = name.replace("\\", "/").split("/")
    return any((part.startswith(".") and part != "..") or part == "__MACOSX" for part in parts)


def _single_top_folder(names: list[str]) -> str:
    tops = {name.partition("/")[0] if "/" in name else "" for name in names}
    top = tops.pop() if len(tops) == 1 else ""
    return f"{top}/" if top else ""
