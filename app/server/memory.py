"""Memory that is free goes back to the system, not into a heap that never shrinks."""

from __future__ import annotations

import ctypes
from contextlib import suppress

_MMAP_THRESHOLD = -3  # M_MMAP_THRESHOLD of mallopt(3)
_LONG = 1 << 20  # bytes; a column of a million items


def give_back_long_arrays() -> bool:
    """Have every block of a mebibyte or more mapped by itself, so that freeing it gives it back; whether that is so.

    glibc begins like that, but takes the threshold up to 32 MiB whenever such a block is freed: from then on arrays lie
    between small objects that stay, and a server keeps several times what it uses. Other C libraries have no such call.
    """
    with suppress(OSError, AttributeError):
        return ctypes.CDLL(None).mallopt(_MMAP_THRESHOLD, _LONG) == 1
    return False
