"""What comes from strangers stays text in every place, and what makes no sense ends in a sentence."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import time
import zipfile

import numpy as np
import pytest

from core import safe
from core.jobs import Jobs
from core.partition.edits import Rename
from core.project import Project
from tests import prepared
from tests.browser.waiting import settle

pytestmark = pytest.mark.browser
expect = pytest.importorskip("playwright.sync_api").expect
expect.set_options(timeout=60_000)
TAG, MARKDOWN, BACKWARDS, LINES, ENDLESS = prepared.HOSTILE


def opened(tab, server, page_name, **shown):
    page = tab(server.url(page_name, **shown))
    page.get_by_test_id("stAppViewContainer").wait_for()
    settle(page)
    return page


def harmless(page):
    """Nothing of a stranger's has become an element, a style or something that scrolls the page sideways."""
    assert page.locator('img[src="x"]').count() == 0
    assert page.locator('a[href^="javascript:"]').count() == 0
    assert page.locator("strong", has_text=re.compile(r"^bold$")).count() == 0
    assert page.locator(".katex").count() == 0
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.fixture
def hostile(server, project):
    """A project with hostile items, whose clusters are called by two of the hostile texts."""
    name = project("hostile")
    with Project.open(server.projects / f"{name}.taxon") as opened:
        opened.apply(Rename(1, TAG))
        opened.apply(Rename(2, MARKDOWN))
    return name


def test_names__are_text_on_explore(tab, server, hostile):
    page = opened(tab, server, "explore", project=hostile)
    page.locator(".tile").first.wait_for()
    expect(page.locator(".row")).to_have_count(2)
    settle(page)
    names = page.locator(".row .name").all_inner_texts()
    assert TAG in names and MARKDOWN in names
    shown = page.locator(".tiles").inner_text()
    assert TAG in shown and MARKDOWN in shown and "right to left" in shown and "two lines" in shown
    assert max(tile.bounding_box()["height"] for tile in page.locator(".tile").all()) < 260
    expect(page.get_by_role("button", name=re.compile(r"Undo:.*\*\*b"))).to_be_visible()
    harmless(page)
    page.get_by_role("button", name="History").click()
    expect(page.get_by_test_id("stPopoverBody")).to_contain_text(TAG)
    harmless(page)


def test_names__are_text_in_filters_and_colours(tab, server, hostile):
    page = opened(tab, server, "explore", project=hostile)
    page.locator(".tile").first.wait_for()
    page.get_by_role("button", name="Filter").click()
    expect(page.get_by_test_id("stPopoverBody")).to_contain_text(TAG)
    page.keyboard.press("Escape")
    page.locator(".st-key-toolbar-colour").get_by_role("combobox").click()
    page.get_by_role("option", name=TAG).click()
    settle(page)
    expect(page.get_by_text("endless endless").first).to_be_visible()
    harmless(page)


def test_names__are_text_in_the_dialogs(tab, server, hostile):
    page = opened(tab, server, "explore", project=hostile, cluster=1, item=1)
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text(MARKDOWN)
    settle(page)
    harmless(page)
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    settle(page)
    page.locator(".st-key-verbs-split").get_by_role("button").click()
    expect(dialog).to_contain_text(TAG)
    expect(dialog.get_by_text("keeps the name")).to_be_visible()
    settle(page)
    harmless(page)


def test_names__are_text_as_they_are_typed(tab, server, hostile):
    page = opened(tab, server, "explore", project=hostile, cluster=2)
    for typed in (ENDLESS[:200], BACKWARDS, ":red[x] $x$ <b>b</b>"):
        page.get_by_label("Name").fill(typed)
        page.keyboard.press("Enter")
        wanted = safe.name(typed)
        shown = page.locator('.row[data-id="2"] .name').filter(has_text=safe.plain(wanted, 120)).first
        expect(shown).to_have_text(safe.plain(wanted, 120))
        with Project.open(server.projects / f"{hostile}.taxon", read_only=True) as project:
            assert project.partition().clusters[2].name == wanted
        expect(page.get_by_test_id("stToast").filter(has_text=wanted[:20]).first).to_be_visible()
        settle(page)
        harmless(page)


