"""The 2-D map: a sketch at once, refined from there; small cases by hand; honest figures for how far to trust it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from core.errors import BadInput
from core.progress import Progress, silent
from core.structure.beginning import SPAN, beginning, parted
from core.structure.continuity import onto, placed_between
from core.structure.descent import descend
from core.structure.edges import Edges, edges_of
from core.structure.features import refuse_unusable
from core.structure.graph import Graph, knn
from core.structure.map_quality import quality_of
from core.structure.numbering import by_size

MODES = ("fast", "repeatable")
_SKETCH_EPOCHS = 20
_PLACING_EPOCHS = 50
# Length of the steps at the begin of a fresh map, of its refinement, of new items, and of a map that was there before;
# all end with none, so that a sketch, too, is at rest.
_FRESH, _REFINING, _PLACING, _SETTLING = 1.0, 0.6, 0.5, 0.1
# An old map that loses this much of its quality on the new items is not gone on with.
_LOST = 0.1
_BY_HAND = {
    0: np.zeros((0, 2)),
    1: np.zeros((1, 2)),
    2: np.array([[-0.5, 0], [0.5, 0]]),
    3: np.array([[0, 0.6], [-0.52, -0.3], [0.52, -0.3]]),
    4: np.array([[-0.5, 0.5], [0.5, 0.5], [-0.5, -0.5], [0.5, -0.5]]),
}


@dataclass(frozen=True)
class Map:
    """A 2-D layout of the items.

    Attributes
    ----------
    xy
        (n, 2) float32, about −1 … 1, both axes on one scale.
    method
        "umap", or "by hand" for fewer than five different items.
    seed, mode, epochs
        What it was made with.
    quality
        What `core.structure.map_quality.quality_of` found. Empty for a map by hand.
    seconds
        It took.
    sketch
        Whether it is still to be refined.
    kept
        Whether it goes on with an older map.
    scale
        Units of the optimiser to one unit of `xy`; a later map of the same items goes on with it.
    """

    xy: np.ndarray
    method: str
    seed: int
    mode: str
    epochs: int = 0
    quality: dict[str, float] = field(default_factory=dict)
    seconds: float = 0.0
    sketch: bool = False
    kept: bool = False
    scale: float = SPAN

    def to_arrays(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        """Arrays and plain values that `from_arrays` takes back."""
        plain = {"method": self.method, "seed": self.seed, "mode": self.mode, "epochs": self.epochs}
        plain |= {"quality": dict(self.quality), "layout_seconds": self.seconds}
        return {"xy": self.xy}, {**plain, "sketch": self.sketch, "kept": self.kept, "scale": self.scale}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray], meta: Mapping[str, Any]) -> Map:
        """The map that `to_arrays` described."""
        return cls(
            xy=arrays["xy"],
            method=str(meta["method"]),
            seed=int(meta["seed"]),
            mode=str(meta["mode"]),
            epochs=int(meta["epochs"]),
            quality=dict(meta["quality"]),
            seconds=float(meta["layout_seconds"]),
            # Maps of the first version know none of these.
            sketch=bool(meta.get("sketch", False)),
            kept=bool(meta.get("kept", False)),
            scale=float(meta.get("scale", SPAN)),
        )

    def carried_over(self, positions: np.ndarray) -> Map:
        """The map of another set of items.

        Parameters
        ----------
        positions
            (m,) integers: where each item of the new set is in this map, −1 = not yet on it.

        Returns
        -------
        Map
            (m, 2) `xy`, NaN for items that are new; to be given to `sketch` or `lay_out` as `start`.
        """
        xy = np.full((len(positions), 2), np.nan, dtype=np.float32)
        old = positions >= 0
        xy[old] = self.xy[positions[old]]
        return replace(self, xy=xy)


def sketch(
    features: np.ndarray,
    graph: Graph,
    mode: str = "repeatable",
    seed: int = 0,
    start: Map | None = None,
    edges: Edges | None = None,
    progress: Progress = silent,
) -> Map:
    """A first map, quickly: every item near its place, to be looked at while `refine` works.

    Parameters
    ----------
    features
        (n, d) float32, rows of unit length.
    graph
        Their neighbours.
    mode
        "fast": all cores, a little different every time. "repeatable": the same bits for the same seed, on one thread.
    start
        A map to keep, `carried_over` to these items: those stay exactly where they are, and the new ones are placed
        between their neighbours. One that says much less about these items than it did about its own (other features,
        too many new items) is not kept: the new map is only turned so that it lies best on it.
    edges
        What `edges_of(graph)` returns, if it is known already.

    Returns
    -------
    Map
        With `sketch` set, unless it is by hand and cannot be refined.

    Raises
    ------
    BadInput
        For an unknown mode, a graph or start of other items, or a row that holds NaN or infinity.
    Cancelled
        When `progress` says so.
    """
    _refuse_misfits(features, graph, mode, start)
    begun = time.perf_counter()
    by_hand = _by_hand(features)
    if by_hand is not None:
        return Map(by_hand, "by hand", seed, mode)
    edges = edges or edges_of(graph)
    usable = start is not None and start.method == "umap" and bool(np.isfinite(start.xy).all(axis=1).any())
    drawn = _grown(features, graph, edges, mode, seed, start, progress) if usable else None
    if drawn is None:
        drawn = _fresh(features, graph, edges, mode, seed, progress)
        if usable:
            xy = onto(drawn.xy, start.xy)
            drawn = replace(drawn, xy=xy, scale=_scale_between(drawn.xy, xy) * drawn.scale)
    return replace(drawn, seconds=round(time.perf_counter() - begun, 3))


def refine(
    features: np.ndarray,
    graph: Graph,
    drawn: Map,
    epochs: int | None = None,
    edges: Edges | None = None,
    progress: Progress = silent,
) -> Map:
    """Go on with a sketch until it is as good as a map gets, and turn it back onto what was shown, so that items glide.

    Parameters
    ----------
    features, graph, edges
        As given to `sketch`.
    drawn
        The sketch. One that goes on with an older map is moved less.
    epochs
        Rounds; by the number of items when None.

    Raises
    ------
    BadInput, Cancelled
        As in `sketch`.
    """
    _refuse_misfits(features, graph, drawn.mode, drawn)
    if drawn.method == "by hand":
        return drawn
    begun = time.perf_counter()
    chosen = epochs or _epochs(len(features), drawn.kept)
    pace = (_SETTLING if drawn.kept else _REFINING, 0.0)
    found = descend(
        parted(drawn.xy * drawn.scale, drawn.seed),
        edges or edges_of(graph),
        chosen,
        pace,
        drawn.seed + 1 if drawn.mode == "repeatable" else None,
        progress=progress,
    )
    xy = onto(found, drawn.xy)
    progress(chosen, chosen, "Measuring the map")
    return replace(
        drawn,
        xy=xy,
        epochs=drawn.epochs + chosen,
        quality=quality_of(features, graph, xy),
        seconds=round(drawn.seconds + time.perf_counter() - begun, 3),
        sketch=False,
        # Turning onto the sketch may have scaled it.
        scale=_scale_between(found, xy),
    )


def lay_out(
    features: np.ndarray,
    graph: Graph,
    mode: str = "repeatable",
    seed: int = 0,
    epochs: int | None = None,
    start: Map | None = None,
    progress: Progress = silent,
) -> Map:
    """Lay the items out in two dimensions: `sketch`, then `refine`, with their parameters."""
    edges = edges_of(graph)
    drawn = sketch(features, graph, mode, seed, start, edges, progress)
    return refine(features, graph, drawn, epochs, edges, progress)


def warm_up() -> None:
    """Load the optimiser's machine code, or compile it once a machine, so that the first map need not wait for it."""
    points = np.random.default_rng(0).normal(size=(64, 8)).astype(np.float32)
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    lay_out(points, knn(points), epochs=3)


