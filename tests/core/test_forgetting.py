"""Forgetting: not one byte stays, and nothing else is lost."""

from __future__ import annotations

import io
import zipfile

import numpy as np
import pytest
from PIL import Image

from core import pipeline, work
from core.collection import collection
from core.encoders.encode import encode_with
from core.errors import BadInput, NotFound
from core.items.report import Outcome
from core.items.table import Kind
from core.lock import TO_FORGET
from core.partition.database import Database
from core.partition.edits import Confirm, Forget, Move, Recluster, Rename
from core.partition.replay import stored_delta
from core.pipeline import Recipe
from core.project import Project
from tests.core.encoders.fakes import FakeEncoder
from tests.core.forgotten import analyse, analysed_texts, needles_of, traces  # noqa: F401

ANNA = "anna/anna-meier.png"  # first of all, so that reports name it among their examples


def noise(seed):
    """A PNG whose bytes are like no other's."""
    pixels = np.random.default_rng(seed).integers(0, 255, (24, 24, 3), dtype=np.uint8)
    data = io.BytesIO()
    Image.fromarray(pixels).save(data, "PNG")
    return data.getvalue()


@pytest.fixture
def pictures(tmp_path):
    """A zip that was dropped in the browser: anna twice (the same bytes), and ten others."""
    path = tmp_path / "people.taxon"
    Project.create(path).close()
    (path / "uploads").mkdir()
    with zipfile.ZipFile(path / "uploads" / "people.zip", "w") as archive:
        archive.writestr(ANNA, noise(0))
        archive.writestr("people/twin.png", noise(1))
        archive.writestr("people/twin again.png", noise(1))
        for number in range(2, 10):
            archive.writestr(f"others/{number}.png", noise(number))
    with Project.open(path) as project:
        work.import_and_run(project, str(path / "uploads" / "people.zip"))
        yield project


def clustered(project, groups=2):
    n = len(project.items.load())
    project.apply(Recluster(labels=np.arange(n, dtype=np.int32) % groups, method="tree"))
    return sorted(project.partition().clusters)


def test_forget__of_a_picture_not_one_byte_stays(pictures):
    work._export(pictures, lambda *_: None, "zip", "all.zip")
    log = pictures.path / "jobs" / "20260101000000-00000000" / "log.txt"
    log.parent.mkdir(parents=True)
    log.write_text(f"could not read {ANNA}")
    work.import_and_run(pictures, str(pictures.path / "uploads" / "people.zip"))  # its report names them as duplicates
    clustered(pictures)
    pictures.apply(Confirm([ANNA, "people/twin.png"]))
    needles = needles_of(pictures, ANNA, file=b"anna-meier")
    assert ANNA in str(pictures.items.reports()[-1].examples)
    assert traces(pictures.path, needles) == sorted(needles)
    others = needles_of(pictures, "others/3.png")
    rows, row = len(pictures.items.load()), pictures.items.load().row_of(ANNA)
    pictures.apply(Forget([ANNA]), who="me")
    pictures.close()
    assert traces(pictures.path, needles) == []
    assert traces(pictures.path, others) == sorted(others)
    items = pictures.items.load()
    assert len(items) == rows and items.kind[row] == Kind.GONE and row not in items.rows
    assert not (pictures.path / TO_FORGET).exists() and not items.has(ANNA)
    with pytest.raises(NotFound, match="forgotten"):
        pictures.items.picture(row)


def test_forget__bytes_that_another_item_has_stay_for_it(pictures):
    needles = needles_of(pictures, "people/twin again.png")
    assert any("stay because other items" in line for line in pictures.to_forget(["people/twin again.png"]).sentences())
    pictures.apply(Forget(["people/twin again.png"]))
    row = pictures.items.load().row_of("people/twin.png")
    assert pictures.items.picture(row) == noise(1)
    assert pictures.thumbnails.get(pictures.items.load().digest[row])
    pictures.apply(Forget(["people/twin.png"]))
    assert traces(pictures.path, needles) == []


