"""What happened on the servers of comparable tools, replayed on ours: a real server, requests sent byte for byte.

Label Studio, FiftyOne, Argilla, Jupyter, Datasette, Streamlit. Each test is named after an advisory, or after the
finding where it has no number.
"""

from __future__ import annotations

import json
import stat

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from app import routes
from app.server.door import build
from app.server.settings import Settings
from core.users.file import Users
from core.users.private import secret
from tests.security.conftest import ACTIVE, PASSWORD, Served, started

PAGE = {"Accept": "text/html"}
SCRIPT = ACTIVE.decode()
SECRET = "SECRET OF THE MACHINE"
WALKS = [
    "../", "..%2f", "%2e%2e/", "%2e%2e%2f", "..%252f", "..%5c", "..\\", "%c0%ae%c0%ae/", "....//", "./../", "..;/",
    "%00../", "//", "\\\\example.org\\share\\", "//example.org/share/", "%5c%5cexample.org%5cshare%5c", "/etc/../../",
]  # fmt: skip
ROUTES = [
    "", "static/", "media/", "component/", "thumb/", "picture/", "point/", "_stcore/", "_stcore/bidi-components/",
    "app/static/",
]  # fmt: skip
TARGETS = ("secret.txt", "config/users.json", "config/secret", "projects/hostile.taxon/project.json", "etc/passwd")


@pytest.fixture(scope="module")
def planted(served):
    """A file beside the projects that nobody may read."""
    (served.folder / "secret.txt").write_text(SECRET)
    return served


@pytest.mark.parametrize("route", ROUTES)
@pytest.mark.parametrize("who", ["", "Ann"])
def test_path_traversal__label_studio_nginx_alias_and_streamlit_2022_35918_2024_42474_2026_33682(planted, route, who):
    for walk in WALKS:
        for target in TARGETS:
            answer = planted.ask(f"/{route}{walk * 6}{target}", who=who)
            assert answer.status < 500, (walk, target)
            for word in (SECRET, "scrypt$", "made_by", "root:x:"):
                assert word not in answer.text, (walk, target)
    assert (planted.folder / "config" / "secret").read_bytes() == secret(planted.folder / "config")


@pytest.mark.parametrize("name", ["filepath", "path", "file", "url", "src"])
def test_fiftyone_media_filepath__no_route_takes_a_path(planted, name):
    for route in ("media", "thumb/x", "picture/x", "point/x/0", "component/x", "static", ""):
        for target in (planted.folder / "secret.txt", "/etc/passwd", "file:///etc/passwd"):
            answer = planted.ask(f"/{route}?{name}={target}", who="Ann")
            assert SECRET not in answer.text and "root:" not in answer.text


def test_fiftyone_cors__no_other_site_may_read_answers(served):
    for path in ("/", "/_stcore/health", "/_stcore/host-config", "/login", "/thumb/x", "/_stcore/metrics"):
        for origin in ("https://evil.example", "null", "http://localhost.evil.example"):
            answer = served.ask(path, who="Ann", Origin=origin)
            assert "access-control-allow-origin" not in answer.headers, (path, origin)
            assert "access-control-allow-credentials" not in answer.headers


def test_fiftyone_debug__a_mistake_shows_no_trace(served):
    for path in ("/thumb/%ff", "/point/x/99999999999999999999", "/_stcore/upload_file/x/y", "/login?next=%ff", "/%00"):
        for method in ("GET", "POST", "DELETE", "TRACE", "OPTIONS", "NONSENSE"):
            answer = served.ask(path, method, who="Ann")
            assert answer.status < 500 and "Traceback" not in answer.text and "site-packages" not in answer.text


def reflections():
    payload = "%3Cscript%3Ealert(document.domain)%3C/script%3E"
    yield from (f"/{payload}", f"/explore?project={payload}", f"/?_debug={payload}", f"/login?next={payload}")
    yield from (f"/login?next=/x{payload}", f"/thumb/{payload}", f"/point/{payload}/0", f"/media/{payload}")
    yield from (f"/static/{payload}", f"/component/{payload}/x", f"/_stcore/{payload}")
    yield f"/oauth2callback?error={payload}"