def test_names__are_text_on_clusters(tab, server, hostile):
    with Project.open(server.projects / f"{hostile}.taxon") as project:
        project.apply(Rename(2, "<b>fat</b> $x^2$ %{value}"))
    page = opened(tab, server, "clusters", project=hostile)
    treemap = page.locator(".st-key-clusters-treemap")
    treemap.locator(".slicetext").first.wait_for()
    drawn = " ".join(treemap.locator(".slicetext").all_text_contents())
    assert TAG in drawn and "<b>fat</b> $x^2$ %{value}" in drawn
    assert treemap.locator("image, a").count() == 0
    harmless(page)


def test_names__are_text_on_export_and_start(tab, server, hostile):
    page = opened(tab, server, "export", project=hostile)
    expect(page.get_by_test_id("stDataFrame")).to_be_visible()
    harmless(page)
    page.goto(server.url("", project=hostile))
    expect(page.get_by_text("10 items")).to_be_visible()
    harmless(page)


def uploaded(tab, server, name, data):
    """A page where a file was dropped and its import begun."""
    page = opened(tab, server, "")
    page.get_by_role("tab", name="A zip or a table").click()
    file = {"name": name, "mimeType": "application/octet-stream", "buffer": data}
    page.locator('input[type="file"]').set_input_files(file)
    button = page.locator(".st-key-start-upload").get_by_role("button")
    expect(button).to_be_enabled()
    button.click()
    return page


def broken_zip():
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("a.png", prepared.drawn("disc", 1))
    return data.getvalue()[:-30]


@pytest.mark.parametrize(
    ("name", "data"),
    [("empty.csv", b""), ("broken.zip", broken_zip()), ("words.csv", b"\x00\xff\x00 nothing of a table")],
)
def test_upload__what_cannot_be_read_ends_in_a_sentence(tab, server, name, data):
    page = uploaded(tab, server, name, data)
    refusal = page.get_by_test_id("stAlert").first
    refusal.wait_for(timeout=120_000)
    words = refusal.inner_text()
    assert "Error" not in words and "Traceback" not in words and len(words) > 20
    expect(page.get_by_role("button", name="Dismiss")).to_be_visible()


@pytest.mark.parametrize(
    ("page_name", "shown", "sentence"),
    [
        ("explore", {}, "No project is open"),
        ("clusters", {"project": "there is none"}, "There is no project"),
        ("export", {"project": "../../etc"}, "cannot be the name of a project"),
        ("explore", {"project": "PLANTED", "cluster": "<img src=x>"}, "is not the number of a cluster"),
        ("explore", {"project": "PLANTED", "cluster": "99999"}, "Cluster 99999 is not there any more"),
        ("explore", {"project": "PLANTED", "item": "99999"}, "There is no item 99999"),
        ("explore", {"project": "PLANTED", "q": '"nowhere"'}, "Nothing matches"),
        ("", {"project": "../../etc"}, "cannot be the name of a project"),
        ("", {"project": "there is none"}, "Find the groups in your pictures and texts"),
    ],
)
def test_address__what_makes_no_sense_ends_in_a_sentence(tab, server, project, page_name, shown, sentence):
    if shown.get("project") == "PLANTED":
        shown = {**shown, "project": project()}
    page = opened(tab, server, page_name, **shown)
    expect(page.get_by_text(sentence).first).to_be_visible()


