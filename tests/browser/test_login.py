"""A server for several people, as they meet it: the way in, roles, who did what, whose edit stands, the way out."""

from __future__ import annotations

import urllib.error
import urllib.request

import pytest

from core.project import Project
from core.users.file import Users
from core.users.roles import Role
from tests.browser.conftest import free_port
from tests.browser.shared_server import shared_server
from tests.browser.waiting import settle

pytestmark = pytest.mark.browser
expect = pytest.importorskip("playwright.sync_api").expect
PASSWORD = "correct horse battery"
PEOPLE = {"Ann": Role.OWNER, "<b>Ben</b>": Role.LABELLER, "Cleo": Role.VIEWER}


@pytest.fixture(scope="module")
def shared(tmp_path_factory, originals):
    """`python -m app` on every address of this machine, with the password file."""
    folder = tmp_path_factory.mktemp("shared")
    users = Users(folder / "config")
    for name, role in PEOPLE.items():
        users.add(name, role, PASSWORD)
    with shared_server(folder, originals, free_port(), "--login", "passwords", "--name", "taxon.example") as server:
        yield server


def entered(tab, server, name):
    """A tab of somebody who has logged in, on the first cluster."""
    page = tab(server.url("explore", project="planted", cluster=1))
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    page.wait_for_url("**/explore*")
    page.locator(".tile").first.wait_for()
    settle(page)
    return page


def named(page, name):
    page.get_by_label("Name").fill(name)
    page.keyboard.press("Enter")
    settle(page)


def history(server):
    with Project.open(server.projects / "planted.taxon", read_only=True) as project:
        return [(event.who, event.kind) for event in project.history()], project.partition().clusters[1].name


def test_several_people__each_may_what_her_role_says_and_nobody_overwrites_another(tab, shared):
    ann, ben, cleo = (entered(tab, shared, name) for name in PEOPLE)
    expect(cleo.get_by_role("link", name="Cleo · viewer")).to_be_visible()
    named(cleo, "by a viewer")
    expect(cleo.get_by_text("You may not edit")).to_be_visible()
    named(ben, "discs")
    expect(ben.get_by_test_id("stToast").first).to_be_visible()
    assert history(shared) == ([("<b>Ben</b>", "rename"), ("Taxon", "recluster")], "discs")
    named(ann, "rounds")
    question = ann.locator(".st-key-conflict")
    expect(question).to_contain_text("<b>Ben</b> did this")
    expect(question).to_contain_text("rounds")
    question.get_by_role("button", name="Keep both").click()
    expect(question).to_have_count(0)
    settle(ann)
    assert history(shared)[1] == "discs / rounds" and history(shared)[0][0][0] == "Ann"
    ann.locator(".st-key-presence").get_by_role("button").click()
    expect(ann.get_by_test_id("stPopoverBody")).to_contain_text("Also here: <b>Ben</b>, Cleo")
    assert ann.locator("b", has_text="Ben").count() == 0


def test_logout__ends_every_page_of_that_session(tab, shared):
    page = entered(tab, shared, "Cleo")
    other = page.context.new_page()
    other.goto(shared.url("clusters", project="planted"))
    other.locator(".row").first.wait_for()
    cookie = next(one for one in page.context.cookies() if one["name"] == "taxon_session")
    assert cookie["httpOnly"] and cookie["sameSite"] == "Strict"
    page.get_by_role("link", name="Cleo · viewer").click()
    page.get_by_role("button", name="Log out").click()
    page.wait_for_url("**/login")
    other.goto(shared.url("clusters", project="planted"))
    expect(other.get_by_label("Password")).to_be_visible()
    copy = {"Cookie": f"taxon_session={cookie['value']}"}
    told = urllib.request.Request(f"{shared.address}/_stcore/health", headers=copy)
    with pytest.raises(urllib.error.HTTPError, match="401"):
        urllib.request.urlopen(told)


def test_login__a_wrong_password_says_so_and_no_more(tab, shared):
    page = tab(shared.url(""))
    page.get_by_label("Name").fill("nobody")
    page.get_by_label("Password").fill("wrong")
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("alert")).to_have_text("Name or password is wrong.")


def test_start__a_viewer_is_offered_no_import(tab, shared):
    page = entered(tab, shared, "Cleo")
    page.goto(shared.url(""))
    expect(page.get_by_text("an owner of this server can import others")).to_be_visible()
    assert page.locator('input[type="file"]').count() == 0
    page.goto(shared.url("export", project="planted"))
    page.get_by_role("button", name="Prepare the file").click()
    expect(page.get_by_text("You may not export")).to_be_visible()