def test_forget__of_a_text_no_word_stays_in_what_was_learnt(texts):
    needles = needles_of(texts, "n07", word=b"zyxomma", town=b"Town7")
    assert traces(texts.path, needles) == sorted(needles)
    clustering = traces(texts.path, {"other": b"Town8"})
    texts.apply(Forget(["n07"]))
    assert traces(texts.path, needles) == []
    assert clustering == traces(texts.path, {"other": b"Town8"}) == ["other"]
    assert pipeline.stale(texts) == list(pipeline.STAGES)
    found = analyse(texts)
    assert 7 not in found.rows and len(found.rows) == 39
    assert traces(texts.path, needles) == []
    assert pipeline.stale(texts) == ["map"] and found.artifact("vectors").meta["unseen"] == []


def test_forget__a_given_vector_is_overwritten(tmp_path):
    vectors = np.random.default_rng(0).normal(size=(6, 8)).astype(np.float32)
    np.save(tmp_path / "v.npy", vectors)
    with Project.create(tmp_path / "p.taxon") as project:
        work.import_and_run(project, str(tmp_path / "v.npy"))
        pipeline.run(project, Recipe(encoder="vectors"), until="vectors")
        needles = {"given": vectors[2].tobytes(), **needles_of(project, "2", id=b"")}
        del needles["id"]
        assert traces(project.path, needles) == sorted(needles)
        project.apply(Forget(["2"]))
        assert traces(project.path, needles) == []
        rows, left = project.items.given_vectors()
        assert rows.tolist() == [0, 1, 3, 4, 5] and np.array_equal(left, vectors[rows])
        found = pipeline.run(project, Recipe(encoder="vectors"), until="vectors")
        assert found.rows.tolist() == [0, 1, 3, 4, 5] and found.artifact("vectors").meta["gaps"] == []
    assert np.array_equal(np.load(tmp_path / "v.npy"), vectors)


def test_forget__other_items_keep_vectors_that_were_made_from_each_alone(pictures):
    encoder = FakeEncoder()
    encode_with(encoder, pictures.items.load(), pictures.items, pictures.artifacts)
    kept = pictures.artifacts.load("vectors", pictures.artifacts.keys("vectors")[0])
    row = pictures.items.load().row_of(ANNA)
    vector = np.asarray(kept.array("vectors")[row]).tobytes()
    others = np.delete(kept.array("vectors"), row, axis=0)
    assert traces(pictures.path, {"vector": vector}) == ["vector"]
    pictures.apply(Forget([ANNA]))
    assert traces(pictures.path, {"vector": vector}) == []
    made = encode_with(encoder, pictures.items.load(), pictures.items, pictures.artifacts)
    assert made.meta["encoded"] == 0 and np.array_equal(made.array("vectors"), others)
    assert made.array("rows").tolist() == [other for other in range(11) if other != row]


def test_forget__a_source_is_never_touched(tmp_path, picture_folder):
    before = {path: path.read_bytes() for path in picture_folder.rglob("*.png")}
    with Project.create(tmp_path / "p.taxon") as project:
        work.import_and_run(project, str(picture_folder))
        told = project.to_forget(["disc/disc-00.png"]).sentences()
        assert any("stay there" in line and str(picture_folder) in line for line in told)
        project.apply(Forget(["disc/disc-00.png"]))
    assert {path: path.read_bytes() for path in picture_folder.rglob("*.png")} == before


def test_import__what_was_forgotten_stays_out_and_is_counted_not_named(pictures, tmp_path):
    again = tmp_path / "again.zip"
    again.write_bytes((pictures.path / "uploads" / "people.zip").read_bytes())
    pictures.apply(Forget([ANNA, "people/twin again.png"]))
    needles = {"file": b"anna-meier", "picture": noise(0)[60:]}
    report = work.import_and_run(pictures, str(again))["report"]
    assert report["counts"] == {"duplicate": 9, "forgotten earlier": 2} and report["known"] == 9
    assert traces(pictures.path, needles) == []
    uploaded = pictures.path / "uploads" / "again.zip"
    uploaded.parent.mkdir(exist_ok=True)
    uploaded.write_bytes(again.read_bytes())
    work.import_and_run(pictures, str(uploaded))
    assert not uploaded.exists() and traces(pictures.path, needles) == []
    assert pictures.items.reports()[-1].sentence() == "0 read, 9 already in the project, 2 forgotten earlier"


