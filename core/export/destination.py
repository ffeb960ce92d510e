"""Exports that are either whole or absent: written aside in the same folder, synced, renamed."""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from core.errors import BadInput
from core.storage import explained, sync_folder


@contextmanager
def whole_file(path: Path) -> Iterator[BinaryIO]:
    """A file to write that replaces `path` when the block ends well, and vanishes when it does not.

    Raises
    ------
    BadInput
        `path` is a folder.
    StorageFailed
        The disk refused; what was at `path` before is still there.
    """
    if path.is_dir():
        raise BadInput(f"“{path.name}” is a folder.", next_step="Give the name of a file to write.")
    with explained(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        _sweep(path)
        aside = _aside(path)
        handle = os.open(aside, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o666)
        try:
            # The lock tells a later export that this file is being written and no leftover of a killed process.
            fcntl.flock(handle, fcntl.LOCK_EX)
            with os.fdopen(handle, "w+b") as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            aside.replace(path)
        except BaseException:
            aside.unlink(missing_ok=True)
            raise
        sync_folder(path.parent)


@contextmanager
def whole_folder(path: Path) -> Iterator[Path]:
    """A folder to fill that becomes `path` when the block ends well, and vanishes when it does not.

    Raises
    ------
    BadInput
        Something is at `path` already; an empty folder is not in the way.
    StorageFailed
        The disk refused; nothing is at `path`.
    """
    if path.exists() and (not path.is_dir() or any(path.iterdir())):
        raise BadInput(
            f"“{path.name}” exists already.",
            "An export never mixes its files with others.",
            "Give the name of a new folder, or empty this one.",
        )
    with explained(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        _sweep(path)
        aside = _aside(path)
        aside.mkdir()
        handle = os.open(aside, os.O_RDONLY | os.O_CLOEXEC)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield aside
            # One sync of everything instead of one for each of many thousand pictures.
            os.sync()
            aside.replace(path)
        except BaseException:
            shutil.rmtree(aside, ignore_errors=True)
            raise
        finally:
            os.close(handle)
        sync_folder(path.parent)


def _aside(path: Path) -> Path:
    return path.with_name(f".{path.name[:40]}.{os.urandom(4).hex()}.aside")


def _sweep(path: Path) -> None:
    """Remove what killed exports to the same place left behind; one that is being written is locked."""
    start = f".{path.name[:40]}."
    for left in path.parent.iterdir():
        middle = left.name.removeprefix(start).removesuffix(".aside")
        if left.name == f"{start}{middle}.aside" and len(middle) == 8:
            with suppress(OSError):
                _remove_unlocked(left)


def _remove_unlocked(left: Path) -> None:
    handle = os.open(left, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(left) if left.is_dir() else left.unlink()
    finally:
        os.close(handle)
