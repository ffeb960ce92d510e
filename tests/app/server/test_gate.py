"""app.server.gate and login: nobody passes without a session, and a session ends when it should."""

from __future__ import annotations

import time
from contextlib import suppress
from types import SimpleNamespace

import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.responses import JSONResponse
from starlette.routing import Route, WebSocketRoute
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect

from app.server import door as doors
from app.server import identity, login, login_page
from app.server.door import build
from app.server.front import Front
from app.server.gate import COOKIE, Gate
from app.server.identity import CONNECTION_HEADER, SESSION_HEADER, USER_HEADER
from app.server.settings import Settings
from core.errors import NotAllowed
from core.users import passwords
from core.users.roles import Right, Role

HERE = "http://localhost:8501"
PASSWORD = "correct horse battery"
PATHS = [
    "/", "/explore", "/_stcore/health", "/_stcore/metrics", "/_stcore/host-config", "/_stcore/upload_file/a/b",
    "/media/x.png", "/thumb/x", "/picture/x", "/point/x/0", "/static/js/x.js", "/component/x/y", "/favicon.png",
    "/auth/login", "/oauth2callback", "/login/", "/login/x", "//login", "/LOGIN", "/logout", "/login%00",
    "/login%2f..%2f",
]  # fmt: skip


@pytest.fixture(autouse=True)
def cheap_hashes(monkeypatch):
    """scrypt at its full price would make this file slow; its price is tested where it is set."""
    monkeypatch.setattr(passwords, "_LOG2_N", 10)


@pytest.fixture
def entrance(tmp_path):
    made = build(Settings(login="passwords", config=tmp_path))
    for name, role in (("Ann", Role.OWNER), ("Ben", Role.LABELLER), ("Cleo", Role.VIEWER)):
        made.users.add(name, role, PASSWORD)
    return made


async def inside(request):
    return JSONResponse({"inside": True, "headers": dict(request.headers)})


async def talk(websocket):
    await websocket.accept()
    with suppress(WebSocketDisconnect):
        while True:
            await websocket.receive_text()
            await websocket.send_json(dict(websocket.headers))


def client(entrance, base=HERE, **how):
    routes = [
        *login.routes(entrance),
        WebSocketRoute("/_stcore/stream", talk),
        Route("/{path:path}", inside, methods=["GET", "POST", "PUT"]),
    ]
    middleware = [Middleware(Front, settings=entrance.settings), Middleware(Gate, door=entrance)]
    app = Starlette(routes=routes, middleware=middleware)
    return TestClient(app, base_url=base, follow_redirects=False, **how)


def entered(entrance, name="Ann", password=PASSWORD, browser=None, **form):
    browser = browser or client(entrance)
    answer = browser.post("/login", data={"name": name, "password": password, **form}, headers={"origin": HERE})
    return browser, answer


def connected(browser, **told):
    """A page's connection; the test client knows neither host nor cookies there."""
    cookie = "; ".join(f"{name}={value}" for name, value in browser.cookies.items())
    return browser.websocket_connect(
        "/_stcore/stream", headers={"host": "localhost:8501", "origin": HERE, "cookie": cookie, **told}
    )


@pytest.mark.parametrize("path", PATHS)
def test_gate__nothing_is_served_without_a_session(entrance, path):
    browser = client(entrance)
    for method in ("GET", "POST", "PUT"):
        answer = browser.request(method, path, headers={"origin": HERE})
        assert answer.status_code in (401, 404) and "inside" not in answer.text, method


def test_gate__a_page_leads_to_the_login_and_back(entrance):
    answer = client(entrance).get("/explore?project=a%20b&cluster=2", headers={"accept": "text/html"})
    assert answer.status_code == 303
    browser = client(entrance)
    shown = browser.get(answer.headers["location"])
    assert shown.status_code == 200 and "/explore?project=a%20b&amp;cluster=2" in shown.text
    _, answer = entered(entrance, browser=browser, next="/explore?project=a%20b&cluster=2")
    assert answer.status_code == 303 and answer.headers["location"] == "/explore?project=a%20b&cluster=2"


def test_gate__a_session_opens_every_route(entrance):
    browser, answer = entered(entrance)
    cookie = answer.headers["set-cookie"]
    assert all(flag in cookie for flag in ("HttpOnly", "SameSite=strict", "Path=/", "Max-Age=43200"))
    assert browser.get("/_stcore/metrics").json()["inside"]
    assert browser.get("/login?next=/clusters").headers["location"] == "/clusters"


def test_gate__a_websocket_needs_a_session_and_learns_whose_it_is(entrance):
    browser = client(entrance)
    with pytest.raises(WebSocketDisconnect), connected(browser):
        pass
    entered(entrance, "ben", browser=browser)
    forged = {SESSION_HEADER: "forged", USER_HEADER: "Ann", CONNECTION_HEADER: "x"}
    with connected(browser, **forged) as page:
        page.send_text("who")
        told = page.receive_json()
        assert told[USER_HEADER] == "Ben" and entrance.sessions.read(told[SESSION_HEADER]).user == "Ben"
        entrance.presence.shows(told[CONNECTION_HEADER], "birds")
        assert entrance.presence.others("another", "birds") == {"Ben": 1}
    assert entrance.presence.others("another", "birds") == {}


