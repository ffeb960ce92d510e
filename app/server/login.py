"""The way in and the way out: a form against the password file or a provider's word, and a cookie."""

from __future__ import annotations

import asyncio
import re
from urllib.parse import parse_qs, quote

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from app.server import login_page, oidc
from app.server.door import Door
from app.server.gate import COOKIE, LOGIN, LOGOUT, session_of
from core.limits import DEFAULT
from core.users.file import User

WRONG = "Name or password is wrong."
_UNKNOWN = "Your provider knows you, but this server has no user of your address. Ask its owner."
_PAGE = re.compile(r"/(?![/\\])[\w/.~%?=&+,:-]*\Z", re.ASCII)
_AT_ONCE = 2  # hashes; each takes 32 MiB


def routes(door: Door) -> list[Route]:
    """The routes of the way in and out; none where nobody logs in."""
    if door.settings.login in ("", "proxy"):
        return []
    way = _Way(door)
    ways = [Route(LOGIN, way.show, methods=["GET"]), Route(LOGOUT, way.leave, methods=["POST"])]
    return [*ways, Route(LOGIN, way.enter, methods=["POST"])] if door.settings.login == "passwords" else ways


def onward(address: str) -> str:
    """Where a person wanted to go, if that is a page of ours; else the first page."""
    return address if _PAGE.match(address) and not address.startswith((LOGIN, LOGOUT)) else "/"


class _Way:
    def __init__(self, door: Door) -> None:
        self._door = door
        self._hashing = asyncio.Semaphore(_AT_ONCE)

    async def show(self, request: Request) -> Response:
        """The form, or straight on for whoever is logged in."""
        target = onward(request.query_params.get("next", "/"))
        session = session_of(self._door, request.scope)
        if session and self._door.user(session):
            return RedirectResponse(target, 303, {"Cache-Control": "no-store"})
        if request.headers.get("sec-fetch-site") == "cross-site":
            return login_page.again(f"{LOGIN}?next={quote(target, safe='')}")
        if self._door.settings.login == "oidc":
            return self._from_provider(request, target)
        return login_page.form(target)

    async def enter(self, request: Request) -> Response:
        """Compare name and password; every mistake gets the same answer."""
        form = await _form(request)
        if form is None:
            return PlainTextResponse("That is no login.\n", 400)
        name, password = form.get("name", "").strip()[:1000], form.get("password", "")
        target = onward(form.get("next", "/"))
        tries = self._tries(request, name)
        wait = max(throttle.wait(key) for throttle, key in tries)
        if wait:
            minutes = -(-wait // 60)
            told = f"Too many tries. Try again in {minutes} minute{'s' if minutes > 1 else ''}."
            return login_page.form(target, told, 429, wait)
        for throttle, key in tries:
            throttle.failed(key)
        async with self._hashing:
            user = await run_in_threadpool(self._door.users.check, name, password)
        if user is None:
            return login_page.form(target, WRONG, 401)
        for throttle, key in tries:
            throttle.succeeded(key)
        return self._welcome(request, user, target)

    async def leave(self, request: Request) -> Response:
        """End the session; every copy of its cookie and every open page with it."""
        session = session_of(self._door, request.scope)
        if session:
            self._door.sessions.end(session)
        answer = RedirectResponse(LOGIN, 303, {"Cache-Control": "no-store"})
        if request.url.scheme == "https":
            answer.headers["Clear-Site-Data"] = '"cache"'
        for cookie in [COOKIE, *oidc.cookies_of(request)]:
            answer.delete_cookie(cookie, path="/")
        return answer

    def _from_provider(self, request: Request, target: str) -> Response:
        told = oidc.claims(request)
        user = oidc.user_of(told, self._door.users)
        if user:
            return self._welcome(request, user, target)
        stranger = bool(told) and oidc.user_of({**told, "iat": 0}, self._door.users, now=0) is None
        return login_page.provider(oidc.way_there(), _UNKNOWN if stranger else "", 403 if stranger else 200)

    def _tries(self, request: Request, name: str) -> tuple:
        address = request.client.host if request.client else ""
        return ((self._door.by_address, address), (self._door.by_name, name.casefold()))

    def _welcome(self, request: Request, user: User, target: str) -> Response:
        before = session_of(self._door, request.scope)
        if before:
            self._door.sessions.end(before)
        answer = RedirectResponse(target, 303, {"Cache-Control": "no-store"})
        answer.set_cookie(
            COOKIE,
            self._door.sessions.sign(self._door.sessions.begin(user.name)),
            max_age=3600 * DEFAULT.session_hours,
            path="/",
            secure=request.url.scheme == "https",
            httponly=True,
            samesite="strict",
        )
        return answer


async def _form(request: Request) -> dict[str, str] | None:
    """The fields of a form, read no further than a login can be long; None when it is none."""
    if request.headers.get("content-type", "").partition(";")[0] != "application/x-www-form-urlencoded":
        return None
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > DEFAULT.login_bytes:
            return None
    try:
        fields = parse_qs(body.decode("ascii"), keep_blank_values=True, strict_parsing=True, max_num_fields=8)
    except ValueError:
        return None
    return {name: values[0] for name, values in fields.items()}
