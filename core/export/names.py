"""File names inside an export: safe on every file system, and no two the same on any of them."""

from __future__ import annotations

import unicodedata
from pathlib import PurePosixPath

from core import safe
from core.items.pictures import HEADER_BYTES, SUFFIXES, format_of

_LIMIT = 80  # bytes, so that a label and a name together fit any file system
_SUFFIX_OF = {"JPEG": ".jpg", "TIFF": ".tif"}


class Names:
    """The names used in one folder."""

    def __init__(self, *reserved: str) -> None:
        self._used = {_folded(name) for name in reserved}
        self._latest: dict[str, int] = {}

    def free(self, stem: str, suffix: str = "", fallback: str = "unnamed") -> str:
        """A name near `stem` that nothing here has, not even in another case: `cat.png`, then `cat (2).png`."""
        start = safe.file_name(stem, fallback, _LIMIT - len(suffix))
        wanted = start + suffix
        number = self._latest.get(_folded(wanted), 1)
        found = wanted
        while _folded(found) in self._used:
            number += 1
            mark = f" ({number})"
            found = safe.file_name(start, fallback, _LIMIT - len(suffix) - len(mark)) + mark + suffix
        self._latest[_folded(wanted)] = number
        self._used.add(_folded(found))
        return found


def picture_name(file_name: str, item_id: str, data: bytes) -> tuple[str, str]:
    """Stem and suffix for a picture: its own name; the suffix that its content has when the name has none."""
    name = PurePosixPath(file_name.replace("\\", "/")).name or item_id
    known = next((suffix for suffix in SUFFIXES if name.lower().endswith(suffix)), "")
    if known:
        return name[: -len(known)], name[-len(known) :]
    announced = format_of(data[:HEADER_BYTES])
    return name, _SUFFIX_OF.get(announced, f".{announced.lower()}") if announced else ""


def _folded(name: str) -> str:
    return unicodedata.normalize("NFD", unicodedata.normalize("NFC", name).casefold())