def _fresh(features: np.ndarray, graph: Graph, edges: Edges, mode: str, seed: int, progress: Progress) -> Map:
    """A sketch that knows of no other map."""
    begin = beginning(features, edges, seed, progress)
    chance = seed if mode == "repeatable" else None
    found = descend(begin, edges, _SKETCH_EPOCHS, (_FRESH, 0.0), chance, None, progress, "Sketching the map")
    xy, scale = _framed(found)
    return Map(xy, "umap", seed, mode, _SKETCH_EPOCHS, quality_of(features, graph, xy), sketch=True, scale=scale)


def _grown(
    features: np.ndarray, graph: Graph, edges: Edges, mode: str, seed: int, start: Map, progress: Progress
) -> Map | None:
    """A sketch where old items stay and new ones lie between their neighbours; None when the old map does not fit."""
    new = ~np.isfinite(start.xy).all(axis=1)
    xy = placed_between(start.xy, graph, features)
    if new.any():
        begin = np.where(new[:, None], parted(xy * start.scale, seed), xy * start.scale)
        chance = seed if mode == "repeatable" else None
        pace, note = (_PLACING, 0.0), "Placing the new items"
        found = descend(begin, edges, _PLACING_EPOCHS, pace, chance, new, progress, note)
        xy[new] = found[new] / np.float32(start.scale)
    quality = quality_of(features, graph, xy)
    if any(quality.get(name, 0) < start.quality.get(name, 0) - _LOST for name in ("trustworthiness", "continuity")):
        return None
    return Map(xy, "umap", seed, mode, _PLACING_EPOCHS, quality, sketch=True, kept=True, scale=start.scale)


