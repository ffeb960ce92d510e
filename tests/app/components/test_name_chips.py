"""Suggested names beside the field, without a browser."""

from __future__ import annotations

from core import naming
from core.jobs import Jobs
from core.project import Project


def names(page):
    return [button for button in page.button if button.key and button.key.startswith("names:")]


def prepare(projects, name):
    with Project.open(projects / f"{name}.taxon") as project:
        naming.prepare(project)


def test_name_chips__name_the_cluster_in_one_click(view, planted_copy, projects):
    prepare(projects, planted_copy)
    page = view("clusters", project=planted_copy, cluster=2)
    assert not page.exception
    (chip,) = names(page)
    assert chip.label in ("disc", "bar", "ring", "cross")
    assert "36 of 36" in chip.help
    chip.click().run()
    assert not page.exception
    assert not names(page)
    with Project.open(projects / f"{planted_copy}.taxon", read_only=True) as project:
        assert project.partition().clusters[2].name == chip.label


def test_name_chips__are_looked_for_in_a_job_when_asked(view, planted_copy, projects, monkeypatch):
    started = []
    monkeypatch.setattr(Jobs, "start", lambda self, stage, parameters, standby=None: started.append(stage))
    page = view("clusters", project=planted_copy, cluster=2)
    (button,) = names(page)
    assert button.label == "Suggest names"
    assert not started
    button.click().run()
    assert started == [naming.STAGE]
    assert not page.exception


def test_name_chips__say_that_nothing_is_sure(view, planted_copy, projects, monkeypatch):
    prepare(projects, planted_copy)
    monkeypatch.setattr(naming, "names", lambda *_, **__: {})
    page = view("clusters", project=planted_copy, cluster=2)
    assert not names(page)
    assert "?" in [caption.value for caption in page.caption]
