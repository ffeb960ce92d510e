"""A project for each set and seed, made the way a user makes one: a table and vectors imported, stages run, adopted.

It is kept beside the sets; a run works on a copy. Nothing of the truth lies in a project.
"""

from __future__ import annotations

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from core import adoption, pipeline
from core.items.importer import import_source
from core.items.sources import open_source
from core.pipeline import Recipe
from core.project import Project
from core.structure.count import estimate
from core.structure.graph import Graph
from core.structure.tree import Tree, ward
from tests.bench.effort import data

_VERSION = 3


@dataclass(frozen=True)
class View:
    """What every method may know about a collection: all that a project holds, nothing of the truth.

    Attributes
    ----------
    item_ids
        n texts; arrays below are in this order.
    vectors, features
        (n, d) and (n, d') float32 unit rows: as given, and as graph and tree see them.
    graph, tree
        Of the features; the tree is Ward's as everybody has it, without what `core.structure.smoothing` does before.
    k_hat
        Number of clusters that `core.structure.count` would start with.
    """

    item_ids: tuple[str, ...]
    vectors: np.ndarray
    features: np.ndarray
    graph: Graph
    tree: Tree
    k_hat: int


def prepared(name, seed, k=None):
    """The project of a set, made at the first call; do not work on it, work on a `copy`.

    `k` clusters are cut instead of the estimated number, to see how much hangs on the estimate.
    """
    folder = data.cache() / "projects" / f"{data.title(name, seed)}-p{_VERSION}{f'-k{k}' if k else ''}"
    path = folder / "collection.taxon"
    if (folder / "done.json").is_file():
        return path
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    known = data.load(name, seed)
    columns = {"text_column": known.texts and "text", "image_column": known.pictures and "image"}
    source = open_source(known.folder / "items.csv", id_column="id", vectors=known.folder / "vectors.npy", **columns)
    with Project.create(path, "collection") as project:
        import_source(project.items, project.thumbnails, source)
        found = pipeline.run(project, Recipe(encoder="vectors", parameters={"k": k} if k else {}), until="clustering")
        adoption.adopt(project, found, who="benchmark")
        count = estimate(found.features, found.graph, found.tree)
    (folder / "done.json").write_text(json.dumps({"k_hat": count.start, **count.to_json()}), encoding="utf-8")
    return path


def copy(name, seed, to, k=None):
    """A fresh copy of the prepared project at `to`, a path that does not exist yet."""
    return Path(shutil.copytree(prepared(name, seed, k), to))


def view(name, seed):
    """The prepared project as arrays."""
    path = prepared(name, seed)
    k_hat = json.loads((path.parent / "done.json").read_text("utf-8"))["k_hat"]
    with Project.open(path, read_only=True) as project:
        found = pipeline.structure(project)
        item_ids = np.asarray(project.items.load().item_id)[found.rows]
        vectors = np.array(found.vectors, dtype=np.float32)
        features = np.array(found.features, dtype=np.float32)
        return View(tuple(map(str, item_ids)), vectors, features, found.graph, ward(features), int(k_hat))