@pytest.mark.parametrize("who", ["", "Ann"])
@pytest.mark.parametrize("path", reflections())
def test_cve_2021_32670_datasette_2023_27494_streamlit_2025_47783_label_studio__nothing_is_reflected(served, path, who):
    for accept in ("text/html", "application/json", "*/*"):
        answer = served.ask(path, who=who, Accept=accept, Referer=f"{served.address}/{SCRIPT}", User_Agent=SCRIPT)
        assert SCRIPT not in answer.text and not any(SCRIPT in value for value in answer.headers.values())


def test_cve_2025_47783_label_studio__a_form_reflects_nothing(served):
    body = f"name={SCRIPT}&password={SCRIPT}&next={SCRIPT}".encode()
    answer = served.ask("/login", "POST", body=body, Content_Type="application/x-www-form-urlencoded")
    assert answer.status in (401, 429) and SCRIPT not in answer.text


def test_ghsa_jqwc_jupyter__every_answer_forbids_scripts_of_others(served):
    paths = ("/", "/login", "/_stcore/health", "/thumb/x", "/point/x/0", "/media/x.svg", "/nothing", "/favicon.png")
    for path in paths:
        for who in ("", "Ann"):
            told = served.ask(path, who=who).headers
            policy = dict(part.strip().partition(" ")[::2] for part in told["content-security-policy"].split(";"))
            assert "'unsafe-inline'" not in policy.get("script-src", "'none'"), path
            assert policy["default-src"] == "'none'", path
            assert told["x-content-type-options"] == "nosniff" and told["x-frame-options"] == "DENY", path


def test_notebook_1830_jupyter__another_site_on_the_same_machine_reaches_nothing(served):
    for host in ("evil.example", "evil.example:8501", "127.0.0.1.nip.io"):
        answer = served.ask("/", who="Ann", Host=host, **PAGE)
        assert answer.status == 421 and "<script" not in answer.text
    assert served.ask("/_stcore/health").status == 401


UPGRADE = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec_WebSocket_Version": "13"}
UPGRADE |= {"Sec_WebSocket_Key": "x" * 22 + "=="}


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "", "http://localhost:1"])
def test_cross_site_websocket_hijacking__a_foreign_page_gets_no_socket(served, origin):
    answer = served.ask("/_stcore/stream", who="Ann", **{**UPGRADE, "Origin": origin})
    assert answer.status == 403
    log = (served.folder / "log.txt").read_text(errors="replace")
    assert "checkip" not in log, "Streamlit must not ask outside who we are"


def test_websocket__needs_a_session(served):
    assert served.ask("/_stcore/stream", **UPGRADE).status == 403


def test_cve_2022_36551_label_studio__nobody_signs_up(served):
    for path in ("/signup", "/register", "/user/signup", "/api/users", "/users", "/admin", "/login/new"):
        for method in ("GET", "POST"):
            assert served.ask(path, method).status in (303, 401, 404, 405), path
    assert len(Users(served.folder / "config").all()) == 2


@pytest.mark.parametrize(
    ("name", "password"),
    [("argilla", "1234"), ("argilla", "12345678"), ("admin", "admin"), ("Ann", ""), ("", "")],
)
def test_argilla_default_password__there_is_none(tmp_path, name, password):
    entrance = build(Settings(login="passwords", config=tmp_path))
    assert entrance.users.all() == [] and entrance.users.check(name, password) is None


def test_argilla_default_password__a_server_that_nobody_could_enter_does_not_start(tmp_path):
    done = started("app", "--login", "passwords", environment={"TAXON_CONFIG": str(tmp_path / "none")})
    assert done.returncode == 2 and "Nobody could log in" in done.stderr


