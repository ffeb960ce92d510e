"""File names as text: bytes that are not UTF-8 become `%XX`, reversibly, so every name is storable and found again."""

from __future__ import annotations

import re

_AMBIGUOUS = re.compile(r"%(?=25|[89A-F][0-9A-F])")
_UNDECODABLE = re.compile("[\udc80-\udcff]")
_ESCAPED = re.compile(r"%(25|[89A-F][0-9A-F])")
_SURROGATE = re.compile("[\ud800-\udfff]")


def to_text(name: str) -> str:
    """The name (as the operating system gives it, with surrogate escapes) as valid Unicode text.

    Ordinary names stay as they are, `100% sure.png` too; only a `%` that could be read as an escape becomes `%25`.
    """
    escaped = _AMBIGUOUS.sub("%25", name)
    if escaped.isascii():
        return escaped
    return _UNDECODABLE.sub(lambda match: f"%{ord(match.group()) - 0xDC00:02X}", escaped)


def from_text(text: str) -> str:
    """The name that `to_text` was given, ready for `open`."""
    return _ESCAPED.sub(_unescape, text)


def _unescape(match: re.Match[str]) -> str:
    code = int(match.group(1), 16)
    return "%" if code == 0x25 else chr(0xDC00 + code)


def valid(text: str) -> str:
    """Text with lone surrogates replaced by `�`: what JSON can hold and UTF-8 cannot."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", text)
    return text
