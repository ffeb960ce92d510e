import io
import json

import numpy as np
import pytest
from PIL import Image

from core import near_duplicates
from core.pipeline import structure
from core.project import Project
from tests import prepared


def drawing(seed):
    """A picture of soft blots that no other seed gives."""
    random = np.random.default_rng(seed)
    small = Image.fromarray(random.integers(0, 256, (6, 6, 3)).astype(np.uint8))
    return small.resize((96, 96), Image.Resampling.BICUBIC)


def saved(picture, form, **options):
    data = io.BytesIO()
    picture.save(data, form, **options)
    return data.getvalue()


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    """20 drawings, 6 of them once more as JPEG, 2 cropped; 8 texts, two of them the same; 1 picture that is lost."""
    folder = tmp_path_factory.mktemp("duplicates") / "source"
    folder.mkdir()
    rows, vectors = [], []
    random = np.random.default_rng(0)
    own = random.normal(size=(40, 16))

    def add(name, data, vector):
        (folder / name).write_bytes(data)
        rows.append({"id": name, "image": name, "text": ""})
        vectors.append(vector + random.normal(0, 0.02, 16))

    for seed in range(20):
        add(f"{seed}.png", saved(drawing(seed), "PNG"), own[seed])
    for seed in range(6):
        add(f"{seed}-again.jpg", saved(drawing(seed), "JPEG", quality=60), own[seed])
    for seed in (0, 7):
        add(f"{seed}-cropped.png", saved(drawing(seed).crop((2, 1, 94, 95)), "PNG"), own[seed])
    texts = ["One text.", "another text", "one  TEXT", "a third", "fourth", "fifth", "6 th", "7th"]
    for number, text in enumerate(texts):
        rows.append({"id": f"text {number}", "image": "", "text": text})
        vectors.append(own[30 + number])
    table = folder / "items.jsonl"
    table.write_text("\n".join(json.dumps(row) for row in rows) + "\n", encoding="utf-8")
    np.save(folder / "vectors.npy", np.array(vectors, np.float32))
    options = {"id_column": "id", "image_column": "image", "text_column": "text"}
    return prepared.analysed(folder.parent / "set.taxon", table, 3, vectors=folder / "vectors.npy", **options)


def named_groups(path):
    with Project.open(path, read_only=True) as project:
        ids = project.items.load().item_id
        return sorted(sorted(ids[group]) for group in near_duplicates.groups(project, structure(project)))


EXPECTED = sorted(
    [
        ["0-again.jpg", "0-cropped.png", "0.png"],
        *(sorted([f"{seed}-again.jpg", f"{seed}.png"]) for seed in range(1, 6)),
        ["7-cropped.png", "7.png"],
        ["text 0", "text 2"],
    ]
)


def test_prepare__finds_what_was_planted_and_stores_it(path):
    with Project.open(path, read_only=True) as project:
        assert not near_duplicates.prepared(project, structure(project))
        near_duplicates.prepare(project)
        assert near_duplicates.prepared(project, structure(project))
    assert named_groups(path) == EXPECTED


def test_prepare__a_second_time_looks_at_nothing(path):
    def refuse(*_):
        raise AssertionError("looked again")

    with Project.open(path, read_only=True) as project:
        near_duplicates.prepare(project)
        near_duplicates.prepare(project, refuse)


def test_prepare__pictures_that_cannot_be_read_are_passed_over(path, monkeypatch):
    with Project.open(path, read_only=True) as project:
        monkeypatch.setattr(near_duplicates, "_VERSION", 99)
        kept = near_duplicates._small
        monkeypatch.setattr(
            near_duplicates, "_small", lambda project, items, row: b"broken" if row == 1 else kept(project, items, row)
        )
        near_duplicates.prepare(project)
        groups = near_duplicates.groups(project, structure(project))
    assert len(groups) == len(EXPECTED) - 1 and not any(1 in group for group in groups)
