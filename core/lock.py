"""One writer a project: an advisory lock that dies with its process, and says who holds it."""

from __future__ import annotations

import fcntl
import json
import os
import socket
from pathlib import Path

from core.errors import ProjectLocked


class WriterLock:
    """`flock` on `PROJECT/lock`. The kernel frees it when the process ends, however it ends."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "lock"
        self._handle: int | None = None

    @property
    def held(self) -> bool:
        """Whether this object holds the lock."""
        return self._handle is not None

    def acquire(self) -> None:
        """Take the lock. Raises `ProjectLocked`, naming the holder, when another process has it."""
        if self._handle is not None:
            return
        handle = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(handle)
            raise ProjectLocked(
                f"“{self._path.parent.name}” is open for editing elsewhere.",
                f"It is held by {self.holder()}.",
                "Close it there, or go on here reading only.",
            ) from error
        os.ftruncate(handle, 0)
        os.pwrite(handle, json.dumps({"pid": os.getpid(), "host": socket.gethostname()}).encode(), 0)
        self._handle = handle

    def release(self) -> None:
        """Give the lock back; harmless when it is not held."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None

    def holder(self) -> str:
        """Who wrote the lock last, in words."""
        try:
            found = json.loads(self._path.read_bytes())
            return f"process {int(found['pid'])} on {found['host']!s}"
        except (OSError, ValueError, KeyError, TypeError):
            return "another process"
