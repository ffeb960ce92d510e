"""Who may do what at the same time: one writer a project, and nobody at work while items are being forgotten.

All locks are the kernel's (`flock`), so they die with their process.
"""

from __future__ import annotations

import fcntl
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from core.errors import ProjectLocked
from core.storage import explained

TO_FORGET = "forget.json"  # while it is there, items are being forgotten, or a kill came between
_WORK = "work"


@contextmanager
def at_work(project: Path) -> Iterator[None]:
    """Import, compute or export: any number of processes at once, but none while items are being forgotten.

    Raises `ProjectLocked` when a forgetting was interrupted: what is half removed must not be read.
    """
    handle = _opened(project)
    try:
        fcntl.flock(handle, fcntl.LOCK_SH)
        if (project / TO_FORGET).exists():
            raise ProjectLocked(
                f"Items of “{project.name}” are still to be forgotten.",
                "It was interrupted.",
                "Open the project for editing once: that completes it.",
            )
        yield
    finally:
        os.close(handle)


@contextmanager
def alone(project: Path, wait: bool = False) -> Iterator[None]:
    """Keep everybody from work on a project. Raises `ProjectLocked` when somebody is, unless told to `wait`."""
    handle = _opened(project)
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError as error:
            raise ProjectLocked(
                f"“{project.name}” is being worked on.",
                "An import, an analysis or an export is running.",
                "Stop it or wait until it is done, then try again; nothing was changed.",
            ) from error
        yield
    finally:
        os.close(handle)


def is_held(path: Path) -> bool:
    """Whether some process holds a lock on this file."""
    try:
        handle = os.open(path, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(handle)
    return False


def _opened(project: Path) -> int:
    path = project / _WORK
    with explained(path, "opened"):
        try:
            return os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError:
            # A disk for reading only: the kernel locks what can be read as well.
            return os.open(path, os.O_RDONLY | os.O_CLOEXEC)


class WriterLock:
    """`flock` on `PROJECT/lock`. The kernel frees it when the process ends, however it ends."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / "lock"
        self._handle: int | None = None

    @property
    def held(self) -> bool:
        """Whether this object holds the lock."""
        return self._handle is not None

    @property
    def is_lost(self) -> bool:
        """Whether the file that this object holds is not in its place any more, so that others may hold another."""
        try:
            return self.held and not os.path.samestat(self._path.stat(), os.fstat(self._handle))
        except OSError:
            return True

    def acquire(self) -> None:
        """Take the lock. Raises `ProjectLocked`, naming the holder, when another process has it."""
        if self._handle is not None:
            return
        try:
            handle = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise ProjectLocked(
                f"“{self._path.parent.name}” cannot be edited here.",
                f"The disk answered: {error.strerror}.",
                "Make its folder writable, or go on here reading only.",
            ) from error
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(handle)
            raise ProjectLocked(
                f"“{self._path.parent.name}” is open for editing elsewhere.",
                f"It is held by {self.holder()}.",
                "Close it there, or go on here reading only.",
            ) from error
        self._handle = handle
        # The lock is the kernel's; on a full disk it holds without saying whose it is.
        with suppress(OSError):
            os.ftruncate(handle, 0)
            os.pwrite(handle, json.dumps({"pid": os.getpid(), "host": socket.gethostname()}).encode(), 0)

    def release(self) -> None:
        """Give the lock back; harmless when it is not held."""
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None

    def holder(self) -> str:
        """Who wrote the lock last, in words."""
        if not os.access(self._path if self._path.exists() else self._path.parent, os.W_OK):
            return "nobody: its folder cannot be written here"
        try:
            found = json.loads(self._path.read_bytes())
            return f"process {int(found['pid'])} on {found['host']!s}"
        except (OSError, ValueError, KeyError, TypeError):
            return "another process"
