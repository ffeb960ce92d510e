"""Whom a request says it is for and where it comes from: foreign names and foreign pages get nothing."""

from __future__ import annotations

import re
from collections.abc import Iterable

_AUTHORITY = re.compile(r"(?:\[([0-9a-f:.]+)\]|([a-z0-9_.-]+))(?::(\d{1,5}))?\Z")


def split(authority: str) -> tuple[str, int | None] | None:
    """(name, port) of a `Host`, lower case, without brackets and final dot; None for what is none."""
    found = _AUTHORITY.match(authority.lower())
    if found is None:
        return None
    name, port = found[1] or found[2].rstrip("."), found[3]
    return (name, int(port) if port else None) if name else None


def is_ours(host: str | None, allowed: Iterable[str]) -> bool:
    """Whether a `Host` names this server. A name that merely leads here (DNS rebinding) does not."""
    found = split(host) if host else None
    return found is not None and found[0] in allowed


def is_same_origin(origin: str | None, host: str | None) -> bool:
    """Whether the page that sent a request was served by this server. A request without an `Origin` is refused too.

    Every browser sends one with a WebSocket and with anything but GET and HEAD.
    """
    if not origin or not host:
        return False
    scheme, _, authority = origin.partition("://")
    ours, theirs = split(host), split(authority)
    if scheme not in ("http", "https") or ours is None or theirs is None:
        return False
    default = 443 if scheme == "https" else 80
    return (ours[0], ours[1] or default) == (theirs[0], theirs[1] or default)
