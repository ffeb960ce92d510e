"""The way in through a provider (OpenID Connect), to the end: st.login, the provider, and a session of ours."""

from __future__ import annotations

import json

import pytest

from core.users.file import Users
from core.users.roles import Role
from tests.browser.conftest import free_port
from tests.browser.shared_server import shared_server
from tests.browser.waiting import settle

pytestmark = pytest.mark.browser
expect = pytest.importorskip("playwright.sync_api").expect
pytest.importorskip("authlib", reason="pip install streamlit[auth]")

ADDRESS = "ann@example.org"


@pytest.fixture
def provider():
    from tests.browser.oidc_provider import Provider

    made = Provider()
    yield made
    made.stop()


@pytest.fixture
def served(tmp_path, originals, provider):
    from tests.browser.oidc_provider import CLIENT, SECRET

    Users(tmp_path / "config").add(ADDRESS, Role.OWNER, None)
    port = free_port()
    told = {
        "redirect_uri": f"http://127.0.0.1:{port}/oauth2callback",
        "cookie_secret": "a secret of this test alone",
        "client_id": CLIENT,
        "client_secret": SECRET,
        "server_metadata_url": f"{provider.address}/.well-known/openid-configuration",
    }
    secrets = tmp_path / "secrets.toml"
    secrets.write_text("[auth]\n" + "".join(f"{name} = {json.dumps(value)}\n" for name, value in told.items()))
    options = ("--login", "oidc", "--name", "taxon.example")
    with shared_server(tmp_path, originals, port, *options, STREAMLIT_SECRETS_FILES=str(secrets)) as server:
        yield server


def test_provider__lets_in_whom_this_server_knows_and_nobody_else(tab, served, provider):
    provider.person = {"email": "stranger@example.org", "email_verified": True}
    page = tab(served.url("explore", project="planted", cluster=1))
    page.get_by_role("link", name="Log in").click()
    expect(page.get_by_text("this server has no user of your address")).to_be_visible()
    provider.person = {"email": ADDRESS, "email_verified": False}
    page.get_by_role("link", name="Log in").click()
    expect(page.get_by_text("this server has no user of your address")).to_be_visible()
    assert "taxon_session" not in [one["name"] for one in page.context.cookies()]
    provider.person = {"email": ADDRESS, "email_verified": True}
    page.get_by_role("link", name="Log in").click()
    expect(page.get_by_role("link", name=f"{ADDRESS} · owner")).to_be_visible()
    page.goto(served.url("explore", project="planted", cluster=1))
    page.locator(".tile").first.wait_for()
    settle(page)
    page.get_by_label("Name").fill("by a provider's word")
    page.keyboard.press("Enter")
    expect(page.get_by_test_id("stToast").first).to_be_visible()
    page.get_by_role("link", name=f"{ADDRESS} · owner").click()
    page.get_by_role("button", name="Log out").click()
    page.wait_for_url("**/login")
    # What the provider said is gone with it: she is asked again.
    assert not [one["name"] for one in page.context.cookies() if one["name"].startswith("_streamlit_user")]
    expect(page.get_by_role("link", name="Log in")).to_be_visible()