def test_address__back_and_forward_take_one_step_each(tab, server, project):
    page = opened(tab, server, "explore", project=project())
    focused = page.locator(".row[aria-current=true]")
    page.locator('.row[data-id="2"] .name').click()
    expect(focused).to_have_attribute("data-id", "2")
    page.wait_for_url("**cluster=2*")
    page.get_by_role("link", name="Clusters").click()
    page.wait_for_url("**/clusters?*cluster=2*")
    page.locator('.row[data-id="2"]').wait_for()
    settle(page)
    page.go_back()
    page.wait_for_url("**/explore?*cluster=2*")
    page.locator("canvas.top").wait_for()
    expect(focused).to_have_attribute("data-id", "2")
    settle(page)
    page.go_back()
    expect(focused).to_have_count(0)
    settle(page)
    assert "/explore" in page.url and "cluster" not in page.url
    page.go_forward()
    expect(focused).to_have_attribute("data-id", "2")
    page.wait_for_url("**cluster=2*")
    settle(page)
    expect(page.locator(".row")).to_have_count(4)
    assert page.get_by_test_id("stException").count() == 0


def test_small_projects__say_what_to_do(tab, server, tmp_path):
    nothing, single = "nothing in it", "one in it"
    with Project.create(server.projects / f"{nothing}.taxon", nothing):
        pass
    for page_name in ("explore", "clusters", "export"):
        page = opened(tab, server, page_name, project=nothing)
        expect(page.get_by_text("Nothing is in this project yet")).to_be_visible()
    page.goto(server.url("", project=nothing))
    expect(page.get_by_text("0 items")).to_be_visible()
    folder = server.projects / "one in it source"
    folder.mkdir()
    (folder / "items.csv").write_text("id,text\na,one text alone\n")
    np.save(folder / "vectors.npy", np.ones((1, 4), np.float32))
    prepared.analysed(server.projects / f"{single}.taxon", folder / "items.csv", 0, vectors=folder / "vectors.npy")
    page = opened(tab, server, "explore", project=single)
    expect(page.locator(".tile")).to_have_count(1)
    page.locator(".row").first.click()
    expect(page.get_by_label("Name")).to_be_visible()
    expect(page.locator(".st-key-verbs-split").get_by_role("button")).to_be_disabled()
    for page_name in ("clusters", "export"):
        page.goto(server.url(page_name, project=single))
        expect(page.get_by_text("of 1 items settled").or_(page.get_by_text("of 1 item settled")).first).to_be_visible()


def test_job__its_panel_is_there_again_after_a_reload(tab, server, project):
    name = project()
    jobs = Jobs(server.projects / f"{name}.taxon")
    page = opened(tab, server, "explore", project=name)
    page.locator(".row").first.wait_for()
    job_id = jobs.start("run", {"encoder": "vectors"})
    deadline = time.monotonic() + 60
    while jobs.status(job_id).state != "running" and time.monotonic() < deadline:
        time.sleep(0.01)
    # It is held there, or on a busy machine it would be over before the page is drawn.
    pid = json.loads((jobs.folder(job_id) / "alive").read_text())["pid"]
    os.kill(pid, signal.SIGSTOP)
    try:
        for _ in range(2):
            page.reload()
            expect(page.get_by_role("progressbar").first).to_be_visible()
            expect(page.get_by_text("Finding the groups").first).to_be_visible()
        page.get_by_test_id("stMainBlockContainer").get_by_role("button", name="Stop").click()
        settle(page)
    finally:
        os.kill(pid, signal.SIGCONT)
    while not jobs.status(job_id).over and time.monotonic() < deadline + 60:
        page.wait_for_timeout(200)
    # Heard, or it was past its last safe point already: it never just goes on.
    assert jobs.status(job_id).state in ("cancelled", "done")
    jobs.kill(job_id)


def test_log__says_nothing_that_is_wrong(server):
    """What the server wrote while the tests of this file used it: every warning has a cause that can be mended."""
    lines = server.log.read_text(errors="replace").splitlines()
    assert [line for line in lines if re.search(r"warn|error|Traceback", line, re.I)] == []
