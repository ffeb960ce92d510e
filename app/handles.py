"""Addresses that say nothing, cannot be made up and expire: signed with a secret that lives as long as the server."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
import struct
import threading
import time
from collections.abc import Callable

from core.limits import DEFAULT

_MAC = 16  # bytes
_PAYLOAD = struct.Struct(">III")  # project, row, the period after which it is void
_PERIOD = 3600 * DEFAULT.handle_hours  # seconds


class Handles:
    """Signs (project, row) pairs and reads them back. May be used from several threads."""

    def __init__(self, secret: bytes | None = None, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._secret = secret or secrets.token_bytes(32)
        self._numbers: dict[str, int] = {}
        self._names: list[str] = []
        self._lock = threading.Lock()

    def sign(self, purpose: str, project: str, row: int) -> str:
        """A handle of 40 characters for one use of one row; another purpose does not take it.

        It holds for `limits.handle_hours` at least and twice as long at most, and stays the same in between, so that
        the browser keeps what it has fetched.
        """
        payload = _PAYLOAD.pack(self._number(project), row, self._period() + 1)
        return base64.urlsafe_b64encode(payload + self._mac(purpose, payload)).decode("ascii")

    def read(self, purpose: str, handle: str) -> tuple[str, int] | None:
        """(project, row) of a handle that this server signed for this purpose, else None."""
        try:
            data = base64.b64decode(handle.encode("ascii"), altchars=b"-_", validate=True)
        except (binascii.Error, UnicodeEncodeError):
            return None
        payload, mac = data[: _PAYLOAD.size], data[_PAYLOAD.size :]
        if len(data) != _PAYLOAD.size + _MAC or not hmac.compare_digest(mac, self._mac(purpose, payload)):
            return None
        number, row, last = _PAYLOAD.unpack(payload)
        if self._period() > last:
            return None
        return self._names[number], row

    def _period(self) -> int:
        return int(self._clock() // _PERIOD)

    def _mac(self, purpose: str, payload: bytes) -> bytes:
        return hmac.digest(self._secret, purpose.encode() + b"\0" + payload, hashlib.sha256)[:_MAC]

    def _number(self, project: str) -> int:
        with self._lock:
            if project not in self._numbers:
                self._numbers[project] = len(self._names)
                self._names.append(project)
            return self._numbers[project]
