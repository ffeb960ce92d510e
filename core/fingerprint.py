"""One canonical content hash: the name of an artifact is the truth about everything that made it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import fields, is_dataclass
from enum import Enum
from pathlib import PurePath
from typing import Any

import numpy as np

DIGEST_BYTES = 16


def fingerprint(*parts: Any) -> str:
    """Hash any mix of plain values, arrays, mappings, sequences and dataclasses.

    Types, lengths, dtypes and shapes are part of the hash, so ``("ab", "c")`` differs from ``("a", "bc")`` and ``1``
    from ``1.0`` and ``True``. Mappings and sets do not depend on their order.

    Returns
    -------
    str
        32 hexadecimal digits (BLAKE2b, 128 bits).

    Raises
    ------
    TypeError
        For a value that has no canonical form (a function, an open file …).
    """
    digest = hashlib.blake2b(digest_size=DIGEST_BYTES)
    for part in parts:
        _feed(digest, part)
    return digest.hexdigest()


def digest_bytes(content: bytes) -> str:
    """Hash of raw content, 32 hexadecimal digits: the identity of a picture's or text's bytes."""
    return hashlib.blake2b(content, digest_size=DIGEST_BYTES).hexdigest()


# Order matters: an Enum member may be an int, and True is one.
_SCALARS: tuple[tuple[Any, bytes, Callable[[Any], bytes]], ...] = (
    (type(None), b"none", lambda value: b""),
    ((bool, np.bool_), b"bool", lambda value: b"1" if value else b"0"),
    ((int, np.integer), b"int", lambda value: str(int(value)).encode()),
    ((float, np.floating), b"float", lambda value: float(value).hex().encode()),
    (str, b"str", lambda value: value.encode("utf-8", "surrogatepass")),
    ((bytes, bytearray, memoryview), b"bytes", bytes),
    (PurePath, b"path", os.fsencode),
)


def _feed(digest: Any, value: Any) -> None:
    if isinstance(value, Enum):
        _tagged(digest, b"enum", type(value).__name__.encode())
        _feed(digest, value.value)
        return
    for kinds, tag, encoded in _SCALARS:
        if isinstance(value, kinds):
            _tagged(digest, tag, encoded(value))
            return
    _feed_compound(digest, value)


def _feed_compound(digest: Any, value: Any) -> None:
    if isinstance(value, np.ndarray):
        _feed_array(digest, value)
    elif is_dataclass(value) and not isinstance(value, type):
        _tagged(digest, b"dataclass", type(value).__name__.encode())
        _feed(digest, {field.name: getattr(value, field.name) for field in fields(value)})
    elif isinstance(value, Mapping):
        _feed_unordered(digest, b"map", (fingerprint(key, item) for key, item in value.items()))
    elif isinstance(value, Set):
        _feed_unordered(digest, b"set", (fingerprint(item) for item in value))
    elif isinstance(value, Sequence):
        _tagged(digest, b"seq", str(len(value)).encode())
        for item in value:
            _feed(digest, item)
    else:
        raise TypeError(f"no canonical form for {type(value).__name__}")


def _feed_array(digest: Any, array: np.ndarray) -> None:
    if array.dtype.hasobject:
        raise TypeError("an array of Python objects has no canonical form; pass a list")
    _tagged(digest, b"array", f"{np.lib.format.dtype_to_descr(array.dtype)}{array.shape}".encode())
    if array.nbytes:
        # As plain bytes, because dates and records offer no buffer that a hash takes.
        digest.update(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)


def _feed_unordered(digest: Any, tag: bytes, hashes: Any) -> None:
    ordered = sorted(hashes)
    _tagged(digest, tag, str(len(ordered)).encode())
    for item in ordered:
        digest.update(item.encode())


def _tagged(digest: Any, tag: bytes, content: bytes) -> None:
    digest.update(tag + b":" + str(len(content)).encode() + b":" + content)
