import json
import shutil
from contextlib import closing

import numpy as np
import pytest

from core.errors import BadInput, NotFound, ProjectLocked, StorageFailed
from core.items.importer import import_source
from core.items.sources import open_source
from core.partition.edits import Move, Recluster, Rename
from core.project import Project


@pytest.fixture
def project(tmp_path, text_table):
    from core import work

    with Project.create(tmp_path / "words.taxon", "Words") as opened:
        work.import_and_run(opened, str(text_table))
        yield opened


def clustered(project, labels):
    project.apply(Recluster(labels=np.asarray(labels, dtype=np.int32), method="tree"))
    return project.partition()


def halves(project):
    n = len(project.items.load())
    return clustered(project, np.arange(n) % 2)


def test_create__refuses_a_folder_that_holds_something(tmp_path):
    (tmp_path / "letter.txt").write_text("mine")
    with pytest.raises(BadInput, match="something there already"):
        Project.create(tmp_path)
    assert (tmp_path / "letter.txt").read_text() == "mine"


def test_open__without_a_project_says_how_to_make_one(tmp_path):
    with pytest.raises(NotFound, match="core import"):
        Project.open(tmp_path)


def test_open__newer_format_is_refused_and_untouched(tmp_path):
    path = tmp_path / "p.taxon"
    Project.create(path).close()
    manifest = path / "project.json"
    manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "format": 99}))
    before = manifest.read_bytes()
    with pytest.raises(BadInput, match="format 99"):
        Project.open(path)
    assert manifest.read_bytes() == before


def test_edits__survive_closing(project, tmp_path):
    halves(project)
    first = min(project.partition().clusters)
    project.apply(Rename(first, "cats"))
    item = str(project.items.load().item_id[1])
    project.apply(Move([item], first))
    before = project.labels()
    project.close()
    with Project.open(tmp_path / "words.taxon") as again:
        assert again.labels().equals(before)
        row = again.items.load().row_of(item)
        assert again.labels().loc[row, ["label", "origin"]].tolist() == ["cats", "person"]


def test_undo_redo__walk_the_whole_history(project):
    start = project.labels()
    halves(project)
    first = min(project.partition().clusters)
    project.apply(Rename(first, "cats"))
    end = project.labels()
    project.undo()
    project.undo()
    assert project.labels().equals(start)
    project.redo()
    project.redo()
    assert project.labels().equals(end)
    assert [event.kind for event in project.history()][-2:] == ["rename", "recluster"]


def test_two_openers__second_reads_and_is_told_who_holds_it(project):
    halves(project)
    with Project.open(project.path) as second:
        assert len(second.partition().clusters) == 2
        with pytest.raises(ProjectLocked, match=r"process \d+ on "):
            second.apply(Rename(1, "mine"))
        assert "process" in second.holder


def test_second_opener__sees_what_the_first_does_and_takes_over(project):
    first = min(halves(project).clusters)
    with Project.open(project.path) as second:
        assert "process" in second.holder
        project.apply(Rename(first, "cats"))
        assert second.partition().clusters[first].name == "cats"
        project.close()
        assert second.holder == ""
        second.apply(Rename(first, "dogs"))
        assert second.history()[0].kind == "rename"


def test_second_opener__may_write_once_the_first_is_gone(project):
    halves(project)
    with Project.open(project.path) as second:
        first = min(second.partition().clusters)
        project.apply(Rename(first, "cats"))
        project.close()
        second.apply(Move([str(second.items.load().item_id[1])], first))
        assert second.partition().clusters[first].name == "cats"


def test_apply__unknown_item_is_refused_by_name(project):
    halves(project)
    revision = project.partition().revision
    with pytest.raises(NotFound, match="nowhere"):
        project.apply(Move(["nowhere"], min(project.partition().clusters)))
    assert project.partition().revision == revision


def test_reading__a_project_that_was_never_edited(project):
    with Project.open(project.path, read_only=True) as reader:
        assert reader.labels().undecided.all()
        assert reader.history() == []
        with pytest.raises(ProjectLocked, match="reading only"):
            reader.undo()


def named(path, *names):
    project = Project.create(path)
    source = path.with_name("texts.csv")
    source.write_text("id,text\n1,one\n2,two\n")
    import_source(project.items, project.thumbnails, open_source(source))
    project.apply(Recluster(np.array([0, 1])))
    for name in names:
        project.apply(Rename(1, name))
    return project


def test_project__deleted_and_made_anew_is_another_one(project_path):
    old = named(project_path, "old")
    shutil.rmtree(project_path)
    assert old.is_replaced
    with pytest.raises(StorageFailed, match="deleted"):
        old.apply(Rename(1, "into nothing"))
    with closing(named(project_path, *"abcdef")) as new:
        log = project_path / "journal.jsonl"
        before = log.read_bytes()
        with pytest.raises(StorageFailed, match="took its place"):
            old.apply(Rename(1, "into the other"))
        old.journal._rest()
        assert old.is_replaced and not new.is_replaced and old.trouble is not None
        assert log.read_bytes() == before and not (project_path / "backups").exists()
        assert len(new.history()) == 7 and new.undo() and new.partition().clusters[1].name == "e"
        old.close()
        assert new.redo() and not new.is_replaced
