"""The first thing that every request meets, a WebSocket too: its host, its origin, and the headers of the answer."""

from __future__ import annotations

import ipaddress

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.server import headers, hosts
from app.server.at_once import send_at_once
from app.server.settings import Settings

_SAFE = ("GET", "HEAD", "OPTIONS")
_FOREIGN_HOST = "This server is not called that. Its owner can add the name with --name."
_FOREIGN_PAGE = "Only a page of this server may ask for that."
_OPEN = "This server has no login, so it answers this machine only. Start it with a login: python -m app --help"
_FORWARDED = ("forwarded", "x-forwarded-for", "x-forwarded-host")


class Front:
    """Refuses foreign hosts and foreign pages, and puts the security headers on everything that leaves."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        send_at_once(receive)
        guarded = _with_headers(send, scope)
        refusal = self._refusal(scope)
        if refusal is None:
            await self._app(scope, receive, guarded)
        else:
            await refuse(scope, receive, guarded, *refusal)

    def _refusal(self, scope: Scope) -> tuple[int, str] | None:
        given = Headers(scope=scope)
        host = given.getlist("host")
        if len(host) != 1 or not hosts.is_ours(host[0], self._settings.allowed_hosts):
            return 421, _FOREIGN_HOST
        if scope["type"] == "websocket" or scope["method"] not in _SAFE:
            origin = given.getlist("origin")
            if len(origin) != 1 or not hosts.is_same_origin(origin[0], host[0]):
                return 403, _FOREIGN_PAGE
        if not self._settings.login and (_from_elsewhere(scope) or any(name in given for name in _FORWARDED)):
            return 403, _OPEN
        return None


async def refuse(scope: Scope, receive: Receive, send: Send, status: int, why: str) -> None:
    """Answer with a status and a sentence; a WebSocket is closed before it opens."""
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008, "reason": ""})
        return
    answer = PlainTextResponse(why + "\n", status, {"Cache-Control": "no-store"})
    await answer(scope, receive, send)


def _from_elsewhere(scope: Scope) -> bool:
    """Whether the connection came in on an address that other machines reach, whatever the settings say."""
    try:
        return not ipaddress.ip_address((scope.get("server") or ("",))[0]).is_loopback
    except ValueError:
        return False


def _with_headers(send: Send, scope: Scope) -> Send:
    https = scope.get("scheme") in ("https", "wss")
    ours = headers.security() | (headers.trusted() if https or not _from_elsewhere(scope) else {})

    async def guarded(message: Message) -> None:
        if message["type"] in ("http.response.start", "websocket.http.response.start"):
            given = [
                (name, headers.strict_cookie(value, https) if name.lower() == b"set-cookie" else value)
                for name, value in message.get("headers", ())
            ]
            there = {name.lower() for name, _ in given}
            given += [pair for pair in ours.items() if pair[0] not in there]
            message = {**message, "headers": given}
        await send(message)

    return guarded
