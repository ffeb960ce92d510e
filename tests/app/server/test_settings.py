"""app.server.settings and `python -m app`: a server that strangers could use does not start, and says why."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from app.server import oidc
from app.server.settings import Settings, check, is_loopback
from core.errors import BadInput
from core.users.file import Users
from core.users.roles import Role

ROOT = Path(__file__).resolve().parents[3]
NAMED = {"hosts": ("taxon.example",)}


@pytest.fixture
def config(tmp_path, monkeypatch):
    monkeypatch.setenv("FORWARDED_ALLOW_IPS", "")
    Users(tmp_path).add("ann@example.org", Role.OWNER, None)
    return tmp_path


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "localhost", "127.8.8.8"])
def test_check__this_machine_needs_no_login(address, tmp_path):
    check(Settings(config=tmp_path / "nothing"), address)
    assert not (tmp_path / "nothing").exists()


@pytest.mark.parametrize(
    "address", ["0.0.0.0", "", "::", "10.0.0.1", "taxon.example", "127.0.0.1.example", "::ffff:10.0.0.1"]
)
def test_check__any_other_address_needs_one(address, config):
    with pytest.raises(BadInput, match=r"does not listen on .* without a login"):
        check(Settings(config=config), address)
    with pytest.raises(BadInput, match="without knowing its name"):
        check(Settings(login="proxy", proxy="10.0.0.2", config=config), address)
    check(Settings(login="proxy", proxy="10.0.0.2", config=config, **NAMED), address)


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"login": "none"}, "no way to log in"),
        ({"login": "passwords"}, "Nobody could log in as an owner"),
        ({"login": "proxy"}, "needs the proxy's address"),
        ({"login": "proxy", "proxy": "proxy.example"}, "needs the proxy's address"),
        ({"login": "oidc"}, "needs Authlib"),
    ],
)
def test_check__a_login_that_cannot_work_is_refused(config, monkeypatch, changes, sentence):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(BadInput, match=sentence):
        check(Settings(config=config, **NAMED, **changes), "127.0.0.1")


@pytest.mark.parametrize("role", [Role.VIEWER, Role.LABELLER])
def test_check__somebody_must_be_able_to_do_everything(tmp_path, role):
    Users(tmp_path).add("Ann", role, "correct horse battery")
    with pytest.raises(BadInput, match="as an owner"):
        check(Settings(login="passwords", config=tmp_path), "127.0.0.1")


def test_check__a_proxy_cannot_be_told_apart_where_forwarded_addresses_are_believed(config, monkeypatch):
    for believed in ("127.0.0.1", "*", None):
        monkeypatch.delenv("FORWARDED_ALLOW_IPS") if believed is None else monkeypatch.setenv(
            "FORWARDED_ALLOW_IPS", believed
        )
        with pytest.raises(BadInput, match="cannot tell the proxy"):
            check(Settings(login="proxy", proxy="10.0.0.2", config=config), "127.0.0.1")


def test_settings__come_from_the_environment():
    given = {"TAXON_LOGIN": " passwords ", "TAXON_HOSTS": "A.example, b.example,", "TAXON_PROXY_HEADER": "X-Me"}
    told = Settings.read(given)
    assert (told.login, told.hosts, told.proxy_header) == ("passwords", ("a.example", "b.example"), "x-me")
    assert Settings.read({}).allowed_hosts == ("localhost", "127.0.0.1", "::1")
    assert not is_loopback("example.org")


@pytest.mark.parametrize(
    ("command", "environment"),
    [
        (["app", "--address", "0.0.0.0"], {}),
        (["app", "--address", "10.0.0.1", "--name", "taxon.example"], {}),
        (["app", "--login", "passwords"], {}),
        (["streamlit", "run", "app/main.py", "--server.headless=true", "--server.address=0.0.0.0"], {}),
        (["streamlit", "run", "app/main.py", "--server.headless=true"], {"TAXON_LOGIN": "passwords"}),
    ],
)
def test_start__is_refused_with_a_sentence(tmp_path, command, environment):
    told = {**os.environ, "TAXON_CONFIG": str(tmp_path), **environment}
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=ROOT, env=told, capture_output=True, text=True, timeout=120
    )
    assert done.returncode == 2, done.stdout + done.stderr
    assert "python -m" in done.stderr and "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("told", "found"),
    [
        ({"email": "Ann@example.org", "email_verified": True, "iat": 1000}, True),
        ({"email": "ann@example.org", "email_verified": True, "iat": 99}, False),
        ({"email": "ann@example.org", "email_verified": True, "iat": 1200}, False),
        ({"email": "ann@example.org", "email_verified": True}, False),
        ({"email": "ann@example.org", "email_verified": "true", "iat": 1000}, False),
        ({"email": "ann@example.org", "iat": 1000}, False),
        ({"email": "ben@example.org", "email_verified": True, "iat": 1000}, False),
        ({"name": "ann@example.org", "email_verified": True, "iat": 1000}, False),
        ({}, False),
    ],
)
def test_oidc__only_a_fresh_and_verified_address_is_somebody(config, told, found):
    assert bool(oidc.user_of(told, Users(config), now=1001)) == found
