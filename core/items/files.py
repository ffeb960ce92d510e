"""Reading the pictures of a source: from a folder without ever leaving it, or from the members of an archive."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from core.items import filenames
from core.items.pictures import HEADER_BYTES, check_format, too_many_bytes
from core.items.report import Outcome, Unreadable
from core.limits import DEFAULT, Limits


class Files(Protocol):
    """Gives the bytes of a picture by its file name; can be sent to another process."""

    def read(self, file_name: str, limits: Limits = DEFAULT) -> bytes:
        """The content, at most `limits.picture_bytes`. Raises `Unreadable`."""


@dataclass(frozen=True)
class FolderFiles:
    """Files below one folder; links are not followed and nothing outside the folder is read."""

    root: Path

    def read(self, file_name: str, limits: Limits = DEFAULT) -> bytes:
        """The content of a regular file that begins like a picture. Raises `Unreadable`."""
        name = filenames.from_text(file_name)
        if name.startswith("/") or ".." in name.split("/") or "\0" in name:
            raise Unreadable(Outcome.UNSUPPORTED, "The path leads out of the source.")
        try:
            return self._read(self.root / name, limits)
        except OSError as error:
            raise _explained(error) from None

    def _read(self, path: Path, limits: Limits) -> bytes:
        if not Path(os.path.realpath(path.parent)).is_relative_to(os.path.realpath(self.root)):
            raise Unreadable(Outcome.UNSUPPORTED, "The path leads out of the folder through a link.")
        flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        handle = os.open(path, flags)
        with os.fdopen(handle, "rb") as file:
            status = os.fstat(handle)
            if not stat.S_ISREG(status.st_mode):
                raise Unreadable(Outcome.UNSUPPORTED, "It is not a regular file.")
            head = file.read(HEADER_BYTES)
            check_format(head)
            if status.st_size > limits.picture_bytes:
                raise Unreadable(Outcome.TOO_LARGE, too_many_bytes(status.st_size, limits))
            return head + file.read(limits.picture_bytes)


def check_written_path(name: str) -> None:
    """Refuse what somebody wrote in a table as a path and what is not a plain relative path. Raises `Unreadable`."""
    if "\0" in name:
        raise Unreadable(Outcome.UNSUPPORTED, "The path holds a zero character.")
    if "://" in name or name.lower().startswith(("data:", "file:", "javascript:")):
        raise Unreadable(Outcome.UNSUPPORTED, "It is a web address; only files beside the table are read.")
    drive = len(name) > 1 and name[1] == ":" and name[0].isalpha()
    if name.startswith(("/", "\\", "~")) or drive:
        raise Unreadable(Outcome.UNSUPPORTED, "It is an absolute path; paths are read relative to the table.")
    if ".." in name.replace("\\", "/").split("/"):
        raise Unreadable(Outcome.UNSUPPORTED, "The path leads out of the table's folder.")


def _explained(error: OSError) -> Unreadable:
    import errno

    if error.errno in (errno.ENOENT, errno.ENOTDIR, errno.ENAMETOOLONG):
        return Unreadable(Outcome.MISSING, "There is no such file.")
    if error.errno in (errno.ELOOP, errno.EMLINK):
        return Unreadable(Outcome.UNSUPPORTED, "It is a link; links are not followed.")
    if error.errno in (errno.EACCES, errno.EPERM):
        return Unreadable(Outcome.MISSING, "The file may not be read by this user.")
    return Unreadable(Outcome.BROKEN, "The disk could not read the file.")
