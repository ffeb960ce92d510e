"""The disk fails at the k-th write, synchronisation or renaming, or is full from there on: in every act that stores.

An act that fails is refused with a sentence and leaves what was there; what was acknowledged is there afterwards, and
edits go on as soon as the disk does. A sweep ends when an act passes without meeting its fault.
"""

from __future__ import annotations

import shutil
import tempfile
from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest

from core.collection import collection
from core.encoders.encode import encode_with
from core.errors import StorageFailed
from core.export.table import export
from core.items.importer import import_source
from core.items.sources import open_source
from core.partition import backups, snapshots
from core.partition.edits import Merge, Move, Recluster, Redo, Rename, Split, Undo
from core.partition.fold import fold
from core.partition.journal import rebuild
from core.partition.partition import Partition
from core.partition.rows import Rows
from core.project import Project
from tests import faulty_disk
from tests.core.encoders.fakes import FakeEncoder
from tests.soak import amounts

N = 12
FAST = "/dev/shm" if Path("/dev/shm").is_dir() else None
pytestmark = [
    pytest.mark.skipif(bool(faulty_disk.why_not()), reason=faulty_disk.why_not() or "it can be watched"),
    pytest.mark.filterwarnings("error::pytest.PytestUnhandledThreadExceptionWarning"),  # of the writer, of a backup
]


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    """A project of 12 texts in three clusters, four edits, and a source of three more texts."""
    folder = tmp_path_factory.mktemp("original")
    rows = [f"n{number},word{number % 3} and number {number}" for number in range(N)]
    (folder / "texts.csv").write_text("\n".join(["id,text", *rows]))
    (folder / "more.csv").write_text("id,text\nm1,one more\nm2,two more\nm3,three more\n")
    with Project.create(folder / "p.taxon") as project:
        import_source(project.items, project.thumbnails, open_source(folder / "texts.csv"))
        project.apply(Recluster(np.arange(N) % 3))
        project.apply(Rename(1, "cats"))
        project.apply(Move(Rows([1]), 1))
        project.apply(Rename(2, "dogs"))
        project.undo()
    return folder


@pytest.fixture
def scratch():
    folder = Path(tempfile.mkdtemp(dir=FAST))
    yield folder
    shutil.rmtree(folder)


def state_of(project):
    """What must be old or new as a whole."""
    partition, vectors = project.partition(), project.artifacts.keys("vectors")
    labels = partition.cluster_of.tolist(), sorted((key, one.name) for key, one in partition.clusters.items())
    return partition.revision, labels, project.items.load().item_id.tolist(), vectors


EDITS = {
    "edit": (Move(["n4"], 3),),
    "edits": (Move(["n4"], 3), Rename(3, "birds"), Move(["n7"], None)),
    "merge": (Merge((2, 3)),),
    "split": (Split(1, (Rows([0, 3]),)),),
    "undo": (Undo(), Redo()),
    "backup": (Rename(3, "birds"),),  # and a backup after it
}


def apply(project, edit):
    if isinstance(edit, (Undo, Redo)):
        return getattr(project, edit.kind)()
    return project.apply(edit)


def rest(journal):
    """What the writer does when nothing is asked for, to its end."""
    journal._rest()
    journal._backups.wait()


@pytest.mark.parametrize("most", amounts(30, 100_000))
@pytest.mark.parametrize("fault", list(faulty_disk.FAULTS))
@pytest.mark.parametrize("name", list(EDITS))
def test_edit__survives_a_fault_at_every_step(scratch, original, name, fault, most, monkeypatch):
    monkeypatch.setattr(snapshots, "EVERY", 3)
    monkeypatch.setattr(backups, "EVERY", timedelta(0 if name == "backup" else 1))
    with Project.open(shutil.copytree(original / "p.taxon", scratch / "expected")) as project:
        states = [project.partition()]
        for edit in EDITS[name]:
            apply(project, edit)
            states.append(project.partition())
    refused = 0
    for k in range(1, most + 1):
        folder = shutil.copytree(original / "p.taxon", scratch / f"{k}")
        disk, acknowledged = faulty_disk.Disk(folder), 0
        with disk.watching(), Project.open(folder) as project:
            disk.rule = faulty_disk.FAULTS[fault](k)
            try:
                for edit in EDITS[name]:
                    apply(project, edit)
                    acknowledged += 1
            except StorageFailed as error:
                refused += 1
                assert error.what and error.next_step
            rest(project.journal)
            met = disk.rule.seen >= k
            assert project.partition().same_as(states[acknowledged])
            # Every other time the program ends here, and the disk is as bad as it was.
            if goes_on := k % 2 == 1:
                disk.rule = lambda kind, path: 0
                rest(project.journal)
                assert project.trouble is None and project.partition().same_as(states[acknowledged])
                assert len(project.history()) == states[acknowledged].revision
                project.apply(Rename(1, "after"))
        with Project.open(folder) as project:
            # What was refused is not there; only when nobody could take it out may it be, and then as a whole.
            known = [states[acknowledged]] if goes_on else states[acknowledged : acknowledged + 2]
            if goes_on:
                assert project.partition().clusters[1].name == "after" and project.undo()
            found = project.partition()
            assert any(found.same_as(state) for state in known)
            assert fold(Partition.start(N), rebuild(folder / "journal.jsonl")).same_as(found)
        made = backups.Backups(folder).list()
        assert made or name != "backup"
        assert [backups.verify(one.path) for one in made] == [one.revision for one in made]
        shutil.rmtree(folder)
        if not met:
            break
    print(f"{name}, {fault}: up to operation {k}, refused {refused} times")
    # Only a backup is renamed, and nobody waits for it.
    assert refused or fault == "rename"


def imports(project, folder):
    return import_source(project.items, project.thumbnails, open_source(folder / "more.csv"))


def encodes(project, folder):
    return encode_with(FakeEncoder(), project.items.load(), project.items, project.artifacts, shard=4)


def exports(project, folder):
    return export(collection(project), "csv", project.path / "exports" / "labels.csv")


ACTS = {"import": imports, "encode": encodes, "export": exports}


@pytest.mark.parametrize("most", amounts(30, 100_000))
@pytest.mark.parametrize("fault", list(faulty_disk.FAULTS))
@pytest.mark.parametrize("name", list(ACTS))
def test_act__survives_a_fault_at_every_step(scratch, original, name, fault, most):
    do = ACTS[name]
    with Project.open(shutil.copytree(original / "p.taxon", scratch / "expected")) as project:
        before = state_of(project)
        do(project, original)
        after = state_of(project)
        exported = exports_of(project.path)
    refused = 0
    for k in range(1, most + 1):
        folder = shutil.copytree(original / "p.taxon", scratch / f"{k}")
        disk = faulty_disk.Disk(folder)
        disk.rule = faulty_disk.FAULTS[fault](k)
        done = False
        with disk.watching(), Project.open(folder, read_only=True) as project:
            try:
                do(project, original)
                done = True
            except StorageFailed as error:
                refused += 1
                assert error.what and error.next_step
            met = disk.rule.seen >= k
        with Project.open(folder) as project:
            assert state_of(project) in ([after] if done else [before, after])
            assert exports_of(folder) in ([exported] if done else [exported, {}])
            do(project, original)
            assert state_of(project) == after and exports_of(folder) == exported
        shutil.rmtree(folder)
        if not met:
            break
    print(f"{name}, {fault}: up to operation {k}, refused {refused} times")
    assert refused


def exports_of(path):
    return {file.name: file.read_bytes() for file in (path / "exports").glob("*.csv")}
