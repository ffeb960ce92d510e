"""app.server.shipped: Streamlit's page with our lines in it, and its files from memory."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import pytest
import streamlit
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.responses import HTMLResponse, PlainTextResponse
from starlette.routing import Mount, Route
from starlette.testclient import TestClient
from streamlit.web.server.starlette.starlette_static_routes import create_streamlit_static_handler

from app.components import source
from app.server import shipped
from app.server.shipped import Shipped

FOLDER = Path(streamlit.__file__).parent / "static"
AS_PAGE = {"accept": "text/html,*/*;q=0.8"}


@pytest.fixture
def browser():
    routes = [
        Route("/own", lambda request: HTMLResponse("<head></head>" * 200)),
        Route("/plain", lambda request: PlainTextResponse("words")),
        Mount("/", create_streamlit_static_handler(str(FOLDER), None)),
    ]
    return TestClient(Starlette(routes=routes, middleware=[Middleware(Shipped), Middleware(GZipMiddleware)]))


@pytest.mark.parametrize("path", ["/", "/explore", "/explore?project=x"])
def test_page__is_streamlits_with_our_lines_in_its_head(browser, path):
    answer = browser.get(path, headers=AS_PAGE)
    original = (FOLDER / "index.html").read_text()
    head, _, rest = original.partition("</head>")
    assert answer.text.startswith(head) and answer.text.endswith("</head>" + rest)
    assert int(answer.headers["content-length"]) == len(answer.content) and "etag" not in answer.headers
    assert answer.headers["cache-control"] == "no-cache" and answer.headers["content-type"].startswith("text/html")
    assert "BACKEND_BASE_URL: location.origin" in answer.text


def test_page__names_every_module_that_it_will_need_once():
    names = re.findall(r'href="(?:\./|/)((?:static/js|code)/[^"]+\.js)"', shipped.page())
    assert {f"code/{name}" for name in source.modules()} <= set(names) and len(names) == len(set(names))
    there = {path.name for path in (FOLDER / "static" / "js").iterdir()}
    later = shipped.later_modules()
    # A field imports its parts; the page of Streamlit names none of them, or there would be nothing to say.
    assert set(later) <= there and any(name.startswith("BidiComponent.") for name in later) and len(later) > 20


def test_page__what_is_not_streamlits_own_stays_as_it_is(browser):
    assert browser.get("/own", headers=AS_PAGE).text == "<head></head>" * 200
    assert browser.get("/plain", headers=AS_PAGE).text == "words"
    assert browser.get("/explore/_stcore/health", headers=AS_PAGE).status_code == 404
    assert browser.get("/").text == (FOLDER / "index.html").read_text(), "a program that asks for no page"


def test_files__are_what_streamlit_ships_packed_once(browser):
    for path in list(shipped.files())[::40]:
        answer = browser.get(path, headers={"accept-encoding": "gzip, deflate"})
        assert answer.content == (FOLDER / path[1:]).read_bytes()
        assert answer.headers["cache-control"] == "public, immutable, max-age=31536000"
        assert (answer.headers.get("content-encoding") == "gzip") == path.endswith((".js", ".css"))
    first = next(path for path in shipped.files() if path.endswith(".js"))
    assert gzip.decompress(shipped._body(shipped.files()[first])) == (FOLDER / first[1:]).read_bytes()
    assert shipped._body(shipped.files()[first]) is shipped._body(shipped.files()[first])


def test_files__who_takes_no_gzip_or_wants_a_part_is_answered_by_streamlit(browser):
    first = next(path for path in shipped.files() if path.endswith(".js"))
    plain = browser.get(first, headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers and plain.content == (FOLDER / first[1:]).read_bytes()
    part = browser.get(first, headers={"range": "bytes=0-9", "accept-encoding": "identity"})
    assert part.status_code == 206 and len(part.content) == 10


@pytest.mark.parametrize(("path", "status"), [("/static/js/none.js", 200), ("/static/%2e%2e/index.html", 400)])
def test_files__only_those_that_are_listed(browser, path, status):
    answer = browser.get(path)
    assert answer.status_code == status and answer.content in (b"Bad Request", (FOLDER / "index.html").read_bytes())
