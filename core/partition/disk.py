"""What has to be asked of the disk under a journal: whether there is room, what is really on it, whose disk it is."""

from __future__ import annotations

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from core.limits import DEFAULT
from core.storage import explained

_SHARED = {"9p", "afs", "ceph", "cifs", "fuse.glusterfs", "fuse.sshfs", "lustre", "nfs", "nfs4", "ocfs2", "smb3"}
_MOUNTS = Path("/proc/self/mountinfo")


def refuse_without_room(folder: Path, wanted: int = DEFAULT.journal_room_bytes) -> None:
    """Raise `StorageFailed` unless `wanted` bytes can be had in `folder` right now.

    The bytes are really allocated and synchronised: what is free in the whole filesystem says nothing of quotas.
    """
    with explained(folder / "journal.db"):
        handle, aside = tempfile.mkstemp(prefix=".room.", suffix=".aside", dir=folder)
        try:
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(handle, 0, wanted)
            else:  # macOS cannot promise room
                os.write(handle, bytes(wanted))
            os.fsync(handle)
        finally:
            os.close(handle)
            Path(aside).unlink()


def let_go_of_cached(*paths: Path) -> None:
    """Make the next reading of these files come from the disk. No SQLite connection of ours may have locks on them.

    After a failed fsync Linux marks the pages as written and keeps them, so that reading shows what the disk does not
    have and the next fsync succeeds (Rebello et al. 2020, "Can Applications Recover from fsync Failures?", USENIX ATC).
    """
    for path in paths if hasattr(os, "posix_fadvise") else ():
        with suppress(OSError):
            handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
            try:
                os.posix_fadvise(handle, 0, 0, os.POSIX_FADV_DONTNEED)
            finally:
                os.close(handle)


def is_shared(path: Path) -> bool:
    """Whether several machines may see this file: then the write-ahead log, which shares memory, cannot be used."""
    try:
        mounts = _MOUNTS.read_text(encoding="utf-8", errors="surrogateescape").splitlines()
    except OSError:
        return False
    place, kind, path = "", "", path.resolve()
    for mount in mounts:
        left, _, right = mount.partition(" - ")
        at = left.split()[4].replace("\\040", " ")
        if path.is_relative_to(at) and len(at) >= len(place):
            place, kind = at, right.split()[0]
    return kind in _SHARED
