"""Forgetting in the browser: said first, done on a second button, and the page that comes after it."""

from __future__ import annotations

import numpy as np
import pytest

from app import resources
from app.server import identity
from app.state import Picked
from core.lock import at_work
from core.partition.edits import Forget
from core.partition.rows import Rows
from core.project import Project
from core.users.roles import Role


def button(page, key):
    return next(one for one in page.button if one.key == key)


@pytest.fixture
def page(view, planted_copy):
    shown = view("explore", project=planted_copy)
    shown.session_state["taxon:selection"] = Picked(np.arange(3))
    return shown.run()


def test_forget__is_said_first_then_done_for_good(page, planted_copy, words, begun):
    assert button(page, "verbs:forget").label == "Forget 3 items …"
    button(page, "verbs:forget").click().run()
    said = words(page)
    assert "This cannot be undone" in said and "stay there" in said and "run the analysis again" in said
    path = resources.project_path(planted_copy)
    with Project.open(path, read_only=True) as project:
        assert len(project.labels()) == 144
    button(page, "forget:do").click().run()
    assert not page.exception and not page.error
    with Project.open(path, read_only=True) as project:
        assert len(project.labels()) == 141 and project.items.load().rows.tolist() == list(range(3, 144))
        assert project.history()[0].kind == "forget"
    assert "The analysis is to be run again" in words(page)
    assert len(page.session_state["taxon:selection"]) == 0
    button(page, "page:again").click().run()
    assert [stage for stage, _ in begun] == ["run"] and not page.exception


def test_forget__a_second_thought_changes_nothing(page, planted_copy):
    button(page, "verbs:forget").click().run()
    button(page, "forget:keep").click().run()
    with Project.open(resources.project_path(planted_copy), read_only=True) as project:
        assert len(project.labels()) == 144 and project.history()[0].kind == "recluster"


def test_forget__is_refused_in_a_sentence_while_somebody_works(page, planted_copy):
    button(page, "verbs:forget").click().run()
    with at_work(resources.project_path(planted_copy)):
        button(page, "forget:do").click().run()
    assert "being worked on" in page.error[0].value and not page.exception


def test_forget__is_an_owners(view, planted_copy, monkeypatch):
    monkeypatch.setattr(identity, "current", lambda: identity.Identity("Ben", Role.LABELLER))
    monkeypatch.setattr("app.components.verbs.current", lambda: identity.Identity("Ben", Role.LABELLER))
    shown = view("explore", project=planted_copy)
    shown.session_state["taxon:selection"] = Picked(np.arange(3))
    assert "verbs:forget" not in {one.key for one in shown.run().button}


def test_pages__of_a_project_without_the_forgotten_say_what_is_left(view, planted_copy, words):
    resources.open_project(planted_copy).apply(Forget(Rows(np.arange(144))))
    for name in ("explore", "clusters", "export"):
        shown = view(name, project=planted_copy, item=5)
        assert not shown.exception and "Nothing is in this project yet" in words(shown)
