"""The 2-D map: UMAP on the graph, small cases by hand, and an honest figure for how far to trust it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from core.errors import BadInput
from core.progress import Progress, silent
from core.structure.features import refuse_unusable
from core.structure.graph import Graph, knn
from core.structure.map_quality import quality_of
from core.structure.numbering import by_size
from core.structure.umap_layout import embed

MODES = ("fast", "repeatable")
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
        "recall": share of the 15 nearest neighbours that are still among the 15 nearest on the map;
        "trustworthiness" (Venna and Kaski 2001): 1 = no item is shown near that is far. Empty for a map by hand.
    seconds
        It took.
    """

    xy: np.ndarray
    method: str
    seed: int
    mode: str
    epochs: int = 0
    quality: dict[str, float] = field(default_factory=dict)
    seconds: float = 0.0

    def to_arrays(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        """Arrays and plain values that `from_arrays` takes back."""
        plain = {"method": self.method, "seed": self.seed, "mode": self.mode, "epochs": self.epochs}
        return {"xy": self.xy}, {**plain, "quality": dict(self.quality), "layout_seconds": self.seconds}

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
        )


def lay_out(
    features: np.ndarray,
    graph: Graph,
    mode: str = "fast",
    seed: int = 0,
    epochs: int | None = None,
    start: np.ndarray | None = None,
    progress: Progress = silent,
) -> Map:
    """Lay the items out in two dimensions.

    Parameters
    ----------
    features
        (n, d) float32, rows of unit length.
    graph
        Their neighbours.
    mode
        "fast": all cores, a little different every time. "repeatable": the same bits for the same seed, on one thread.
    epochs
        Rounds of the layout; by the number of items when None.
    start
        (n, 2) layout to begin with, NaN for items that it did not have: those start between their neighbours, and the
        result is turned and scaled back onto it.

    Raises
    ------
    BadInput
        For an unknown mode, a graph of other items, or a row that holds NaN or infinity.
    Cancelled
        When `progress` says so; it is asked before every few rounds.
    """
    if mode not in MODES:
        raise BadInput(f"There is no map mode “{mode}”.", next_step="Choose “fast” or “repeatable”.")
    if len(graph) != len(features):
        raise BadInput(f"The graph is of {len(graph)} items, but there are {len(features)}.")
    refuse_unusable(features)
    begun = time.perf_counter()
    by_hand = _by_hand(features)
    if by_hand is not None:
        return Map(by_hand, "by hand", seed, mode)
    chosen = epochs or _epochs(len(features), start is not None)
    from core.structure.continuity import onto, placed_between

    begin = None if start is None else placed_between(start, graph)
    found = embed(features, graph, 2, chosen, seed if mode == "repeatable" else None, begin, progress=progress)
    xy = _framed(found) if start is None else onto(found, start)
    progress(chosen, chosen, "Measuring the map")
    quality = quality_of(features, graph, xy)
    return Map(xy, "umap", seed, mode, chosen, quality, round(time.perf_counter() - begun, 3))


def warm_up() -> None:
    """Compile UMAP in this process (10 to 20 s), so that the first map does not have to wait for it."""
    points = np.random.default_rng(0).normal(size=(600, 8)).astype(np.float32)
    points /= np.linalg.norm(points, axis=1, keepdims=True)
    graph = knn(points)
    for seed in (None, 0):
        embed(points, graph, 2, 3, seed)


def _epochs(n: int, continued: bool) -> int:
    fresh = 200 if n <= 20_000 else 100
    return fresh // 2 if continued else fresh


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


def _framed(found: np.ndarray) -> np.ndarray:
    """Centre and scale both axes alike, so that the farthest items lie at 1."""
    middle = (found.min(axis=0) + found.max(axis=0)) / 2
    reach = np.abs(found - middle).max()
    return ((found - middle) / max(float(reach), 1e-12)).astype(np.float32)
