"""What a process that decodes a stranger's bytes may use; beyond that the kernel refuses, or ends it."""

from __future__ import annotations

from dataclasses import dataclass

from core.limits import DEFAULT, MIB, Limits

_WAITING = 6  # seconds by the clock for each of computing: the machine may be busy, the disk slow
_MEMORY_OF_FILE = 8  # an honest table of JSON lines takes about five times its file while it is read


@dataclass(frozen=True)
class Caps:
    """For one task.

    Attributes
    ----------
    seconds, wait_seconds
        Of computing, and by the clock.
    memory_bytes
        Above what the process starts with.
    file_bytes
        The largest file that it may write.
    reads
        "pictures" or "tables": the libraries for it are imported before memory is capped and time runs.
    """

    seconds: int
    wait_seconds: int
    memory_bytes: int
    file_bytes: int
    reads: str

    @classmethod
    def of_picture(cls, limits: Limits = DEFAULT) -> Caps:
        """For one picture."""
        seconds, wait_seconds = limits.decode_seconds, limits.decode_wait_seconds
        return cls(seconds, wait_seconds, limits.decode_bytes, limits.picture_bytes, "pictures")

    @classmethod
    def of_table(cls, size: int, limits: Limits = DEFAULT) -> Caps:
        """For a file of `size` bytes with a table or vectors. What swells more than honest files do is refused."""
        seconds = limits.table_read_seconds + size // MIB
        memory = limits.table_read_bytes + _MEMORY_OF_FILE * size
        return cls(seconds, _WAITING * seconds, memory, memory, "tables")
