"""Who is logged in: a signed word in a cookie that says who, until when, and dies at logout."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import secrets
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from core.errors import StorageFailed
from core.limits import DEFAULT
from core.users import private

_PURPOSE = b"taxon session 1\0"
_MOST_CHARS = 1024


@dataclass(frozen=True)
class Session:
    """One login.

    Attributes
    ----------
    user
        Name.
    issued, expires
        Seconds since 1970.
    id
        Names this login, for logout and for who is here.
    """

    user: str
    issued: float
    expires: float
    id: str


class Sessions:
    """Begins, reads and ends sessions. May be used from several threads.

    Parameters
    ----------
    secret
        That signs them; who has it can be anybody.
    folder
        Where ended sessions are remembered until they would have expired, over restarts too.
    """

    def __init__(self, secret: bytes, folder: Path, clock: Callable[[], float] = time.time) -> None:
        self._secret = secret
        self._path = folder / "ended.json"
        self._clock = clock
        self._lock = threading.Lock()
        self._ended: dict[str, float] = {}
        with suppress(ValueError, TypeError, AttributeError):
            stored = json.loads(private.read(self._path) or b"{}")
            self._ended = {str(name): float(until) for name, until in stored.items()}

    def begin(self, user: str) -> Session:
        """A new session of a user."""
        now = self._clock()
        return Session(user, now, now + 3600 * DEFAULT.session_hours, secrets.token_urlsafe(16))

    def sign(self, session: Session) -> str:
        """What the cookie holds."""
        payload = json.dumps(asdict(session), separators=(",", ":")).encode()
        return f"{_text(payload)}.{_text(self._mac(payload))}"

    def read(self, token: str) -> Session | None:
        """The session of a cookie; None when we did not sign it, when it has expired or was ended."""
        if len(token) > _MOST_CHARS:
            return None
        try:
            payload, mac = (_bytes(part) for part in token.split("."))
        except (ValueError, binascii.Error):
            return None
        if not hmac.compare_digest(mac, self._mac(payload)):
            return None
        session = Session(**json.loads(payload))
        return session if self.is_alive(session) else None

    def is_alive(self, session: Session) -> bool:
        """Whether a session has neither expired nor ended."""
        return session.issued - 60 <= self._clock() < session.expires and session.id not in self._ended

    def end(self, session: Session) -> None:
        """Log out: no copy of the cookie works any more, and open pages stop."""
        with self._lock:
            now = self._clock()
            self._ended = {name: until for name, until in self._ended.items() if until > now}
            self._ended[session.id] = session.expires
            # It holds in this process whatever the disk says.
            with suppress(StorageFailed):
                private.write(self._path, json.dumps(self._ended).encode())

    def _mac(self, payload: bytes) -> bytes:
        return hmac.digest(self._secret, _PURPOSE + payload, hashlib.sha256)


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def _bytes(text: str) -> bytes:
    return base64.b64decode(text.encode("ascii") + b"=" * (-len(text) % 4), altchars=b"-_", validate=True)
