"""What a reader of a project's folder could find of an item, and a project of texts to look in."""

from __future__ import annotations

import json
import sqlite3
import zlib
from contextlib import suppress

import numpy as np
import pyarrow.parquet as pq
import pytest

from core import adoption, pipeline, work
from core.items.table import Kind
from core.pipeline import Recipe
from core.project import Project


def contents(path):
    """Everything that a reader of the folder could find: raw bytes, and what databases and tables hold unpacked."""
    for file in sorted(path.rglob("*")):
        yield str(file.relative_to(path)).encode()
        if not file.is_file():
            continue
        raw = file.read_bytes()
        yield raw
        if file.suffix == ".parquet":
            table = pq.read_table(file)
            yield repr([table.to_pydict(), table.schema.metadata]).encode()
        if file.suffix == ".json":
            yield repr(json.loads(raw)).encode()
        if raw.startswith(b"SQLite format 3"):
            with sqlite3.connect(file) as database:
                yield "\n".join(database.iterdump()).encode()
                for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
                    for row in database.execute(f"SELECT * FROM {name}"):
                        for value in row:
                            if isinstance(value, bytes):
                                yield value
                                with suppress(zlib.error):
                                    yield zlib.decompress(value)


def traces(path, needles):
    """Names of the needles that are found."""
    everything = list(contents(path))
    return sorted(name for name, needle in needles.items() if any(needle in content for content in everything))


def needles_of(project, item_id, **more):
    items = project.items.load()
    row = items.row_of(item_id)
    found = {"id": item_id.encode(), "digest": items.digest[row].encode(), **more}
    if items.text[row]:
        found["text"] = items.text[row].encode()
    if items.kind[row] == Kind.PICTURE:
        found["picture"] = project.items.picture(row)[60:]
        found["thumbnail"] = project.thumbnails.get(items.digest[row])[20:]
    structure = pipeline.structure(project)
    if structure.has("vectors"):
        position = structure.positions(np.array([row]))[0]
        for name in ("vectors", "features"):
            if structure.has(name):
                found[name] = np.asarray(getattr(structure, name)[position]).tobytes()
    return found


# Not named after its function: a test that asks for `texts` would seem to redefine what its file imported.
@pytest.fixture(name="texts")
def analysed_texts(tmp_path):
    """A table of 40 texts with a column of its own, analysed by LSA."""
    words = ["ship wave harbour sail tide", "flour oven yeast dough crust", "piston fuel valve torque gear"]
    rows = [{"id": f"n{n:02}", "text": f"{words[n % 3]} number {n}", "town": f"Town{n}"} for n in range(40)]
    rows[7]["text"] += " zyxomma quidditch"
    table = tmp_path / "notes.jsonl"
    table.write_text("\n".join(json.dumps(row) for row in rows))
    with Project.create(tmp_path / "notes.taxon") as project:
        work.import_and_run(project, str(table), {"id_column": "id"})
        analyse(project)
        yield project


def analyse(project, **options):
    found = pipeline.run(project, Recipe(encoder="lsa", parameters={"k": 3}, **options), until="clustering")
    adoption.adopt(project, found)
    return found
