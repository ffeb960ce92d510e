"""Start without a browser, and the jobs that its buttons begin."""

from __future__ import annotations

from app import resources


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
