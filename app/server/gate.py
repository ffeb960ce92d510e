"""Nobody passes without a session: in front of pages, pictures, points, metrics, health, uploads and the WebSocket."""

from __future__ import annotations

import secrets
from urllib.parse import quote

from starlette.datastructures import Headers
from starlette.requests import HTTPConnection
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.server import oidc
from app.server.door import Door
from app.server.front import refuse
from app.server.identity import ALONE, CONNECTION_HEADER, SESSION_HEADER, USER_HEADER
from app.server.sessions import Session
from core.users.roles import Right, may

COOKIE = "taxon_session"
LOGIN, LOGOUT = "/login", "/logout"
_OURS = tuple(name.encode() for name in (SESSION_HEADER, CONNECTION_HEADER, USER_HEADER))
_NOT_IN = "Log in first."
_NO_UPLOAD = "Your role does not include bringing files."


class Gate:
    """Lets the login through, and whoever has a session; tells the page who that is, in headers of our own.

    Without a login everybody passes whom `Front` let through, and a page only learns which connection it is.
    """

    def __init__(self, app: ASGIApp, door: Door) -> None:
        self._app = app
        self._door = door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        clean = [(name, value) for name, value in scope["headers"] if name.lower() not in _OURS]
        scope = {**scope, "headers": clean}
        settings = self._door.settings
        session = self._session(scope) if settings.login else None
        entered = session is not None or not settings.login
        if entered and scope["type"] == "websocket":
            await self._connected(scope, receive, send, session)
        elif entered and session and _is_upload(scope) and not self._may_upload(session):
            await refuse(scope, receive, send, 403, _NO_UPLOAD)
        elif entered or self._is_open(scope):
            await self._app(scope, receive, send)
        elif _is_page(scope) and settings.login != "proxy":
            await self._to_login(scope, receive, send)
        else:
            await refuse(scope, receive, send, 401, _NOT_IN)

    def _may_upload(self, session: Session) -> bool:
        user = self._door.user(session)
        return user is not None and may(user.role, Right.IMPORT)

    def _session(self, scope: Scope) -> Session | None:
        if self._door.settings.login == "proxy":
            return self._named_by_proxy(scope)
        session = session_of(self._door, scope)
        return session if session and self._door.user(session) else None

    def _named_by_proxy(self, scope: Scope) -> Session | None:
        settings = self._door.settings
        client = scope.get("client")
        named = Headers(scope=scope).getlist(settings.proxy_header)
        if not client or client[0] != settings.proxy or len(named) != 1:
            return None
        user = self._door.users.find(named[0])
        return self._door.sessions.begin(user.name) if user else None

    def _is_open(self, scope: Scope) -> bool:
        if scope["type"] != "http" or self._door.settings.login == "proxy":
            return False
        return scope["path"] == LOGIN or (self._door.settings.login == "oidc" and scope["path"] in oidc.PATHS)

    async def _connected(self, scope: Scope, receive: Receive, send: Send, session: Session | None) -> None:
        """A page's connection: it knows whose it is, and ends with the session."""
        entrance, connection = self._door, secrets.token_urlsafe(12)
        told = {CONNECTION_HEADER: connection}
        if session:
            # Streamlit gives a page back only to the same user (`server.trustedUserHeaders`).
            told |= {SESSION_HEADER: entrance.sessions.sign(session), USER_HEADER: quote(session.user)}
        mine = [(name.encode(), value.encode()) for name, value in told.items()]

        async def heard() -> Message:
            message = await receive()
            if message["type"] == "websocket.receive" and session and not entrance.user(session):
                await send({"type": "websocket.close", "code": 1008, "reason": ""})
                return {"type": "websocket.disconnect", "code": 1008, "reason": ""}
            return message

        entrance.presence.came(connection, session.user if session else ALONE)
        try:
            await self._app({**scope, "headers": [*scope["headers"], *mine]}, heard, send)
        finally:
            entrance.presence.left(connection)

    async def _to_login(self, scope: Scope, receive: Receive, send: Send) -> None:
        asked = scope["path"] + (f"?{scope['query_string'].decode('latin-1')}" if scope["query_string"] else "")
        answer = RedirectResponse(f"{LOGIN}?next={quote(asked, safe='')}", 303, {"Cache-Control": "no-store"})
        await answer(scope, receive, send)


def session_of(door: Door, scope: Scope) -> Session | None:
    """The session in the cookie of a request."""
    token = HTTPConnection(scope).cookies.get(COOKIE)
    return door.sessions.read(token) if token else None


def _is_page(scope: Scope) -> bool:
    return (
        scope["type"] == "http" and scope["method"] == "GET" and "text/html" in Headers(scope=scope).get("accept", "")
    )


def _is_upload(scope: Scope) -> bool:
    return scope["type"] == "http" and scope["method"] not in ("GET", "HEAD") and "/upload_file/" in scope["path"]