@pytest.mark.parametrize("how", ["logout", "removed", "password", "expired"])
def test_gate__an_open_page_ends_with_its_session(entrance, how):
    browser, _ = entered(entrance, "Ben")
    with connected(browser) as page:
        page.send_text("here")
        assert page.receive_json()
        if how == "logout":
            copy = browser.cookies[COOKIE]
            assert browser.post("/logout", headers={"origin": HERE}).status_code == 303
            assert COOKIE not in browser.cookies
            browser.headers["cookie"] = f"{COOKIE}={copy}"
        elif how == "removed":
            entrance.users.remove("Ben")
        elif how == "password":
            time.sleep(0.01)
            entrance.users.add("Ben", Role.LABELLER, PASSWORD + "!")
        else:
            entrance.sessions._clock = lambda: time.time() + 13 * 3600
        page.send_text("still here")
        with pytest.raises(WebSocketDisconnect):
            page.receive_json()
    assert browser.get("/explore").status_code == 401


def test_gate__a_forged_or_foreign_cookie_is_none(entrance, tmp_path):
    other = build(Settings(login="passwords", config=tmp_path / "other"))
    token = entrance.sessions.sign(entrance.sessions.begin("Ann"))
    payload, mac = token.split(".")
    wrong = [
        other.sessions.sign(other.sessions.begin("Ann")), f"{payload}.", f"{payload}.{mac[::-1]}", payload, "", ".",
        f"{payload[:-2]}AA.{mac}", "A" * 5000, f"{mac}.{payload}",
    ]  # fmt: skip
    for cookie in wrong:
        assert entrance.sessions.read(cookie) is None
        answer = client(entrance).get("/", headers={"cookie": f"{COOKIE}={cookie}"})
        assert answer.status_code == 401, cookie
    assert entrance.sessions.read(token).user == "Ann"


def test_logout__holds_over_a_restart(entrance):
    session = entrance.sessions.begin("Ann")
    token = entrance.sessions.sign(session)
    entrance.sessions.end(session)
    again = build(entrance.settings)
    assert again.sessions.read(token) is None
    assert again.sessions.read(again.sessions.sign(again.sessions.begin("Ann")))


def test_login__every_mistake_gets_the_same_answer(entrance):
    entrance.users.add("Dora", Role.VIEWER, None)
    tries = {"Ann": "wrong", "Nobody": PASSWORD, "Dora": "", "": "", "Ann\0": PASSWORD, "x" * 900: "y" * 900}
    answers = [entered(entrance, name, password)[1] for name, password in tries.items()]
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.text for answer in answers}) == 1 and login.WRONG in answers[0].text
    assert not any("set-cookie" in answer.headers for answer in answers)


@pytest.mark.parametrize("name", ["Ann", "there is nobody of this name"])
def test_login__tries_are_counted_for_names_that_do_not_exist_too(entrance, name):
    for _ in range(10):
        assert entered(entrance, name, "wrong password")[1].status_code == 401
    answer = entered(entrance, name)[1]
    assert answer.status_code == 429 and int(answer.headers["retry-after"]) > 800
    assert entered(entrance, "Ben")[1].status_code == 429, "the address waits, whatever the name"


def test_login__those_who_know_their_password_do_not_wait(entrance):
    assert {entered(entrance)[1].status_code for _ in range(40)} == {303}


@pytest.mark.parametrize(
    "target",
    ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:alert(1)", "/x\r\nset-cookie: a=b",
     "/login", "evil", "", "/\t/evil.example", '/"><script>', "/é"],
)  # fmt: skip
def test_login__leads_to_our_own_pages_only(entrance, target):
    assert entered(entrance, next=target)[1].headers["location"] == "/"
    shown = client(entrance).get("/login", params={"next": target})
    assert 'name="next" value="/"' in shown.text


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        ("application/json", b'{"name": "Ann"}', 400),
        ("application/x-www-form-urlencoded", b"name=Ann&password=" + b"x" * 5000, 400),
        ("application/x-www-form-urlencoded", b"&".join(b"a=b" for _ in range(20)), 400),
        ("application/x-www-form-urlencoded", "name=Ann&password=\u00e9".encode(), 400),
        ("multipart/form-data; boundary=x", b"--x--", 400),
    ],
)
def test_login__what_is_no_form_is_refused(entrance, kind, body, status):
    answer = client(entrance).post("/login", content=body, headers={"origin": HERE, "content-type": kind})
    assert answer.status_code == status