def _scale_between(found: np.ndarray, xy: np.ndarray) -> float:
    """How many units of `found` one unit of `xy` is, for two layouts of one shape."""
    return float(np.std(found - found.mean(axis=0)) / max(float(np.std(xy - xy.mean(axis=0))), 1e-12))


def _epochs(n: int, kept: bool) -> int:
    fresh = 240 if n <= 20_000 else 120
    return fresh // 2 if kept else fresh


def _refuse_misfits(features: np.ndarray, graph: Graph, mode: str, start: Map | None) -> None:
    if mode not in MODES:
        raise BadInput(f"There is no map mode “{mode}”.", next_step="Choose “fast” or “repeatable”.")
    if len(graph) != len(features):
        raise BadInput(f"The graph is of {len(graph)} items, but there are {len(features)}.")
    if start is not None and len(start.xy) != len(features):
        raise BadInput(f"The map to go on with is of {len(start.xy)} items, but there are {len(features)}.")
    refuse_unusable(features)


def _by_hand(features: np.ndarray) -> np.ndarray | None:
    """A layout for fewer than five items, or fewer than five different ones; None when UMAP should do it."""
    n = len(features)
    if n in _BY_HAND:
        return _BY_HAND[n].astype(np.float32)
    sample = features[:: max(1, n // 64)]
    if len(np.unique(np.round(sample, 5), axis=0)) >= len(_BY_HAND):
        return None
    different, which = np.unique(np.round(features, 5), axis=0, return_inverse=True)
    if len(different) >= len(_BY_HAND):
        return None
    places = _BY_HAND[len(different)][by_size(which)]
    # Identical items form a disc around their place, so that each can still be seen and picked.
    order = np.arange(n) + 0.5
    angle = order * np.pi * (3 - np.sqrt(5))
    radius = 0.2 * np.sqrt(order / n)
    return (places + np.column_stack([np.cos(angle), np.sin(angle)]) * radius[:, None]).astype(np.float32)


def _framed(found: np.ndarray) -> tuple[np.ndarray, float]:
    """Centre and scale both axes alike, so that the farthest items lie at 1; and the units to 1."""
    middle = (found.min(axis=0) + found.max(axis=0)) / 2
    reach = max(float(np.abs(found - middle).max()), 1e-12)
    return ((found - middle) / reach).astype(np.float32), reach
