"""A disk that takes no more: every page says so and goes on showing everything, until there is room again."""

from __future__ import annotations

import resource
from contextlib import contextmanager

import pytest

from app import resources
from core.errors import StorageFailed
from core.partition.edits import Note, Rename


@contextmanager
def no_room(project):
    """The kernel refuses every byte beyond the size that the journal has now."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, ((project.path / "journal.db").stat().st_size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_full_disk__every_page_says_so_and_shows_everything(view, planted_copy, words):
    project = resources.open_project(planted_copy)
    before = project.partition()
    with no_room(project):
        with pytest.raises(StorageFailed, match="not stored"):
            project.apply(Note(1, "a long note " * 300))
        assert project.partition() is before
        for name in ("explore", "clusters", "export", "review", "start"):
            page = view(name, project=planted_copy)
            assert not page.exception
            assert "No edit can be stored at the moment." in words(page), name
        with pytest.raises(StorageFailed, match="at the moment"):
            project.apply(Rename(1, "nor this"))
        assert len(project.labels()) == len(before)
    assert project.apply(Rename(1, "room again")).revision == before.revision + 1
    page = view("explore", project=planted_copy)
    assert "No edit can be stored" not in words(page) and "room again" in str(project.partition().clusters[1])


def test_backup_that_fails__is_said(view, planted_copy, words, monkeypatch):
    project = resources.open_project(planted_copy)
    monkeypatch.setattr(type(project), "backup_problem", "the disk is tired")
    assert "no backup could be made: the disk is tired" in words(view("explore", project=planted_copy))


def test_project_held_elsewhere__is_shown_for_reading_and_says_by_whom(view, planted_copy, words):
    from core.project import Project

    with Project.open(resources.project_path(planted_copy)) as holder:
        holder.apply(Rename(1, "held"))
        said = words(view("clusters", project=planted_copy))
        assert "Reading only. This project is held by process " in said and "held" in said
