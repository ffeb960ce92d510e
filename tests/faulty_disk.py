"""A disk that a test can make fail at any operation, record, and cut the power of.

What Python and SQLite write below one folder passes here: Python's functions are replaced, and a VFS of our own stands
in front of SQLite's (sqlite.org/vfs.html), which the `sqlite3` module lets nobody register, but the library does.
"""

from __future__ import annotations

import builtins
import ctypes
import errno
import io
import os
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

OK, IOERR_WRITE, IOERR_FSYNC, IOERR_TRUNCATE, IOERR_DELETE, FULL, CANTOPEN = 0, 778, 1034, 1546, 2570, 13, 14
_CODES = {"write": IOERR_WRITE, "sync": IOERR_FSYNC, "truncate": IOERR_TRUNCATE, "delete": IOERR_DELETE}
_CREATE = 0x4

pointer, integer, long = ctypes.c_void_p, ctypes.c_int, ctypes.c_int64
OPEN = ctypes.CFUNCTYPE(integer, pointer, pointer, pointer, integer, pointer)
DELETE = ctypes.CFUNCTYPE(integer, pointer, ctypes.c_char_p, integer)
WRITE = ctypes.CFUNCTYPE(integer, pointer, pointer, integer, long)
TRUNCATE = ctypes.CFUNCTYPE(integer, pointer, long)
SYNC = ctypes.CFUNCTYPE(integer, pointer, integer)


class _Vfs(ctypes.Structure):
    _fields_ = (
        *(("iVersion", integer), ("szOsFile", integer), ("mxPathname", integer), ("pNext", pointer)),
        *(("zName", ctypes.c_char_p), ("pAppData", pointer), ("xOpen", pointer), ("xDelete", pointer)),
        *((f"more{number}", pointer) for number in range(14)),
    )


class _Methods(ctypes.Structure):
    _fields_ = (
        *(("iVersion", integer), ("xClose", pointer), ("xRead", pointer), ("xWrite", pointer)),
        *(("xTruncate", pointer), ("xSync", pointer)),
        *((f"more{number}", pointer) for number in range(13)),
    )


@dataclass(frozen=True)
class Operation:
    """One thing that was asked of the disk.

    Attributes
    ----------
    kind
        create, write, truncate, sync, rename, delete, mkdir; `failed` = a sync that failed; `told` = not the disk but
        the program, which told its user something.
    path
        Of the file or folder.
    offset, data
        Of a write; the size of a truncation; where to, of a renaming; what was told.
    """

    kind: str
    path: str
    offset: int = 0
    data: Any = b""


class Disk:
    """All below `root`, while `watching`.

    Attributes
    ----------
    operations
        What was done, in order, when `recording`.
    rule
        Asked before each operation: (kind, path) → 0 to let it pass, else the errno that it fails with. It may end the
        process.
    """

    def __init__(self, root: Path, recording: bool = False) -> None:
        self.root = str(root.resolve())
        self.recording = recording
        self.operations: list[Operation] = []
        self.rule: Callable[[str, str], int] = lambda kind, path: 0

    def told(self, what: Any) -> None:
        """Note that the program has just told its user something."""
        self.operations.append(Operation("told", "", data=what))

    def asked(self, kind: str, path: str, offset: int = 0, data: Any = b"") -> int:
        """The errno that the operation fails with, 0 = none."""
        if not path.startswith(self.root):
            return 0
        number = self.rule(kind, path)
        if self.recording and not (number and kind != "sync"):
            self.operations.append(Operation("failed" if number else kind, path, offset, data))
        return number

    def refuse(self, kind: str, path: str, offset: int = 0, data: Any = b"") -> None:
        """Like `asked`; raises OSError."""
        if number := self.asked(kind, path, offset, data):
            raise OSError(number, os.strerror(number), path)

    def evict(self, path: str) -> None:
        """The program lets go of what is cached of a file. For a disk that shows then what it really holds."""

    @contextmanager
    def watching(self) -> Iterator[Disk]:
        """Put this disk under everything that opens a file from now on."""
        global _active
        _register()
        assert _active is None
        _active = self
        try:
            with _python(self):
                yield self
        finally:
            _active = None


