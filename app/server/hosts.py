"""Whom a request says it is for and where it comes from: foreign names and foreign pages get nothing."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import urlsplit


def split(authority: str) -> tuple[str, int | None] | None:
    """(name, port) of a `Host`, lower case, without brackets and final dot; None for what is none."""
    try:
        parts = urlsplit(f"//{authority}")
        name, port = parts.hostname, parts.port
    except ValueError:
        return None
    odd = parts.username is not None or parts.path or parts.query or parts.fragment or "@" in authority
    return None if odd or not name else (name.rstrip("."), port)


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
