"""Start without a browser, and the jobs that its buttons begin."""

from __future__ import annotations

from dataclasses import replace

from app import resources
from core.jobs import Jobs, JobStatus


def texts(page):
    return [one.value for one in page.text]


def button(page, key):
    return next(one for one in page.button if one.key == key)


def test_start__the_demo_is_one_click(view, begun, words):
    page = view("start")
    assert not page.exception and "Find the groups" in words(page)
    button(page, "start:emoji").click().run()
    assert [(stage, told["source"]) for stage, told in begun] == [("import", "demo:emoji")]
    assert resources.project_names() == ["Emoji"] and not page.exception


def test_start__a_project_shows_its_report_and_the_others(view, planted_copy, words):
    resources.create_project("other").close()
    page = view("start", project=planted_copy)
    assert not page.exception and "144 read" in words(page).replace("\\", "") and "→ Explore" in words(page)
    button(page, "start:open:other").click().run()
    assert "## other" in words(page)


def test_start__a_bad_address_is_a_sentence(view, words):
    page = view("start", project="../../etc")
    assert "cannot be the name of a project" in page.warning[0].value and "Find the groups" in words(page)


def test_start__opens_explore_as_soon_as_work_can_begin(view, planted_copy, words, monkeypatch):
    status = JobStatus("20261124000000-00000000", "import", "running", 1, 2, "Refining the map")
    folder = resources.project_path(planted_copy) / "jobs" / status.id
    folder.mkdir(parents=True)
    (folder / "request.json").write_text("{}")
    told = [status]
    monkeypatch.setattr(Jobs, "unfinished", lambda self: list(told))
    page = view("start", project=planted_copy)
    assert not any("→→" in text for text in texts(page)) and "Reading your items" in words(page)
    assert not page.error, page.error[0].value
    told[0] = replace(status, result={"active": {"clustering": "x"}})
    page.run()
    assert "→→ views/explore.py" in texts(page) and not page.exception
    page.run()
    assert not any("→→" in text for text in texts(page)), "once: who comes back to this page stays on it"
