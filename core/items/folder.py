"""A folder of pictures, any depth, in place; links, devices and hidden files are not entered."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from core.errors import BadInput
from core.items import filenames
from core.items.files import FolderFiles
from core.items.metadata import METADATA_NAMES, joined, read_metadata
from core.items.report import Outcome
from core.items.source import Candidates, Refused, Source
from core.limits import DEFAULT, Limits
from core.progress import Progress, silent

_PROJECT_SUFFIX = ".taxon"


class FolderSource(Source):
    """Every regular file below a folder is a candidate; its id is its path relative to the folder.

    A `metadata.csv` or `metadata.jsonl` with a column `file_name` in the folder gives columns (the ImageFolder
    convention); else the parent folder is the column `folder`.
    """

    def __init__(self, path: Path, limits: Limits = DEFAULT) -> None:
        self.title = path.name or str(path)
        self.location = path
        self.root = path
        self._limits = limits

    def files(self) -> FolderFiles:
        """Reads the pictures where they are."""
        assert self.root is not None
        return FolderFiles(self.root)

    def candidates(self, progress: Progress = silent) -> Candidates:
        """List the files in the order of their paths. Raises `BadInput` when there are none."""
        assert self.root is not None
        if (self.root / "project.json").is_file() and self.root.name.endswith(_PROJECT_SUFFIX):
            raise BadInput(f"“{self.title}” is a project, not a source.", next_step="Name the folder of the pictures.")
        names: list[str] = []
        refused: list[Refused] = []
        for name, problem in _walk(self.root, self._limits):
            if problem is not None:
                refused.append(Refused(filenames.to_text(name), *problem))
            else:
                names.append(filenames.to_text(name))
                if len(names) % 5_000 == 0:
                    progress(0, 0, f"{len(names):,} files found")
        metadata_name = next((name for name in METADATA_NAMES if name in set(names)), None)
        names = sorted(name for name in names if name != metadata_name)
        if not names and not refused:
            raise BadInput(f"There are no files in “{self.title}”.", next_step="Name a folder that holds pictures.")
        notes: list[str] = []
        metadata = None
        if metadata_name is not None:
            metadata = read_metadata(self.root / metadata_name, metadata_name, self._limits, notes)
        return Candidates(
            item_ids=names,
            file_names=names,
            texts=[""] * len(names),
            positions=np.arange(len(names), dtype=np.int64),
            total=len(names),
            columns=joined(names, metadata, notes),
            refused=refused,
            notes=notes,
        )


def _walk(root: Path, limits: Limits) -> Iterator[tuple[str, tuple[Outcome, str] | None]]:
    """(relative path, problem or None) of everything below `root` that is not hidden."""
    waiting: list[tuple[str, int]] = [("", 0)]
    found = 0
    while waiting:
        folder, depth = waiting.pop()
        for entry in _entries(root, folder):
            name = f"{folder}/{entry.name}" if folder else entry.name
            problem = _problem(entry, depth, limits)
            if problem is None and entry.is_dir(follow_symlinks=False):
                if not entry.name.endswith(_PROJECT_SUFFIX):
                    waiting.append((name, depth + 1))
                continue
            found += 1
            if found > limits.folder_files:
                raise BadInput(
                    f"The folder holds more than {limits.folder_files:,} files.",
                    next_step="Import its parts one by one.",
                )
            yield name, problem


def _entries(root: Path, folder: str) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(root / folder) as entries:
            return sorted((entry for entry in entries if not entry.name.startswith(".")), key=lambda entry: entry.name)
    except OSError as error:
        if not folder:
            raise BadInput(f"The folder “{root.name}” cannot be read.", f"{error.strerror}.") from error
        return []


def _problem(entry: os.DirEntry[str], depth: int, limits: Limits) -> tuple[Outcome, str] | None:
    try:
        mode = entry.stat(follow_symlinks=False).st_mode
    except OSError:
        return Outcome.MISSING, "The file went away while the folder was read."
    if stat.S_ISLNK(mode):
        return Outcome.UNSUPPORTED, "It is a link; links are not followed."
    if stat.S_ISDIR(mode):
        if depth + 1 > limits.folder_depth:
            return Outcome.TOO_LARGE, f"The folder lies deeper than {limits.folder_depth} levels."
        return None
    if not stat.S_ISREG(mode):
        return Outcome.UNSUPPORTED, "It is a device or pipe, not a file."
    return None
