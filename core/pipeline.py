"""The stages in their order, what of them is stale, and the only place that composes them.

Each stage is a pure function of the artifacts before it and of the recipe; its key is the fingerprint of both. A stage
whose artifact is stored is never computed again. `active.json` points at the artifacts that the pages show; it moves
only when a stage has finished, so nothing half made is ever shown. The map has two artifacts: a sketch, with which
everything can be worked on already, and what it is refined to.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from core.errors import BadInput, NotFound
from core.items.table import Items
from core.lock import at_work
from core.progress import Progress, silent
from core.project import Project
from core.storage import Artifact, ArtifactStore, read_json, write_json
from core.structure.clusterers import Clustering
from core.structure.graph import Graph
from core.structure.maps import Map
from core.structure.stored import restored, stored, that_begin_with
from core.structure.tree import Tree

STAGES = ("vectors", "features", "graph", "tree", "clustering", "map")


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
            raise BadInput(f"There is no map mode “{self.map_mode}”.", next_step="Choose “fast” or “repeatable”.")
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
        return restored(Graph, self.artifact("graph"))

    @cached_property
    def tree(self) -> Tree:
        """The Ward tree."""
        return restored(Tree, self.artifact("tree"))

    @cached_property
    def clustering(self) -> Clustering:
        """What the clusterer returned, before any edit."""
        return restored(Clustering, self.artifact("clustering"))

    @cached_property
    def map(self) -> Map:
        """The 2-D layout; a sketch while it is being refined."""
        return restored(Map, self.artifact("map"))

    @property
    def sketched(self) -> bool:
        """Whether the map is still to be refined."""
        return bool(self.artifact("map").meta.get("sketch", False))

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
    found = structure(project)
    return [stage for stage in STAGES if not found.has(stage) or (stage == "map" and found.sketched)]


def run(
    project: Project,
    chosen: Recipe,
    progress: Progress = silent,
    until: str = STAGES[-1],
    ready: Callable[[Structure], None] | None = None,
) -> Structure:
    """Run every stage up to `until` that is not stored yet, and make the results active one by one.

    Parameters
    ----------
    ready
        Called once everything but the refined map is there and active, so that work can begin.

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
        return _run(project, chosen, progress, until, ready)


def _run(
    project: Project, chosen: Recipe, progress: Progress, until: str, ready: Callable[[Structure], None] | None
) -> Structure:
    items = project.items.load()
    if not len(items.rows):
        raise BadInput("There is nothing to work on.", "The project has no items.", "Import a folder or a table first.")
    before = Structure(project.artifacts, _active(project.path))
    shown = before.active
    active: dict[str, Any] = {"items": items.digest_of_all(), "n": len(items)}
    for stage in STAGES[: STAGES.index(until) + 1]:
        found = Structure(project.artifacts, active)
        if stage == "map":
            active[stage] = _sketch(project, chosen, found, before, progress).key
            _switch(project, active, chosen)
            if ready is not None:
                ready(Structure(project.artifacts, active))
            active[stage] = _map(project, chosen, Structure(project.artifacts, active), progress).key
        else:
            active[stage] = _MAKE[stage](project, items, chosen, found, progress).key
            # A first run shows each stage as it comes; later ones switch once, so pages never see two runs mixed.
            if "map" not in shown:
                _set_active(project.path, active)
    if shown.get("graph") == active.get("graph"):
        active = {**shown, **active}
    _switch(project, active, chosen)
    return Structure(project.artifacts, active)


def _switch(project: Project, active: Mapping[str, Any], chosen: Recipe) -> None:
    """Show these artifacts, and remember what they were made with."""
    _set_active(project.path, active)
    write_json(project.path / "recipe.json", asdict(chosen))


def _vectors(project: Project, items: Items, chosen: Recipe, found: Structure, progress: Progress) -> Artifact:
    from core.encoders.encode import encode_items
    from core.encoders.table import suggest

    name = chosen.encoder or suggest(items, project.items)
    return encode_items(items, project.items, name, project.artifacts, progress, options=dict(chosen.encoder_options))


