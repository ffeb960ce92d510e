"""app.server.front: foreign hosts, foreign pages, and what every answer carries."""

from __future__ import annotations

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from app.server import headers, hosts, shipped
from app.server.front import Front
from app.server.settings import Settings

HERE = "http://localhost:8501"
FOREIGN_HOSTS = [
    "evil.example", "evil.example:8501", "localhost.evil.example", "evil@localhost", "localhost@evil", "", "[",
    "127.0.0.1.evil.example", "2130706433", "0", "localhost/", "localhost:x", "localhost#", "127.0.0.2",
]  # fmt: skip
FOREIGN_ORIGINS = [
    None, "null", "", "http://evil.example", "http://localhost:8502", "http://localhost.evil.example:8501",
    "http://localhost:8501.evil.example", "https://localhost:8501@evil.example", "file://", "localhost:8501",
    "http://evil.example#http://localhost:8501", "javascript://localhost:8501", "http://127.0.0.1:8501",
]  # fmt: skip


async def answer(request):
    cookie = {"set-cookie": "flavour=plain; Path=/"}
    return Response(b"" if request.method == "HEAD" else b"inside", headers=cookie)


async def strict(request):
    return PlainTextResponse("inside", headers={"Content-Security-Policy": "default-src 'none'; sandbox"})


async def talk(websocket):
    await websocket.accept()
    await websocket.send_text("inside")
    await websocket.close()


def client(login="", base=HERE, **how):
    routes = [
        Route("/", answer, methods=["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH"]),
        Route("/strict", strict),
        WebSocketRoute("/talk", talk),
    ]
    settings = Settings(login=login, hosts=("taxon.example",))
    app = Starlette(routes=routes, middleware=[Middleware(Front, settings=settings)])
    return TestClient(app, base_url=base, **how)


def heard(browser, origin, host="localhost:8501"):
    told = {"host": host} | ({} if origin is None else {"origin": origin})
    with browser.websocket_connect("/talk", headers=told) as talk:
        return talk.receive_text()


@pytest.mark.parametrize("host", FOREIGN_HOSTS)
def test_host__a_name_that_only_leads_here_gets_nothing(host):
    answer = client().get("/", headers={"host": host})
    assert answer.status_code == 421 and "inside" not in answer.text
    with pytest.raises(WebSocketDisconnect):
        heard(client(), HERE, host)


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:8501", "localhost.", "127.0.0.1:1", "[::1]:8501", "taxon.example"]
)
def test_host__our_own_names_get_in(host):
    assert client().get("/", headers={"host": host}).text == "inside"


@pytest.mark.parametrize("origin", FOREIGN_ORIGINS)
def test_origin__a_foreign_page_changes_nothing_and_gets_no_websocket(origin):
    told = {} if origin is None else {"origin": origin}
    for method in ("POST", "PUT", "DELETE", "PATCH"):
        assert client().request(method, "/", headers=told).status_code == 403, method
    with pytest.raises(WebSocketDisconnect) as closed:
        heard(client(), origin)
    assert closed.value.code == 1008


def test_origin__our_own_page_may():
    assert client().post("/", headers={"origin": HERE}).text == "inside"
    assert heard(client(), HERE) == "inside"
    assert hosts.is_same_origin("https://taxon.example", "taxon.example:443")
    assert not hosts.is_same_origin("https://taxon.example", "taxon.example:80")


@pytest.mark.parametrize("name", ["x-forwarded-for", "forwarded", "x-forwarded-host"])
def test_open__nobody_comes_through_a_proxy_where_there_is_no_login(name):
    assert client().get("/", headers={name: "127.0.0.1"}).status_code == 403
    assert client("passwords").get("/", headers={name: "127.0.0.1"}).status_code == 200


async def reached_on(address, login):
    """Status of a request whose connection came in on an address."""
    sent = []

    async def inside(scope, receive, send):
        await PlainTextResponse("inside")(scope, receive, send)

    async def send(message):
        sent.append(message)

    scope = {
        "type": "http", "method": "GET", "path": "/", "scheme": "http", "query_string": b"", "client": ("10.0.0.9", 5),
        "headers": [(b"host", b"localhost")], "server": (address, 8501),
    }  # fmt: skip
    await Front(inside, Settings(login=login))(scope, None, send)
    return sent[0]["status"]


@pytest.mark.parametrize(
    ("address", "login", "status"),
    [("10.0.0.1", "", 403), ("::ffff:10.0.0.1", "", 403), ("127.0.0.1", "", 200), ("10.0.0.1", "passwords", 200)],
)
def test_open__a_server_without_a_login_answers_only_what_came_in_on_loopback(address, login, status):
    import anyio

    assert anyio.run(reached_on, address, login) == status


def test_headers__are_on_every_answer_refusals_too():
    browser = client()
    for found in (browser.get("/"), browser.get("/nothing"), browser.get("/", headers={"host": "evil"})):
        for name, value in headers.security().items():
            assert found.headers[name.decode()] == value.decode()
        assert found.headers["cross-origin-opener-policy"] == "same-origin"


def test_headers__a_stricter_policy_of_a_route_stays():
    assert client().get("/strict").headers["content-security-policy"] == "default-src 'none'; sandbox"


def test_policy__lets_nothing_else_in():
    told = dict(part.split(" ", 1) for part in headers.policy().split("; "))
    assert told["default-src"] == "'none'" and told["frame-ancestors"] == "'none'" and told["base-uri"] == "'none'"
    assert "unsafe" not in told["script-src"] and "http" not in headers.policy() and "*" not in headers.policy()
    allowed = [part for part in told["script-src"].split() if part.startswith("'sha256-")]
    assert allowed == [f"'sha256-{digest}'" for digest in shipped.inline_scripts()] and len(allowed) == 2


@pytest.mark.parametrize("base", [HERE, "https://localhost:8501"])
def test_cookies__go_to_no_other_site_and_stay_on_https(base):
    cookie = client(base=base).get("/").headers["set-cookie"]
    assert cookie.endswith("; SameSite=Strict; Secure" if base.startswith("https") else "; SameSite=Strict")
    assert headers.strict_cookie(b"a=b; secure; SameSite=lax", True) == b"a=b; secure; SameSite=lax"