def test_label_studio_hard_coded_secret_key__every_installation_has_its_own(served, tmp_path):
    config = served.folder / "config"
    assert stat.S_IMODE((config / "secret").stat().st_mode) == 0o600
    assert stat.S_IMODE((config / "users.json").stat().st_mode) == 0o600
    other = build(Settings(login="passwords", config=tmp_path))
    forged = other.sessions.sign(other.sessions.begin("Ann"))
    assert served.ask("/", Cookie=f"taxon_session={forged}").status == 401
    for word in (b"", b"secret", b"changeme", bytes(32)):
        from app.server.sessions import Sessions

        forged = Sessions(word, tmp_path).sign(other.sessions.begin("Ann"))
        assert served.ask("/", Cookie=f"taxon_session={forged}").status == 401


def test_label_studio_orm_filter_leak__no_answer_says_anything_of_users(served):
    for path in ("/", "/login", "/account", "/_stcore/host-config", "/_stcore/metrics", "/_stcore/health"):
        for query in ("", "?filters=password__startswith=s", "?user=Cleo", "?order=password"):
            answer = served.ask(path + query, who="Ann")
            for word in ("scrypt", "Cleo", PASSWORD):
                assert word not in answer.text


def test_cve_2026_22033_label_studio__no_script_could_read_the_session(served):
    served.cookies.pop("Ann", None)
    body = f"name=Ann&password={PASSWORD.replace(' ', '+')}".encode()
    answer = served.ask("/login", "POST", body=body, Content_Type="application/x-www-form-urlencoded")
    cookie = answer.headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=strict" in cookie
    for path in ("/", "/account", "/_stcore/host-config"):
        assert served.session("Ann") not in served.ask(path, who="Ann").text


def test_streamlit_metrics_and_health__are_not_public(served):
    for path in ("/_stcore/metrics", "/_stcore/health", "/_stcore/host-config", "/_stcore/script-health-check"):
        assert served.ask(path).status == 401
        assert served.ask(path, who="Cleo").status in (200, 404)


def test_streamlit_agent_api__is_no_second_way_in(served):
    body = json.dumps({}).encode()
    for path in ("/_stcore/agent/interact", "/_stcore/agent/mcp"):
        assert served.ask(path, "POST", body=body, Content_Type="application/json").status == 401
        answer = served.ask(path, "POST", who="Ann", body=body, Content_Type="application/json")
        assert answer.status >= 400 and "error" in answer.text and "session" not in answer.text, answer.text


def test_streamlit_upload__a_viewer_fills_no_memory_and_a_foreign_page_nobodys(served):
    for path in ("/_stcore/upload_file/x/y",):
        assert served.ask(path, "PUT", who="Cleo", body=b"x").status == 403
        assert served.ask(path, "PUT", who="Ann", body=b"x", Origin="https://evil.example").status == 403
        assert served.ask(path, "PUT", who="Ann", body=b"x").status in (400, 403), "no such session, no XSRF token"


def test_request_smuggling__a_request_has_one_host(served):
    import socket
    from urllib.parse import urlsplit

    there = urlsplit(served.address)
    cookie = served.session("Ann")
    for hosts in (["127.0.0.1", "evil.example"], ["evil.example", "127.0.0.1"], []):
        named = [f"Host: {host}" for host in hosts]
        lines = ["GET /_stcore/health HTTP/1.1", *named, f"Cookie: taxon_session={cookie}"]
        with socket.create_connection((there.hostname, there.port), timeout=20) as raw:
            raw.sendall("\r\n".join([*lines, "Connection: close", "", ""]).encode())
            answer = raw.recv(4096)
        assert answer.startswith((b"HTTP/1.1 4",)), answer[:80]


def test_handles__nobody_counts_through_the_pictures():
    client = TestClient(Starlette(routes=routes.ROUTES))
    for guess in ("0", "1", "AAAA", "A" * 40, "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="):
        for route in ("thumb", "picture", "points"):
            assert client.get(f"/{route}/{guess}").status_code == 404
        assert client.get(f"/point/{guess}/0").status_code == 404


def test_served__is_still_the_same_server(served: Served):
    assert served.process.poll() is None
    assert served.ask("/_stcore/health", who="Ann").body == b"ok"
    log = (served.folder / "log.txt").read_text(errors="replace")
    assert "Traceback" not in log and PASSWORD not in log and served.session("Ann") not in log
