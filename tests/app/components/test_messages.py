"""Refusals, notices, jobs and the way back, as a page shows them."""

from __future__ import annotations

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from app import resources
from app.components import events, job_panel
from app.components.undo_bar import local_time
from core.jobs import JobStatus
from core.partition.edits import Move, Rename
from core.project import Project


def refused():
    import streamlit as st

    from app.components.messages import guard
    from core.errors import BadInput

    with guard():
        raise BadInput("It cannot be **done**.", "<b>why</b>", "Do this.")
    st.text("the page goes on")


def test_guard__shows_what_why_and_next_as_text():
    page = AppTest.from_function(refused).run()
    told = page.error[0].value
    assert "It cannot be \\*\\*done" in told and "\\<b\\>why" in told and "Do this" in told
    assert page.text[0].value == "the page goes on" and not page.exception


def broken():
    from app.components.messages import guard

    with guard():
        raise ZeroDivisionError


def test_guard__our_own_mistakes_pass_through():
    assert AppTest.from_function(broken).run().exception


def acting():
    import streamlit as st

    from app.components import messages
    from core.errors import BadInput

    def fail():
        raise BadInput("No.", "Because.", "Else.")

    messages.notice()
    st.button("do", on_click=messages.attempt, args=(lambda: "Moved [3] items",))
    st.button("fail", on_click=messages.attempt, args=(fail,))


def test_attempt__the_outcome_is_told_once():
    page = AppTest.from_function(acting).run()
    page.button[0].click().run()
    assert page.toast[0].value.startswith("Moved \\[3\\] items") and "Ctrl+Z" in page.toast[0].value
    page.run()
    assert not page.toast
    page.button[1].click().run()
    assert "**No" in page.error[0].value and not page.toast


def editing(name):
    from app import resources
    from app.components import messages, undo_bar

    messages.notice()
    undo_bar.show(resources.open_project(name))


def listing(name):
    from app import resources
    from app.components import undo_bar

    undo_bar._history(resources.open_project(name))


@pytest.fixture
def edited(tmp_path, monkeypatch, text_table):
    from core.items.importer import import_source
    from core.items.sources import open_source

    monkeypatch.setenv("TAXON_PROJECTS", str(tmp_path))
    with Project.create(tmp_path / "words.taxon") as project:
        import_source(project.items, project.thumbnails, open_source(text_table))
        project.apply(Move(item_ids=("sea-00", "sea-01"), cluster_id=None))
        project.apply(Rename(1, "**sea**"), who="Ann")
    yield tmp_path / "words.taxon"
    resources._opened.clear()


def test_undo_bar__takes_back_and_does_again(edited):
    page = AppTest.from_function(editing, args=("words",))
    page.query_params["project"] = "words"
    page.run()
    undo = page.button(key="undo:undo")
    assert "sea" in undo.help and "\\*\\*sea" in undo.help
    assert page.button(key="undo:redo").disabled
    undo.click().run()
    assert page.toast[0].value.startswith("Taken back")
    assert not page.button(key="undo:redo").disabled
    with Project.open(edited, read_only=True) as project:
        assert project.partition().clusters[1].name == ""
    listed = AppTest.from_function(listing, args=("words",)).run()
    assert any(text.value.startswith("~~") for text in listed.markdown)
    assert not page.caption, "what was done is listed when the list is opened"
    page.button(key="undo:redo").click().run()
    with Project.open(edited, read_only=True) as project:
        assert project.partition().clusters[1].name == "**sea**"


def test_local_time__today_and_nonsense():
    assert len(local_time("2020-05-03T14:05:00.123Z")) >= 11 and local_time("yesterday") == ""


def status(**changes):
    return JobStatus(**{"id": "x", "stage": "run", "state": "running", **changes})


def test_job__sentence_share_and_duration():
    running = status(done=500, total=2000, note="encoding", seconds_left=10.0)
    assert job_panel.sentence(running) == "Encoding · 500 of 2,000 · 150 a second · 10 s left"
    assert (
        job_panel.share(running) == 0.25
        and job_panel.share(status()) == 0
        and job_panel.share(status(done=3, total=2)) == 1
    )
    assert job_panel.sentence(status(state="waiting")) == "Waiting to begin"
    assert [job_panel.duration(s) for s in (0.2, 59, 60, 3660)] == ["1 s", "59 s", "1 min", "1 h 1 min"]


def watching(name):
    import streamlit as st

    from app.components import job_panel

    st.text(str(job_panel.show(name)))


def test_job_panel__a_failed_job_says_why_until_it_is_dismissed(tmp_path, monkeypatch):
    from core.jobs import Jobs
    from core.storage import write_json

    monkeypatch.setenv("TAXON_PROJECTS", str(tmp_path))
    path = tmp_path / "birds.taxon"
    Project.create(path).close()
    folder = path / "jobs" / "20260101000000-0123abcd"
    folder.mkdir(parents=True)
    write_json(folder / "request.json", {"stage": "run", "parameters": {}})
    error = {"what": "The **disk** is full.", "why": "", "next_step": "Make room."}
    write_json(folder / "status.json", {"id": folder.name, "stage": "run", "state": "failed", "error": error})
    assert Jobs(path).status(folder.name).over
    page = AppTest.from_function(watching, args=("birds",)).run()
    assert "\\*\\*disk" in page.error[0].value and "Make room" in page.error[0].value and page.text[0].value == "False"
    page.button(key=f"jobs:dismiss:{folder.name}").click().run()
    assert not page.error


def test_job_panel__a_waiting_job_can_be_stopped(tmp_path, monkeypatch):
    from core.jobs import Jobs
    from core.storage import write_json

    monkeypatch.setenv("TAXON_PROJECTS", str(tmp_path))
    path = tmp_path / "birds.taxon"
    Project.create(path).close()
    folder = path / "jobs" / "20260101000000-0123abcd"
    folder.mkdir(parents=True)
    write_json(folder / "request.json", {"stage": "run", "parameters": {}})
    write_json(folder / "status.json", {"id": folder.name, "stage": "run", "state": "waiting"})
    page = AppTest.from_function(watching, args=("birds",)).run()
    assert page.text[0].value == "True"
    page.button(key=f"jobs:stop:{folder.name}").click().run()
    assert (Jobs(path).folder(folder.name) / "cancel").exists()
    assert page.button(key=f"jobs:stop:{folder.name}").disabled


def test_integers__only_whole_numbers_from_zero():
    assert events.integers([1, -1, True, 2.0, "3", None, 4]) == [1, 4]
    assert events.integers(np.array([1])) == [] and events.integers([1, 2, 3], most=2) == [1, 2]
