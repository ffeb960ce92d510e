"""Passwords as scrypt hashes: slow to try, salted, compared in constant time.

scrypt: C. Percival, “Stronger key derivation via sequential memory-hard functions”, 2009; RFC 7914. With N = 2**15,
r = 8 and p = 1 one try takes 32 MiB and some 0.1 s.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets

from core.errors import BadInput
from core.limits import DEFAULT

_LOG2_N, _R, _P = 15, 8, 1
_SALT, _KEY = 16, 32  # bytes
_MEMORY = 64 * 1024 * 1024  # bytes that OpenSSL may take; it needs 128 * N * r and a little more


def hashed(password: str) -> str:
    """`scrypt$log2(N)$r$p$salt$key`, salt and key in base64."""
    salt = secrets.token_bytes(_SALT)
    key = _derived(password, salt, _LOG2_N, _R, _P)
    return "$".join(["scrypt", str(_LOG2_N), str(_R), str(_P), _text(salt), _text(key)])


def fits(password: str, stored: str) -> bool:
    """Whether a password is the one that was hashed; False for anything that is no hash of ours."""
    try:
        kind, log2_n, r, p, salt, key = stored.split("$")
        numbers = int(log2_n), int(r), int(p)
        if kind != "scrypt" or not (10 <= numbers[0] <= 17 and 1 <= numbers[1] <= 16 and 1 <= numbers[2] <= 4):
            return False
        wanted = base64.b64decode(key, validate=True)
        found = _derived(password, base64.b64decode(salt, validate=True), *numbers)
    except (ValueError, binascii.Error):
        return False
    return hmac.compare_digest(found, wanted)


def acceptable(name: str, password: str) -> str:
    """The password, if it can be one. Raises `BadInput`: too short, too long, or made of the name."""
    least, most = DEFAULT.password_chars_least, DEFAULT.password_chars
    if not least <= len(password) <= most:
        raise BadInput(f"A password has {least} to {most} characters; this one has {len(password)}.")
    if name.casefold() in password.casefold() or len(set(password)) < 5:
        raise BadInput(
            "This password is too easy to guess.", "It holds the name, or few different characters.", "Choose another."
        )
    return password


def generated() -> str:
    """A new password of 20 characters, about 119 bits."""
    return secrets.token_urlsafe(15)


def _derived(password: str, salt: bytes, log2_n: int, r: int, p: int) -> bytes:
    # More than the cap is never a password, and would only cost time.
    data = password[: DEFAULT.password_chars + 1].encode("utf-8", "surrogatepass")
    return hashlib.scrypt(data, salt=salt, n=1 << log2_n, r=r, p=p, maxmem=2 * _MEMORY, dklen=_KEY)


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
