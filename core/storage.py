"""Files that are either whole or absent, and the store of immutable artifacts.

A file is written aside, synced, renamed and its folder synced, so that a kill or a power cut at any moment leaves the
old file or the new one. An artifact is a folder `STAGE/KEY/` of `.npy` arrays and a `meta.json`; its key is the
fingerprint of everything that made it, so an artifact that exists is right and is never computed again.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import NotFound, StorageFailed

_META = "meta.json"
_ABANDONED = 24 * 3600  # seconds
_WORD = re.compile(r"^[a-z0-9][a-z0-9_-]{0,63}$")


@contextmanager
def explained(path: Path, done: str = "written") -> Iterator[None]:
    """Say in a sentence what the disk refused while `path` was written (or what was `done`). Raises `StorageFailed`."""
    try:
        yield
    except OSError as error:
        raise StorageFailed(
            f"“{path.name}” could not be {done}.",
            f"The disk answered: {error.strerror or error}.",
            "Free some space or check the disk, then try again; nothing that was stored before is lost.",
        ) from error


def sync_folder(folder: Path) -> None:
    """Make renames inside `folder` durable (a no-op where folders cannot be opened)."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_bytes(path: Path, data: bytes) -> None:
    """Replace `path` by `data`, durably and all at once. Raises `StorageFailed`."""
    with explained(path):
        handle, aside = tempfile.mkstemp(prefix=f".{path.name[:40]}.", suffix=".aside", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
            Path(aside).replace(path)
        except BaseException:
            Path(aside).unlink(missing_ok=True)
            raise
        sync_folder(path.parent)


def remove(path: Path) -> None:
    """Delete a file, a link or a whole folder, durably; what is not there is fine. Raises `StorageFailed`."""
    with explained(path, "deleted"):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
        sync_folder(path.parent)


def write_json(path: Path, value: Any) -> None:
    """Like `write_bytes`, for a value of plain types. NaN and infinity are refused: JSON has none."""
    text = json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False)
    write_bytes(path, text.encode("utf-8", "surrogatepass"))


def read_json(path: Path) -> Any:
    """The value in `path`. Raises `NotFound` (missing, or not JSON), `StorageFailed` (unreadable)."""
    try:
        return json.loads(path.read_bytes())
    except FileNotFoundError as error:
        raise NotFound(f"“{path.name}” is not in “{path.parent.name}”.") from error
    except (ValueError, RecursionError) as error:
        raise NotFound(f"“{path.name}” in “{path.parent.name}” is damaged.", "It is not valid JSON.") from error
    except OSError as error:
        why = f"The disk answered: {error.strerror or error}."
        raise StorageFailed(f"“{path.name}” could not be read.", why) from error


@dataclass(frozen=True)
class Artifact:
    """The stored result of one stage.

    Attributes
    ----------
    stage, key
        Which stage made it, and the fingerprint of all that made it.
    path
        Its folder.
    meta
        Parameters, versions, seconds; plain JSON types.
    """

    stage: str
    key: str
    path: Path
    meta: Mapping[str, Any]

    def array(self, name: str) -> np.ndarray:
        """The array `name`, memory-mapped and read-only. Raises `NotFound`."""
        try:
            return np.load(self.path / f"{name}.npy", mmap_mode="r", allow_pickle=False)
        except (FileNotFoundError, ValueError) as error:
            raise NotFound(f"The stored {self.stage} has no usable “{name}”.") from error

    def names(self) -> list[str]:
        """Names of the arrays."""
        return sorted(file.stem for file in self.path.glob("*.npy"))


class ArtifactStore:
    """All artifacts of a project, by stage and key."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def has(self, stage: str, key: str) -> bool:
        """Whether the artifact is stored, whole."""
        return (self._folder(stage, key) / _META).is_file()

    def load(self, stage: str, key: str) -> Artifact:
        """The stored artifact. Raises `NotFound`."""
        folder = self._folder(stage, key)
        return Artifact(stage, key, folder, read_json(folder / _META))

    def keys(self, stage: str) -> list[str]:
        """Keys of the stored artifacts of a stage, newest first."""
        found = [meta.parent for meta in (self.root / stage).glob(f"*/{_META}") if _WORD.match(meta.parent.name)]
        return [folder.name for folder in sorted(found, key=lambda folder: folder.stat().st_mtime_ns, reverse=True)]

    def stages(self) -> list[str]:
        """Names of the stages that have a folder."""
        return sorted(folder.name for folder in self.root.glob("*") if _WORD.match(folder.name))

    def drop(self, stage: str, key: str | None = None) -> None:
        """Delete one artifact, or a whole stage with all that was left half made. Raises `StorageFailed`."""
        if key is not None:
            # Without its meta an artifact is none, however far the rest of the deletion comes.
            remove(self._folder(stage, key) / _META)
        remove(self.root / stage if key is None else self._folder(stage, key))

    def drop_unfinished(self, stage: str) -> None:
        """Delete finished shards of artifacts in the making, and what killed processes left. Raises `StorageFailed`."""
        for folder in (self.root / stage).glob("*"):
            if folder.name.startswith(".") or not (folder / _META).is_file():
                remove(folder)

    def put(self, stage: str, key: str, arrays: Mapping[str, np.ndarray], meta: Mapping[str, Any]) -> Artifact:
        """Store a result. One that is there already stays as it is. Raises `StorageFailed`."""
        folder = self._folder(stage, key)
        if not self.has(stage, key):
            with explained(folder):
                folder.parent.mkdir(parents=True, exist_ok=True)
                _sweep(folder.parent)
                aside = Path(tempfile.mkdtemp(prefix=f".{key[:16]}.", suffix=".aside", dir=folder.parent))
                try:
                    self._fill(aside, arrays, meta)
                    aside.replace(folder)
                except BaseException as error:
                    shutil.rmtree(aside, ignore_errors=True)
                    # Another process may have stored the same artifact meanwhile; then this one is not needed.
                    if not (isinstance(error, OSError) and self.has(stage, key)):
                        raise
                sync_folder(folder.parent)
        shutil.rmtree(self._scratch(stage, key), ignore_errors=True)
        return self.load(stage, key)

    def scratch(self, stage: str, key: str) -> Path:
        """A folder for the finished shards of an artifact in the making; it survives a kill and goes with `put`."""
        folder = self._scratch(stage, key)
        with explained(folder):
            folder.mkdir(parents=True, exist_ok=True)
        return folder

    @staticmethod
    def _fill(folder: Path, arrays: Mapping[str, np.ndarray], meta: Mapping[str, Any]) -> None:
        for name, array in arrays.items():
            with (folder / f"{name}.npy").open("wb") as file:
                np.save(file, np.asarray(array, order="C"), allow_pickle=False)
                file.flush()
                os.fsync(file.fileno())
        write_json(folder / _META, dict(meta))

    def _folder(self, stage: str, key: str) -> Path:
        if not (_WORD.match(stage) and _WORD.match(key)):
            raise NotFound("There is no such artifact.", "A stage and a key are short lower-case words.")
        return self.root / stage / key

    def _scratch(self, stage: str, key: str) -> Path:
        folder = self._folder(stage, key)
        return folder.with_name(f".{folder.name}.shards")


def _sweep(stage: Path) -> None:
    """Remove what killed processes left aside long ago; nothing that is being written is that old."""
    for left in stage.glob(".*.aside"):
        with suppress(OSError):
            if time.time() - left.stat().st_mtime > _ABANDONED:
                shutil.rmtree(left, ignore_errors=True)
