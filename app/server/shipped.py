"""What Streamlit ships for browsers, sent sooner: its page names what will be needed, its files are packed once.

A browser that opens a page fetches a hundred scripts of Streamlit, two thirds before anything runs, the others when the
first fields and components are drawn. So the page names the latter, too, and those of our components, and it says where
the server is, which Streamlit's script would find out by asking at the page's own address first, in vain.
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import re
from functools import cache
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.components import source

# Modules that Streamlit loads only when such an element is drawn; every page of ours has some of them.
_DRAWN_SOON = ("BidiComponent", "Button", "Selectbox", "Slider", "TextInput")
_EARLY = Path(__file__).resolve().parent / "early.js"
_INLINE = re.compile(r"<script>(.*?)</script>", re.DOTALL)
_IMPORTED = re.compile(r"""\b(?:from|import)\s*["'`]\./([\w.-]+\.js)["'`]""")
_NAMED = re.compile(r"static/js/([\w.-]+\.js)")
_TYPES = {".js": "text/javascript", ".css": "text/css", ".woff2": "font/woff2"}
_PACKED = (".js", ".css")
_MOST_BYTES = 8 * 1024 * 1024  # of one file; a larger one is Streamlit's to send


class Shipped:
    """Answers for Streamlit's own files and its page; everything else goes on to Streamlit."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI."""
        if scope["type"] != "http" or scope["method"] != "GET":
            await self._app(scope, receive, send)
            return
        given = Headers(scope=scope)
        path = files().get(scope["path"])
        if path is not None and "range" not in given and "gzip" in given.get("accept-encoding", ""):
            await _send(send, _headers_of(path), await run_in_threadpool(_body, path))
        elif "text/html" in given.get("accept", ""):
            await self._page(scope, receive, send)
        else:
            await self._app(scope, receive, send)

    async def _page(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Streamlit decides what is a page; where it answers with its own, ours goes out instead."""
        plain = [(name, value) for name, value in scope["headers"] if name.lower() != b"accept-encoding"]
        begun: list[Message] = []
        body = bytearray()

        async def heard(message: Message) -> None:
            if message["type"] == "http.response.start" and _is_html(message):
                begun.append(message)
            elif not begun:
                await send(message)
            else:
                body.extend(message.get("body", b""))
                if message.get("more_body"):
                    return
                if bytes(body) == _original():
                    await _send(send, _PAGE_HEADERS, page().encode())
                else:
                    await send(begun[0])
                    await send({"type": "http.response.body", "body": bytes(body)})

        await self._app({**scope, "headers": plain}, receive, heard)


_PAGE_HEADERS = {"content-type": "text/html; charset=utf-8", "cache-control": "no-cache"}


def _is_html(message: Message) -> bool:
    given = Headers(raw=list(message.get("headers", ())))
    return message["status"] == 200 and given.get("content-type", "").startswith("text/html")


async def _send(send: Send, headers: dict[str, str], body: bytes) -> None:
    told = {**headers, "content-length": str(len(body))}
    raw = [(name.encode(), value.encode()) for name, value in told.items()]
    await send({"type": "http.response.start", "status": 200, "headers": raw})
    await send({"type": "http.response.body", "body": body})


@cache
def files() -> dict[str, Path]:
    """Streamlit's files whose names change with what they hold, by address."""
    folder = _folder()
    found = [path for path in (folder / "static").rglob("*") if path.suffix in _TYPES]
    return {f"/{path.relative_to(folder).as_posix()}": path for path in found if path.stat().st_size <= _MOST_BYTES}


def _headers_of(path: Path) -> dict[str, str]:
    told = {"content-type": _TYPES[path.suffix], "cache-control": "public, immutable, max-age=31536000"}
    return {**told, "content-encoding": "gzip", "vary": "Accept-Encoding"} if path.suffix in _PACKED else told


@cache
def _body(path: Path) -> bytes:
    data = path.read_bytes()
    return gzip.compress(data, 6, mtime=0) if path.suffix in _PACKED else data


@cache
def page() -> str:
    """Streamlit's page with our lines at the end of its head."""
    head = [f"<script>{_EARLY.read_text('utf-8')}</script>"]
    head += [f'<link rel="modulepreload" href="/code/{name}">' for name in source.modules()]
    later = 'rel="modulepreload" crossorigin fetchpriority="low"'
    head += [f'<link {later} href="/static/js/{name}">' for name in later_modules()]
    return _original().decode().replace("</head>", "\n".join([*head, "</head>"]), 1)


@cache
def later_modules() -> tuple[str, ...]:
    """Names of the modules that the page does not name itself but will need: those of fields, with all they import."""
    folder = _folder() / "static" / "js"
    known = set(_NAMED.findall(_original().decode()))
    found: list[str] = []
    waiting = [path.name for name in _DRAWN_SOON for path in sorted(folder.glob(f"{name}.*.js"))]
    while waiting:
        name = waiting.pop(0)
        if name not in known:
            known.add(name)
            found.append(name)
            waiting += _IMPORTED.findall((folder / name).read_text("utf-8"))
    return tuple(found)


def inline_scripts() -> list[str]:
    """SHA-256, base64, of each script that stands in the page itself: Streamlit's with and without our lines."""
    found = _INLINE.findall(page().replace("\r\n", "\n"))
    return [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in found]


@cache
def _original() -> bytes:
    return (_folder() / "index.html").read_bytes()


def _folder() -> Path:
    import streamlit

    return Path(streamlit.__file__).parent / "static"