@dataclass
class Kth:
    """A rule: the k-th operation of some kinds fails, counted from 1; with `forever` all later ones too."""

    kinds: tuple[str, ...]
    k: int
    number: int = errno.EIO
    forever: bool = False
    seen: int = 0

    def __call__(self, kind: str, path: str) -> int:
        if kind not in self.kinds:
            return 0
        self.seen += 1
        return self.number if self.seen == self.k or (self.forever and self.seen > self.k) else 0


FAULTS = {
    "write": lambda k: Kth(("write", "truncate", "create", "mkdir"), k),
    "fsync": lambda k: Kth(("sync",), k),
    "rename": lambda k: Kth(("rename", "delete"), k),
    "ENOSPC": lambda k: Kth(("write", "create", "mkdir"), k, errno.ENOSPC, forever=True),
}


def why_not() -> str:
    """Why SQLite cannot be watched here; empty when it can."""
    try:
        _library()
    except (OSError, AttributeError) as error:
        return f"SQLite's own functions cannot be called: {error}"
    return ""


_active: Disk | None = None
_kept: list[Any] = []  # what SQLite points to must not be collected
_paths: dict[int, str] = {}
_methods: dict[int, tuple[Any, Any, Any, _Methods]] = {}  # by the address of the methods that they stand for


def _library() -> ctypes.CDLL:
    """The very library that the `sqlite3` module uses."""
    import _sqlite3

    assert sqlite3.sqlite_version
    maps = Path("/proc/self/maps").read_text().split()
    name = next((part for part in maps if "/libsqlite3" in part), _sqlite3.__file__)
    library = ctypes.CDLL(name)
    library.sqlite3_vfs_find.restype = pointer
    library.sqlite3_vfs_find.argtypes = [ctypes.c_char_p]
    library.sqlite3_vfs_register.argtypes = [pointer, integer]
    return library


def _register() -> None:
    if _kept:
        return
    library = _library()
    real = _Vfs.from_address(library.sqlite3_vfs_find(None))
    ours = _Vfs.from_buffer_copy(real)
    open_, delete = OPEN(real.xOpen), DELETE(real.xDelete)

    def x_open(vfs: int, name: int, file: int, flags: int, out: int) -> int:
        path = os.fsdecode(ctypes.string_at(name)) if name else ""
        watched = _active is not None and path.startswith(_active.root)
        if watched and flags & _CREATE and not Path(path).exists() and (number := _active.asked("create", path)):
            return FULL if number == errno.ENOSPC else CANTOPEN
        code = open_(vfs, name, file, flags, out)
        if code == OK and watched:
            _paths[file] = path
            methods = ctypes.cast(file, ctypes.POINTER(pointer))
            methods[0] = ctypes.addressof(_traced(methods[0]))
        return code

    def x_delete(vfs: int, name: bytes, sync_folder: int) -> int:
        path = os.fsdecode(name)
        if _active is not None and Path(path).exists():
            if _active.asked("delete", path):
                return IOERR_DELETE
            if sync_folder and _active.asked("sync", str(Path(path).parent)):
                delete(vfs, name, 0)
                return IOERR_FSYNC
        return delete(vfs, name, sync_folder)

    ours.zName = b"faulty"
    _kept.extend([ours, OPEN(x_open), DELETE(x_delete), open_, delete])
    ours.xOpen, ours.xDelete = (ctypes.cast(each, pointer).value for each in _kept[1:3])
    assert library.sqlite3_vfs_register(ctypes.addressof(ours), 1) == OK


