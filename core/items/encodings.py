"""Which encoding a text file is in, decided by its bytes."""

from __future__ import annotations

import codecs
from pathlib import Path
from typing import BinaryIO

from core.errors import BadInput

_BLOCK = 1 << 20
_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig", "UTF-8"),
    (codecs.BOM_UTF32_LE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF32_BE, "utf-32", "UTF-32"),
    (codecs.BOM_UTF16_LE, "utf-16", "UTF-16"),
    (codecs.BOM_UTF16_BE, "utf-16", "UTF-16"),
)


def detect(file: BinaryIO) -> tuple[str, str, str]:
    """Encoding of an open binary file, which is left at its beginning.

    A byte order mark decides; else zero bytes tell UTF-16; else all of it must be UTF-8; else it is Windows-1252,
    unless most of its non-ASCII characters are UTF-8 and only a few bytes are damaged.

    Returns
    -------
    tuple
        Codec name, error handler (`strict` or `replace`), and the sentence for the report ('' for plain UTF-8).
    """
    head = file.read(4096)
    file.seek(0)
    for mark, codec, name in _MARKS:
        if head.startswith(mark):
            return codec, "replace", "" if name == "UTF-8" else f"Read as {name}."
    zeros = (head[0::2].count(0), head[1::2].count(0))
    if head and max(zeros) > len(head) // 8:
        codec = "utf-16-be" if zeros[0] > zeros[1] else "utf-16-le"
        return codec, "replace", "Read as UTF-16."
    good, bad = _utf8_characters(file)
    file.seek(0)
    if bad == 0:
        return "utf-8", "strict", ""
    if good > bad:
        return "utf-8", "replace", f"Read as UTF-8; {bad:,} damaged bytes are shown as “�”."
    return "cp1252", "replace", "Read as Windows-1252 (cp1252), because it is not UTF-8."


def _utf8_characters(file: BinaryIO) -> tuple[int, int]:
    """(non-ASCII characters that are valid UTF-8, bytes that are not)."""
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    good = bad = 0
    while block := file.read(_BLOCK):
        if block.isascii() and not decoder.getstate()[0]:
            continue
        text = decoder.decode(block)
        wide = sum(character > "\x7f" for character in text) if not text.isascii() else 0
        broken = sum("\udc80" <= character <= "\udcff" for character in text) if wide else 0
        good, bad = good + wide - broken, bad + broken
    return good, bad + len(decoder.decode(b"", final=True))


def opened(content: Path | bytes, name: str) -> BinaryIO:
    """A binary file over a path or over bytes. Raises `BadInput` when the path cannot be read."""
    import io

    if isinstance(content, bytes):
        return io.BytesIO(content)
    try:
        return content.open("rb")
    except OSError as error:
        raise BadInput(f"“{name}” cannot be read.", f"{error.strerror or error}.") from error
