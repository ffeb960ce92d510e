"""What the process that reads tables is asked to do with bytes that somebody changed."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

from core.errors import BadInput
from core.items.table_formats import parse
from core.items.vector_formats import vectors_of
from core.limits import DEFAULT


class Changed(NamedTuple):
    """A file: its name, its bytes, and a folder for it, because vectors are read from files."""

    name: str
    data: bytes
    folder: str


def read(changed: Changed) -> tuple[Mapping[str, Any], bytes]:
    """Whether it was read, or the sentence that refused it."""
    try:
        if changed.name.endswith((".npy", ".npz")):
            path = Path(changed.folder, changed.name)
            path.write_bytes(changed.data)
            vectors_of(path, DEFAULT)
        else:
            parse(changed.data, changed.name, DEFAULT)
    except BadInput as error:
        return {"sentence": str(error)}, b""
    return {"sentence": ""}, b""