def _traced(address: int) -> _Methods:
    """Methods that ask before they do what those at `address` do."""
    if address not in _methods:
        real = _Methods.from_address(address)
        write, truncate, sync = WRITE(real.xWrite), TRUNCATE(real.xTruncate), SYNC(real.xSync)

        def refused(kind: str, file: int, *more: Any) -> int:
            number = _active.asked(kind, _paths[file], *more) if _active is not None else 0
            return (FULL if number == errno.ENOSPC else _CODES[kind]) if number else OK

        def x_write(file: int, data: int, amount: int, offset: int) -> int:
            return refused("write", file, offset, ctypes.string_at(data, amount)) or write(file, data, amount, offset)

        def x_truncate(file: int, size: int) -> int:
            return refused("truncate", file, size) or truncate(file, size)

        def x_sync(file: int, flags: int) -> int:
            return refused("sync", file) or sync(file, flags)

        ours = _Methods.from_buffer_copy(real)
        functions = WRITE(x_write), TRUNCATE(x_truncate), SYNC(x_sync)
        ours.xWrite, ours.xTruncate, ours.xSync = (ctypes.cast(each, pointer).value for each in functions)
        _methods[address] = (functions, (write, truncate, sync), real, ours)
    return _methods[address][3]


class _File:
    """A file that was opened for writing: asks before each write."""

    def __init__(self, file: Any, path: str, disk: Disk) -> None:
        self._file, self._path, self._disk = file, path, disk

    def write(self, data: Any) -> int:
        raw = data.encode() if isinstance(data, str) else bytes(data)
        self._disk.refuse("write", self._path, self._file.tell(), raw)
        return self._file.write(data)

    def truncate(self, size: int | None = None) -> int:
        self._disk.refuse("truncate", self._path, self._file.tell() if size is None else size)
        return self._file.truncate(size)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._file, name)

    def __enter__(self) -> _File:
        return self

    def __exit__(self, *error: Any) -> None:
        self._file.close()


_KINDS = {
    **{"fsync": "sync", "replace": "rename", "rename": "rename", "unlink": "delete", "remove": "delete"},
    **{"mkdir": "mkdir", "rmdir": "delete", "link": "link"},
    **{"pwrite": "write", "ftruncate": "truncate", "posix_fallocate": "write"},
}


def _path(of: Any) -> str:
    """Of a file's name or number."""
    if isinstance(of, int):
        return str(Path(f"/proc/self/fd/{of}").readlink())
    path = Path(os.fsdecode(of)).absolute()
    return str(path.parent.resolve() / path.name)


def _asking(name: str, disk: Disk) -> Callable[..., Any]:
    """A function of `os` that asks first; what would fail anyway, and what names a folder by number, passes."""
    real, kind = getattr(os, name), _KINDS[name]

    def call(path: Any, *more: Any, **options: Any) -> Any:
        there = isinstance(path, int) or os.path.lexists(path) != (kind == "mkdir")
        if there and options.get("dir_fd") is None:
            offset, data = 0, b""
            if kind in ("rename", "link"):
                data = _path(more[0])
            elif name == "pwrite":
                data, offset = bytes(more[0]), more[1]
            elif name == "ftruncate":
                offset = more[0]
            disk.refuse(kind, _path(path), offset, data)
        return real(path, *more, **options)

    return call


@contextmanager
def _python(disk: Disk) -> Iterator[None]:
    """Python's own ways to a disk."""
    real_open, real_handle, real_advise = io.open, os.open, os.posix_fadvise

    def open_file(file: Any, mode: str = "r", *more: Any, **options: Any) -> Any:
        path = _path(file)
        if not path.startswith(disk.root) or not set(mode) & set("wax+"):
            return real_open(file, mode, *more, **options)
        if not isinstance(file, int) and not Path(path).exists():
            disk.refuse("create", path)
        elif "w" in mode:
            disk.refuse("truncate", path, 0)
        return _File(real_open(file, mode, *more, **options), path, disk)

    def open_handle(path: Any, flags: int, *more: Any, **options: Any) -> int:
        if flags & os.O_CREAT and options.get("dir_fd") is None and not Path(path).exists():
            disk.refuse("create", _path(path))
        return real_handle(path, flags, *more, **options)

    def advise(handle: int, *more: int) -> None:
        disk.evict(_path(handle))
        return real_advise(handle, *more)

    ours = {name: _asking(name, disk) for name in _KINDS} | {"open": open_handle, "posix_fadvise": advise}
    opened = mock.patch.object(io, "open", open_file), mock.patch.object(builtins, "open", open_file)
    with mock.patch.multiple(os, **ours), opened[0], opened[1]:
        yield