def test_login__a_link_from_another_site_asks_once_more_from_here(entrance):
    answer = client(entrance).get("/login?next=/explore", headers={"sec-fetch-site": "cross-site"})
    assert 'http-equiv="refresh"' in answer.text and "/login?next=%2Fexplore" in answer.text


def test_login__the_page_runs_no_script_and_is_not_kept(entrance):
    answer = client(entrance).get("/login")
    policy = answer.headers["content-security-policy"]
    assert "script" not in policy and policy.startswith("default-src 'none'") and "<script" not in answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert login_page.form('"><script>').body.count(b"<script>") == 0


def test_login__a_new_session_ends_the_one_before(entrance):
    browser, _ = entered(entrance)
    before = browser.cookies[COOKIE]
    entered(entrance, "Ben", browser=browser)
    assert entrance.sessions.read(before) is None


def test_login__https_keeps_the_cookie_on_https(entrance):
    browser = client(entrance, "https://localhost:8501")
    there = {"origin": "https://localhost:8501"}
    answer = browser.post("/login", data={"name": "Ann", "password": PASSWORD}, headers=there)
    assert "Secure" in answer.headers["set-cookie"]


def test_upload__a_viewer_brings_no_files(entrance):
    for name, status in (("Ann", 200), ("Ben", 403), ("Cleo", 403)):
        browser, _ = entered(entrance, name)
        assert browser.put("/_stcore/upload_file/a/b", headers={"origin": HERE}).status_code == status


@pytest.fixture
def proxied(tmp_path):
    made = build(Settings(login="proxy", proxy="10.0.0.2", proxy_header="x-remote-user", config=tmp_path))
    made.users.add("ann@example.org", Role.OWNER, None)
    return made


@pytest.mark.parametrize(
    ("address", "named", "status"),
    [
        ("10.0.0.2", ["ann@example.org"], 200),
        ("10.0.0.2", ["Ann@Example.org"], 200),
        ("10.0.0.3", ["ann@example.org"], 401),
        ("10.0.0.2", ["nobody"], 401),
        ("10.0.0.2", [], 401),
        ("10.0.0.2", ["ann@example.org", "ann@example.org"], 401),
        ("10.0.0.2", ["nobody, ann@example.org"], 401),
    ],
)
def test_proxy__only_it_may_say_who_comes(proxied, address, named, status):
    browser = client(proxied, client=(address, 5))
    told = [("x-remote-user", name) for name in named]
    assert browser.get("/explore", headers=told).status_code == status
    assert browser.get("/login", headers=told).status_code == status


def test_proxy__a_cookie_is_no_way_past_it(proxied):
    token = proxied.sessions.sign(proxied.sessions.begin("ann@example.org"))
    browser = client(proxied, client=("10.0.0.3", 5))
    assert browser.get("/", headers={"cookie": f"{COOKIE}={token}"}).status_code == 401


def identified(monkeypatch, entrance, given):
    monkeypatch.setattr(identity, "door", lambda: entrance)
    monkeypatch.setattr(identity.st, "context", SimpleNamespace(headers=given))


@pytest.mark.parametrize(
    ("name", "allowed"), [("Ann", set(Right)), ("Ben", {Right.LOOK, Right.EDIT}), ("Cleo", {Right.LOOK})]
)
def test_identity__a_role_may_what_it_may(monkeypatch, entrance, name, allowed):
    token = entrance.sessions.sign(entrance.sessions.begin(name))
    identified(monkeypatch, entrance, {SESSION_HEADER: token})
    for right in Right:
        if right in allowed:
            assert identity.require(right).name == name
        else:
            with pytest.raises(NotAllowed, match=f"You may not {right}"):
                identity.require(right)


@pytest.mark.parametrize("given", [{}, {SESSION_HEADER: "forged"}, {USER_HEADER: "Ann"}])
def test_identity__nobody_may_anything(monkeypatch, entrance, given):
    identified(monkeypatch, entrance, given)
    assert identity.current().role is None
    with pytest.raises(NotAllowed, match="not logged in"):
        identity.require(Right.LOOK)


def test_identity__a_role_that_is_taken_away_holds_no_longer(monkeypatch, entrance):
    token = entrance.sessions.sign(entrance.sessions.begin("Ann"))
    identified(monkeypatch, entrance, {SESSION_HEADER: token})
    assert identity.require(Right.EXPORT)
    entrance.users.remove("Ann")
    with pytest.raises(NotAllowed):
        identity.require(Right.LOOK)


def test_identity__without_a_login_the_person_at_this_machine_may_everything(monkeypatch, tmp_path):
    identified(monkeypatch, build(Settings(config=tmp_path)), {})
    assert identity.require(Right.EXPORT).name == "browser"
    assert list(tmp_path.iterdir()) == [], "nothing is written for a login that there is not"


def test_door__is_that_of_the_environment(monkeypatch, tmp_path):
    doors.door.cache_clear()
    monkeypatch.setenv("TAXON_CONFIG", str(tmp_path))
    assert doors.door().settings.login == ""
    doors.door.cache_clear()
