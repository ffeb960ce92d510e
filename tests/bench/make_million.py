"""A project of any size for measuring pages: vectors, graph, tree, clusters, a map; no pictures, no UMAP.

`python tests/bench/make_million.py 1000000 PROJECTS/million.taxon` writes what a run would have written: items,
artifacts and journal, through the same stores. The layout comes first and the vectors follow from it, so that
neighbours on the map are neighbours in the graph and every page has something sensible to show.
"""

from __future__ import annotations

import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import numpy as np

from core import adoption, pipeline
from core.encoders.given import GivenVectors
from core.fingerprint import fingerprint
from core.items.report import ImportReport, Outcome
from core.items.store import Part, SourceRecord
from core.items.table import OWN, Kind
from core.project import Project
from core.structure.clusterers import Clustering
from core.structure.graph import Graph
from core.structure.maps import Map
from core.structure.numbering import by_size
from core.structure.tree import Tree, ward

DIMENSIONS = 32
SUBMODES = 3
NEIGHBOURS = 15
_BLOCK = 100_000


def make(path: Path, n: int, groups: int | None = None, seed: int = 0) -> Path:
    """Write a project of `n` items in `groups` planted clusters; None = 24 at 10,000, 53 at 100,000, 120 at 1M."""
    random = np.random.default_rng(seed)
    groups = groups or int(np.clip(24 * (n / 10_000) ** 0.35, 2, 200))
    leaf, xy = _layout(n, groups, random)
    group = (leaf // SUBMODES).astype(np.int32)
    with Project.create(path, path.stem) as project:
        project.items.append(_part(n, group, random), ImportReport(path.stem, {Outcome.READ: n}))
        _store(project, leaf, by_size(group), xy, random, (n, groups, seed))
        adoption.adopt(project, pipeline.structure(project), who="Taxon")
    return path


def _layout(n: int, groups: int, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """(n,) sub-mode of each item, sizes of groups as 1/rank^0.7, and (n, 2) float32 positions in about −1 … 1."""
    share = 1 / np.arange(1, groups + 1) ** 0.7
    group = random.choice(groups, n, p=share / share.sum())
    leaf = (group * SUBMODES + random.integers(0, SUBMODES, n)).astype(np.int32)
    # Middles on a sunflower, so that no two groups cover each other.
    turn = np.arange(groups) * np.pi * (3 - np.sqrt(5))
    middles = np.sqrt((np.arange(groups) + 0.5) / groups)[:, None] * np.stack([np.cos(turn), np.sin(turn)], axis=1)
    width = 0.32 / np.sqrt(groups)
    subs = np.repeat(middles, SUBMODES, axis=0) + random.normal(0, width, (groups * SUBMODES, 2))
    return leaf, (subs[leaf] + random.normal(0, width * 0.6, (n, 2))).astype(np.float32)


def _part(n: int, group: np.ndarray, random: np.random.Generator) -> Part:
    import pyarrow as pa

    digits = random.bytes(16 * n).hex()
    table = pa.table(
        {
            "item_id": pa.array([f"item-{row:07}" for row in range(n)]),
            "kind": pa.array(np.full(n, Kind.VECTOR, dtype=np.uint8)),
            "file_name": pa.array([""] * n),
            "text": pa.array([""] * n, pa.large_string()),
            "digest": pa.array([digits[at : at + 32] for at in range(0, 32 * n, 32)]),
            OWN + "planted": pa.array([f"group {one}" for one in group % 40]),
            OWN + "value": pa.array(random.normal(0, 1, n)),
        }
    )
    return Part(table, SourceRecord("made", "made"))


def _store(
    project: Project, leaf: np.ndarray, labels: np.ndarray, xy: np.ndarray, random: np.random.Generator, what: Any
) -> None:
    n, leaves = len(leaf), int(leaf.max()) + 1
    centres = random.normal(0, 1, (leaves // SUBMODES + 1, DIMENSIONS))
    centres = np.repeat(centres, SUBMODES, axis=0)[:leaves] + random.normal(0, 0.35, (leaves, DIMENSIONS))
    vectors = np.empty((n, DIMENSIONS), dtype=np.float32)
    for begin in range(0, n, _BLOCK):
        block = slice(begin, begin + _BLOCK)
        noise = random.normal(0, 0.45, (len(leaf[block]), DIMENSIONS))
        noise[:, :2] += 8 * xy[block]
        rows = centres[leaf[block]] + noise
        vectors[block] = rows / np.linalg.norm(rows, axis=1, keepdims=True)
    encoder = GivenVectors(DIMENSIONS)
    meta = {"encoder": "vectors", "options": {}, "describe": encoder.describe(), "state": {}, "gaps": [], "unseen": []}
    meta |= {"encoder_fingerprint": encoder.fingerprint(), "encoded": n, "reused": 0}
    branches = ward((centres / np.linalg.norm(centres, axis=1, keepdims=True)).astype(np.float32))
    tree = Tree(branches.merges, branches.heights, np.bincount(leaf, minlength=leaves).astype(np.int64), leaf)
    clustering = Clustering(labels, "tree", {"k": int(labels.max()) + 1})
    stages = {
        "vectors": ({"vectors": vectors, "rows": np.arange(n), "modality": np.zeros(n, dtype=np.uint8)}, meta),
        "features": ({"features": vectors}, {}),
        "graph": _graph(xy, vectors).to_arrays(),
        "tree": tree.to_arrays(),
        "clustering": clustering.to_arrays(),
        "map": Map(xy, "umap", 0, "fast").to_arrays(),
    }
    active: dict[str, Any] = {"items": project.items.load().digest_of_all(), "n": n}
    for stage, (arrays, told) in stages.items():
        active[stage] = project.artifacts.put(stage, fingerprint("made", stage, *what), arrays, told).key
    pipeline._set_active(project.path, active)


def _graph(xy: np.ndarray, vectors: np.ndarray) -> Graph:
    """Neighbours on the map, with the cosines of their vectors: near enough, and a million in half a minute."""
    from scipy.spatial import cKDTree

    k = min(NEIGHBOURS, len(xy) - 1)
    tree = cKDTree(xy, balanced_tree=False)
    neighbours = np.empty((len(xy), k), dtype=np.int32)
    similarity = np.empty((len(xy), k), dtype=np.float32)
    for begin in range(0, len(xy), _BLOCK):
        block = slice(begin, begin + _BLOCK)
        found = tree.query(xy[block], k + 1)[1][:, 1:]
        scores = np.einsum("nd,nkd->nk", vectors[block], vectors[found])
        order = np.argsort(-scores, axis=1, kind="stable")
        neighbours[block] = np.take_along_axis(found, order, axis=1)
        similarity[block] = np.take_along_axis(scores, order, axis=1)
    return Graph(neighbours, similarity, 1.0, "exact")


if __name__ == "__main__":
    begun = time.perf_counter()
    made = make(Path(sys.argv[2]), int(sys.argv[1].replace(",", "").replace("_", "")))
    print(f"{made} in {time.perf_counter() - begun:.1f} s")
