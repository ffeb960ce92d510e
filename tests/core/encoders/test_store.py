"""The stage on a real import: what a person does to her files between importing and encoding."""

from __future__ import annotations

import numpy as np
import pytest

from core.encoders.encode import encode_items, encode_with
from core.encoders.table import suggest
from core.items.importer import import_source
from core.items.sources import open_source
from core.items.store import ItemStore
from core.items.thumbnails import ThumbnailStore
from core.search import by_letters
from core.storage import ArtifactStore
from tests.core.encoders.fakes import FakeEncoder, colour


@pytest.fixture
def project(project_path):
    project_path.mkdir()

    class Project:
        store = ItemStore(project_path)
        artifacts = ArtifactStore(project_path / "artifacts")

        @staticmethod
        def add(source, **options):
            import_source(Project.store, ThumbnailStore(project_path), open_source(source, **options))
            return Project.store.load()

    return Project


def test_folder__files_removed_and_changed_since_the_import_are_gaps(project, picture_folder):
    items = project.add(picture_folder)
    assert suggest(items, project.store) in ("pocket", "clip")
    gone, changed = items.file_name[4], items.file_name[11]
    (picture_folder / gone).unlink()
    (picture_folder / changed).write_bytes((picture_folder / items.file_name[0]).read_bytes())
    artifact = encode_with(FakeEncoder(), items, project.store, project.artifacts, batch=4, shard=8)
    assert [row for row, _ in artifact.meta["gaps"]] == [4, 11]
    assert all(sentence.endswith(".") for _, sentence in artifact.meta["gaps"])
    rows = artifact.array("rows")
    assert rows.tolist() == [row for row in range(30) if row not in (4, 11)]
    alone = encode_with(FakeEncoder(seed=1), items, project.store, project.artifacts, batch=1)
    np.testing.assert_allclose(artifact.array("vectors"), alone.array("vectors"), atol=1e-6)


def test_folder__second_import_encodes_only_what_is_new(project, picture_folder, tmp_path):
    encode_with(FakeEncoder(), project.add(picture_folder), project.store, project.artifacts)
    more = tmp_path / "more"
    more.mkdir()
    (more / "new.png").write_bytes(colour(12, 200, 90))
    (more / "copy.png").write_bytes((picture_folder / "disc" / "disc-00.png").read_bytes())
    items = project.add(more)
    encoder = FakeEncoder()
    artifact = encode_with(encoder, items, project.store, project.artifacts)
    assert sum(encoder.batches) == 1
    assert artifact.array("rows").tolist() == list(range(len(items)))


def test_table__words_are_learnt_and_found(project, text_table, planted):
    items = project.add(text_table)
    assert suggest(items, project.store) in ("lsa", "sentence:minilm")
    artifact = encode_items(items, project.store, "lsa", project.artifacts)
    vectors = artifact.array("vectors")
    groups = np.array([planted.group_of[items.item_id[row]] for row in artifact.array("rows")])
    similarity = vectors @ vectors.T - 2 * np.eye(len(vectors))
    assert (groups[similarity.argmax(axis=1)] == groups).all()
    assert len(by_letters("ANCHOR", items)) == sum("anchor" in text for text in planted.texts.values())


def test_vectors__given_with_a_table(project, text_table, tmp_path):
    given = np.random.default_rng(0).normal(size=(30, 6)).astype(np.float32)
    given[7] = np.nan
    np.save(tmp_path / "given.npy", given)
    items = project.add(text_table, vectors=tmp_path / "given.npy")
    assert suggest(items, project.store) == "vectors"
    artifact = encode_items(items, project.store, "vectors", project.artifacts)
    assert artifact.meta["gaps"] == [[7, "The given vector holds NaN or infinity."]]
    expected = given[8] / np.linalg.norm(given[8])
    np.testing.assert_allclose(artifact.array("vectors")[7], expected, atol=1e-6)
