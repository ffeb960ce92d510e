"""The stages in their order, what of them is stale, and the only place that composes them.

Each stage is a pure function of the artifacts before it and of the recipe; its key is the fingerprint of both. A stage
whose artifact is stored is never computed again. `active.json` points at the artifacts that the pages show; it moves
only when a stage has finished, so nothing half made is ever shown.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import BadInput, NotFound
from core.fingerprint import fingerprint
from core.items.table import Items
from core.lock import at_work
from core.progress import Progress, silent
from core.project import Project
from core.storage import Artifact, ArtifactStore, read_json, write_json
from core.structure.clusterers import Clustering
from core.structure.graph import Graph
from core.structure.maps import Map
from core.structure.tree import Tree

STAGES = ("vectors", "features", "graph", "tree", "clustering", "map")

# Raised when a stage's own code changes its result, so that old artifacts are not taken for new ones.
_VERSIONS = {"features": 1, "graph": 2, "tree": 1, "clustering": 1, "map": 2}
_LIBRARIES = {
    "features": ("numpy",),
    "graph": ("numpy", "torch"),
    "tree": ("numpy", "scipy", "scikit-learn"),
    "clustering": ("numpy", "scipy", "scikit-learn", "hdbscan", "umap-learn", "scikit-network"),
    "map": ("numpy", "scipy", "numba"),
}


@dataclass(frozen=True)
class Recipe:
    """Everything a person can choose about the stages.

    Attributes
    ----------
    encoder
        A name of `core.encoders.table`; empty = the best one that works here for these items.
    encoder_options
        Passed to the encoder.
    neighbours
        Size of a neighbourhood in the graph.
    method, parameters
        A name of `core.structure.clusterers.CLUSTERERS` and its parameters.
    map_mode
        "repeatable": the same layout on every run of one machine, one thread; or "fast": all cores.
    seed
        Of everything that draws random numbers.
    """

    encoder: str = ""
    encoder_options: Mapping[str, Any] = field(default_factory=dict)
    neighbours: int = 15
    method: str = "tree"
    parameters: Mapping[str, Any] = field(default_factory=dict)
    map_mode: str = "repeatable"
    seed: int = 0

    def __post_init__(self) -> None:
        if self.map_mode not in ("fast", "repeatable"):
            raise BadInput(
                f"There is no map mode “{self.map_mode}”.", next_step="Choose “fast” or “repeatable”."
            )
        if not 2 <= self.neighbours <= 200:
            raise BadInput(f"{self.neighbours} neighbours are not possible.", next_step="Choose 2 to 200; 15 is usual.")


class Structure:
    """What the machine found in a project: the active artifacts, loaded when first asked for.

    Arrays that cover only the items that have a vector are aligned with `rows`.
    """

    def __init__(self, artifacts: ArtifactStore, active: Mapping[str, str]) -> None:
        self._artifacts = artifacts
        self.active = dict(active)

    def has(self, stage: str) -> bool:
        """Whether the stage has a finished result."""
        return stage in self.active and self._artifacts.has(stage, self.active[stage])

    def artifact(self, stage: str) -> Artifact:
        """The active artifact of a stage. Raises `NotFound`."""
        if stage not in self.active:
            raise NotFound(f"There is no {stage} yet.", next_step="Start the analysis on the Start page.")
        return self._artifacts.load(stage, self.active[stage])

    @cached_property
    def rows(self) -> np.ndarray:
        """(m,) int64: the items that have a vector."""
        return np.asarray(self.artifact("vectors").array("rows"))

    @cached_property
    def vectors(self) -> np.ndarray:
        """(m, d) float32, rows of unit length, as the encoder made them (memory-mapped)."""
        return self.artifact("vectors").array("vectors")

    @cached_property
    def modality(self) -> np.ndarray:
        """(m,) uint8: 0 encoded from the picture, 1 from the text."""
        return np.asarray(self.artifact("vectors").array("modality"))

    @cached_property
    def features(self) -> np.ndarray:
        """(m, d') float32: what graph, tree and clusterers see."""
        return self.artifact("features").array("features")

    @cached_property
    def graph(self) -> Graph:
        """The neighbours of every item."""
        return _restore(Graph, self.artifact("graph"))

    @cached_property
    def tree(self) -> Tree:
        """The Ward tree."""
        return _restore(Tree, self.artifact("tree"))

    @cached_property
    def clustering(self) -> Clustering:
        """What the clusterer returned, before any edit."""
        return _restore(Clustering, self.artifact("clustering"))

    @cached_property
    def map(self) -> Map:
        """The 2-D layout."""
        return _restore(Map, self.artifact("map"))

    @cached_property
    def position_of(self) -> np.ndarray:
        """(n,) int64: index into `rows` of each item, −1 for an item without a vector."""
        positions = np.full(int(self.active.get("n", 0)), -1, dtype=np.int64)
        positions[self.rows] = np.arange(len(self.rows))
        return positions

    def positions(self, rows: np.ndarray) -> np.ndarray:
        """(k,) int64: index into `rows` of these items, −1 for one without a vector (or imported since the run)."""
        known = rows < len(self.position_of)
        return np.where(known, self.position_of[np.where(known, rows, 0)] if len(self.position_of) else -1, -1)


def structure(project: Project) -> Structure:
    """The active artifacts of a project."""
    return Structure(project.artifacts, _active(project.path))


def recipe(project: Project) -> Recipe:
    """The recipe that the active artifacts were made with; the default one before the first run."""
    try:
        return Recipe(**read_json(project.path / "recipe.json"))
    except (NotFound, TypeError):
        return Recipe()


def stale(project: Project) -> list[str]:
    """Stages that do not cover the items as they are now, in order; empty when all is up to date."""
    active = _active(project.path)
    if active.get("items") != project.items.load().digest_of_all():
        return list(STAGES)
    return [stage for stage in STAGES if not structure(project).has(stage)]


def run(project: Project, chosen: Recipe, progress: Progress = silent, until: str = STAGES[-1]) -> Structure:
    """Run every stage up to `until` that is not stored yet, and make the results active one by one.

    Raises
    ------
    BadInput
        When there are no items, or none could be encoded.
    Cancelled
        When the person stopped it; finished stages and shards are kept.
    ProjectLocked
        When a forgetting was interrupted and must be completed first.
    """
    if until not in STAGES:
        raise BadInput(f"There is no stage “{until}”.", next_step=f"The stages are: {', '.join(STAGES)}.")
    with at_work(project.path):
        return _run(project, chosen, progress, until)


def _run(project: Project, chosen: Recipe, progress: Progress, until: str) -> Structure:
    items = project.items.load()
    if not len(items.rows):
        raise BadInput("There is nothing to work on.", "The project has no items.", "Import a folder or a table first.")
    shown = _active(project.path)
    active: dict[str, Any] = {"items": items.digest_of_all(), "n": len(items)}
    for stage in STAGES[: STAGES.index(until) + 1]:
        active[stage] = _MAKE[stage](project, items, chosen, Structure(project.artifacts, active), progress).key
        # A first run shows each stage as it comes; later ones switch once, so pages never see a mixture of two runs.
        if "map" not in shown:
            _set_active(project.path, active)
    if shown.get("graph") == active.get("graph"):
        active = {**shown, **active}
    _set_active(project.path, active)
    write_json(project.path / "recipe.json", asdict(chosen))
    return Structure(project.artifacts, active)


def _vectors(project: Project, items: Items, chosen: Recipe, found: Structure, progress: Progress) -> Artifact:
    from core.encoders.encode import encode_items
    from core.encoders.table import suggest

    name = chosen.encoder or suggest(items, project.items)
    return encode_items(items, project.items, name, project.artifacts, progress, options=dict(chosen.encoder_options))


def _features(project: Project, items: Items, chosen: Recipe, found: Structure, progress: Progress) -> Artifact:
    from core.structure.features import features

    def compute() -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        return {"features": features(found.vectors, found.modality)}, {}

    return _stored(project, "features", (found.active["vectors"],), compute)


def _graph(project: Project, items: Items, chosen: Recipe, found: Structure, progress: Progress) -> Artifact:
    from core.structure.graph import knn

    def compute() -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        return knn(found.features, k=chosen.neighbours, progress=progress).to_arrays()

    return _stored(project, "graph", (found.active["features"], chosen.neighbours), compute)


def _tree(project: Project, items: Items, chosen: Recipe, found: Structure, progress: Progress) -> Artifact:
    from core.structure.tree import ward

    def compute() -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        progress(0, 1, "Building the tree")
        return ward(found.features, seed=chosen.seed, progress=progress).to_arrays()

    return _stored(project, "tree", (found.active["features"], chosen.seed), compute)


def _clustering(project: Project, items: Items, chosen: Recipe, found: Structure, progress: Progress) -> Artifact:
    from core.structure.clusterers import cluster

    def compute() -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        progress(0, 1, "Finding groups")
        return cluster(
            chosen.method, found.features, found.graph, tree=found.tree, seed=chosen.seed, **dict(chosen.parameters)
        ).to_arrays()

    inputs = (found.active["graph"], found.active["tree"], chosen.method, dict(chosen.parameters), chosen.seed)
    return _stored(project, "clustering", inputs, compute)


def _map(project: Project, items: Items, chosen: Recipe, found: Structure, progress: Progress) -> Artifact:
    from core.structure.maps import lay_out

    def compute() -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        progress(0, 1, "Drawing the map")
        return lay_out(
            found.features, found.graph, mode=chosen.map_mode, seed=chosen.seed, progress=progress
        ).to_arrays()

    return _stored(project, "map", (found.active["graph"], chosen.map_mode, chosen.seed), compute)


_MAKE: dict[str, Callable[[Project, Items, Recipe, Structure, Progress], Artifact]] = {
    "vectors": _vectors,
    "features": _features,
    "graph": _graph,
    "tree": _tree,
    "clustering": _clustering,
    "map": _map,
}


def _stored(
    project: Project,
    stage: str,
    inputs: tuple[Any, ...],
    compute: Callable[[], tuple[Mapping[str, np.ndarray], Mapping[str, Any]]],
) -> Artifact:
    versions = {library: version(library) for library in _LIBRARIES[stage]}
    key = fingerprint(stage, _VERSIONS[stage], versions, *inputs)
    if project.artifacts.has(stage, key):
        return project.artifacts.load(stage, key)
    begun = time.perf_counter()
    arrays, meta = compute()
    cost = {"seconds": round(time.perf_counter() - begun, 3), "peak_memory_mb": _peak_memory()}
    return project.artifacts.put(stage, key, arrays, {**meta, **cost, "versions": versions, "inputs": list(inputs)})


def _peak_memory() -> int:
    import resource
    import sys

    # Kilobytes on Linux, bytes on macOS.
    unit = 1024 * 1024 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // unit


def _restore(kind: Any, artifact: Artifact) -> Any:
    return kind.from_arrays({name: artifact.array(name) for name in artifact.names()}, artifact.meta)


def _active(path: Path) -> dict[str, Any]:
    try:
        return read_json(path / "active.json")
    except NotFound:
        return {}


def _set_active(path: Path, active: Mapping[str, Any]) -> None:
    write_json(path / "active.json", dict(active))