def _features(project: Project, items: Items, chosen: Recipe, found: Structure, progress: Progress) -> Artifact:
    from core.structure.features import features

    def compute() -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        return {"features": features(found.vectors, found.modality)}, {}

    return stored(project.artifacts, "features", (found.active["vectors"],), compute)


def _graph(project: Project, items: Items, chosen: Recipe, found: Structure, progress: Progress) -> Artifact:
    from core.structure.graph import knn

    def compute() -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        return knn(found.features, k=chosen.neighbours, progress=progress).to_arrays()

    return stored(project.artifacts, "graph", (found.active["features"], chosen.neighbours), compute)


def _tree(project: Project, items: Items, chosen: Recipe, found: Structure, progress: Progress) -> Artifact:
    from core.structure.tree import grown

    def compute() -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        progress(0, 1, "Building the tree")
        return grown(found.features, found.graph, seed=chosen.seed, progress=progress).to_arrays()

    return stored(project.artifacts, "tree", (found.active["graph"], chosen.seed), compute)


def _clustering(project: Project, items: Items, chosen: Recipe, found: Structure, progress: Progress) -> Artifact:
    from core.structure.clusterers import cluster

    def compute() -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        progress(0, 1, "Finding groups")
        return cluster(
            chosen.method, found.features, found.graph, tree=found.tree, seed=chosen.seed, **dict(chosen.parameters)
        ).to_arrays()

    inputs = (found.active["graph"], found.active["tree"], chosen.method, dict(chosen.parameters), chosen.seed)
    return stored(project.artifacts, "clustering", inputs, compute)


def _sketch(project: Project, chosen: Recipe, found: Structure, before: Structure, progress: Progress) -> Artifact:
    """The map to begin with: one of this graph that is there already, or a sketch that keeps what was shown."""
    from core.structure.maps import sketch

    wanted = (found.active["graph"], chosen.map_mode, chosen.seed)
    there = _drawn(project, wanted)
    if there is not None:
        return there
    begin = before.active["map"] if before.has("map") and before.has("vectors") else ""

    def compute() -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        progress(0, 1, "Sketching the map")
        start = before.map.carried_over(before.positions(found.rows)) if begin else None
        return sketch(found.features, found.graph, chosen.map_mode, chosen.seed, start, progress=progress).to_arrays()

    return stored(project.artifacts, "map", (*wanted, begin), compute)


def _map(project: Project, chosen: Recipe, found: Structure, progress: Progress) -> Artifact:
    """What the active sketch is refined to; the active map itself when it is no sketch."""
    from core.structure.maps import refine

    drawn = found.artifact("map")
    if not found.sketched:
        return drawn

    def compute() -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        progress(0, 1, "Refining the map")
        return refine(found.features, found.graph, found.map, progress=progress).to_arrays()

    wanted = (found.active["graph"], chosen.map_mode, chosen.seed)
    return stored(project.artifacts, "map", (*wanted, drawn.key), compute)


def _drawn(project: Project, wanted: tuple[Any, ...]) -> Artifact | None:
    """A stored map that was made with this graph, mode and seed: refined if there is one, else a sketch of it."""
    same = that_begin_with(project.artifacts, "map", wanted)
    return next((drawn for drawn in same if not drawn.meta.get("sketch", False)), same[0] if same else None)


_MAKE: dict[str, Callable[[Project, Items, Recipe, Structure, Progress], Artifact]] = {
    "vectors": _vectors,
    "features": _features,
    "graph": _graph,
    "tree": _tree,
    "clustering": _clustering,
}


def _active(path: Path) -> dict[str, Any]:
    try:
        return read_json(path / "active.json")
    except NotFound:
        return {}


def _set_active(path: Path, active: Mapping[str, Any]) -> None:
    write_json(path / "active.json", dict(active))