def test_import__brings_back_what_was_forgotten_only_when_told_to(pictures, tmp_path):
    again = tmp_path / "again.zip"
    again.write_bytes((pictures.path / "uploads" / "people.zip").read_bytes())
    pictures.apply(Forget([ANNA]))
    report = work.import_and_run(pictures, str(again), bring_back=True)["report"]
    assert report["counts"]["read"] == 1
    assert pictures.items.load().row_of(ANNA) == 11 and pictures.items.picture(11) == noise(0)
    assert work.import_and_run(pictures, str(again))["report"]["known"] == 11
    pictures.apply(Forget([ANNA]))
    assert Outcome.FORGOTTEN in work.import_and_run(pictures, str(again))["report"]["counts"]


def test_import__all_forgotten_is_a_report_not_an_error(texts, tmp_path):
    every = texts.items.load().item_id.tolist()
    texts.apply(Forget(every))
    assert texts.labels().empty and texts.partition().n_items == 0 and texts.partition().settled_share() == 1.0
    assert len(collection(texts).frame) == 0
    with pytest.raises(BadInput, match="no items"):
        analyse(texts)
    report = work.import_and_run(texts, str(tmp_path / "notes.jsonl"), {"id_column": "id"})["report"]
    assert report["counts"] == {"forgotten earlier": 40}
    with pytest.raises(BadInput, match="nothing to forget"):
        texts.to_forget([])


def test_forget__stays_out_of_labels_and_exports_whatever_is_undone(texts):
    first, *_ = sorted(texts.partition().clusters)
    texts.apply(Rename(first, "boats"))
    texts.apply(Move(["n07", "n08"], first))
    texts.apply(Forget(["n07"]), key="click")
    assert texts.apply(Forget(["n07"]), key="click").seq == texts.history()[0].seq
    assert texts.journal.undo_sentence() == "Move 2 items to “boats”"
    for step in (texts.undo, texts.undo, texts.redo, texts.redo):
        step()
        labels = texts.labels()
        assert len(labels) == 39 and 7 not in labels.index and "n07" not in set(labels.item_id)
        assert texts.partition().cluster_of[7] == 0 and 7 not in texts.partition().undecided()
    assert texts.labels().loc[8, ["label", "origin"]].tolist() == ["boats", "person"]
    assert collection(texts, np.array([8, 7, 6])).frame.item_id.tolist() == ["n08", "n06"]
    assert [event.undone for event in texts.history() if event.kind == "forget"] == [False]
    texts.close()
    with Project.open(texts.path) as again:
        assert again.labels().equals(texts.labels())


def test_forget__a_cluster_without_items_goes_unless_it_has_a_name(texts):
    project = texts
    project.apply(Move(["n01"], None))
    project.apply(Move(["n02"], None))
    nameless, named = sorted(project.partition().clusters)[-2:]
    project.apply(Rename(named, "last one"))
    project.apply(Forget(["n01", "n02"]))
    assert nameless not in project.partition().clusters
    assert project.partition().clusters[named].name == "last one" and project.partition().size(named) == 0


def test_sentences__of_the_journal_never_name_an_item(texts):
    texts.apply(Move(["n07"], None))
    texts.apply(Confirm(["n08"]))
    texts.apply(Forget(["n07"]))
    stored = stored_delta(Database(texts.path / "journal.db", read_only=True), texts.history()[0].seq)
    assert not len(stored.rows) and not stored.clusters, "the way back would say where it was"
    told = (texts.path / "journal.jsonl").read_text()
    assert all(f"n{number:02}" not in told for number in range(40))


def test_store__another_process_sees_that_rows_are_blank(texts):
    with Project.open(texts.path, read_only=True) as reader:
        assert reader.items.load().has("n07")
        texts.apply(Forget(["n07"]))
        assert not reader.items.load().has("n07") and len(reader.labels()) == 39
