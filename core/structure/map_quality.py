"""How far to trust a 2-D map."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.structure.graph import Graph

NEIGHBOURS = 15
_RECALL_ROWS = 5_000
_TRUST_ROWS = 2_000
# Least trustworthiness, continuity and recall of each level. A random scatter has .5, .5 and 15 / n.
_LEVELS = (("high", 0.95, 0.9, 0.2), ("fair", 0.85, 0.8, 0.05), ("low", 0.7, 0.65, 0.02))
_WORDS = {
    "high": "Faithful map",
    "fair": "Fair map",
    "low": "Rough map",
    "none": "Doubtful map",
    "exact": "Exact map",
}
_SENTENCES = {
    "high": "What lies together on this map is alike, and what is alike lies together.",
    "fair": "Groups on this map can mostly be trusted; single neighbours and the distance between groups less so.",
    "low": "Take this map as a rough overview: many items lie beside others that are not like them.",
    "none": "Do not trust this map: what lies together is hardly more alike than by chance.",
    "exact": "There are so few different items that the map shows all there is to show.",
}


@dataclass(frozen=True)
class Badge:
    """How far to trust a map, in words.

    Attributes
    ----------
    level
        "high", "fair", "low", "none"; or "exact" for a map by hand.
    words
        Two words for the badge itself.
    sentence
        What that means for who looks at it.
    detail
        The figures behind it, in a sentence; empty when there are none.
    """

    level: str
    words: str
    sentence: str
    detail: str = ""


def badge(meta: Mapping[str, Any]) -> Badge:
    """Say how far to trust a map.

    Parameters
    ----------
    meta
        Of the map's artifact, or `Map.to_arrays()[1]`: "quality", and "sketch".
    """
    quality = meta.get("quality") or {}
    if "recall" not in quality:
        return Badge("exact", _WORDS["exact"], _SENTENCES["exact"])
    # Too few items for the other figures: the share of kept neighbours stands for all three.
    trust = quality.get("trustworthiness", 1.0)
    continuity = quality.get("continuity", trust)
    recall = quality["recall"]
    reached = (name for name, *least in _LEVELS if trust >= least[0] and continuity >= least[1] and recall >= least[2])
    level = next(reached, "none")
    detail = f"Of an item's {NEIGHBOURS} nearest neighbours {recall * NEIGHBOURS:.1f} are nearest on the map, too"
    if "trustworthiness" in quality:
        detail += f"; trustworthiness {trust:.2f}, continuity {continuity:.2f} (1 is perfect, 0.5 is chance)"
    sketch = " It is a sketch that is being refined." if meta.get("sketch") else ""
    return Badge(level, "Sketch" if sketch else _WORDS[level], _SENTENCES[level] + sketch, f"{detail}.")


def quality_of(features: np.ndarray, graph: Graph, xy: np.ndarray) -> dict[str, float]:
    """Measure a layout against the features, on a fixed sample.

    Parameters
    ----------
    features
        (n, d) float32 unit rows.
    graph
        Their neighbours.
    xy
        (n, 2) layout.

    Returns
    -------
    dict
        "recall": of the (up to 15) nearest neighbours in the graph, the share among as many nearest on the map; 5,000
        rows against all. "trustworthiness" and "continuity" at 15 neighbours (Venna and Kaski 2001,
        doi:10.1007/3-540-44668-0_68), among 2,000 rows: 1 = no item is shown near that is far; 1 = no item is shown
        far that is near. Both absent when there are too few items.
    """
    rng = np.random.default_rng(0)
    n = len(features)
    rows = np.sort(rng.choice(n, size=min(_RECALL_ROWS, n), replace=False))
    quality = {"recall": _recall(graph, xy, rows)}
    rows = np.sort(rng.choice(n, size=min(_TRUST_ROWS, n), replace=False))
    k = min(NEIGHBOURS, (len(rows) - 1) // 2 - 1)
    if k >= 1:
        sample = np.asarray(features[rows], dtype=np.float32)
        quality |= kept_near(sample, np.asarray(xy[rows], dtype=np.float32), k)
    return quality


def _recall(graph: Graph, xy: np.ndarray, rows: np.ndarray) -> float:
    from scipy.spatial import cKDTree

    k = min(NEIGHBOURS, graph.k)
    if k == 0 or not len(rows):
        return 0.0
    # One more than needed, because the nearest item of each place is usually the item itself.
    _, near = cKDTree(xy).query(xy[rows], k=k + 1, workers=-1)
    truth = np.asarray(graph.neighbours)[rows, :k]
    others = near != rows[:, None]
    others[others.all(axis=1), -1] = False
    shown = near[others].reshape(len(rows), k)
    return round(float((shown[:, :, None] == truth[:, None, :]).any(axis=2).mean()), 4)


def kept_near(features: np.ndarray, xy: np.ndarray, k: int) -> dict[str, float]:
    """Trustworthiness and continuity of (r, 2) places among themselves, against (r, d) unit rows; 2 k + 1 < r."""
    squares = (xy * xy).sum(axis=1)
    true, shown = -features @ features.T, squares[:, None] + squares - 2 * (xy @ xy.T)
    for apart in (true, shown):
        np.fill_diagonal(apart, np.inf)
    return {"trustworthiness": _kept(true, shown, k), "continuity": _kept(shown, true, k)}


def _kept(apart: np.ndarray, others: np.ndarray, k: int) -> float:
    """1 − the normalised excess rank, by the distances `apart`, of the k that are nearest by `others`."""
    n = len(apart)
    near = np.argpartition(others, k - 1, axis=1)[:, :k]
    distance = np.take_along_axis(apart, near, axis=1)
    excess = sum(
        np.maximum(1 + np.count_nonzero(apart < distance[:, place, None], axis=1) - k, 0).sum() for place in range(k)
    )
    return round(float(1 - excess * 2 / (n * k * (2 * n - 3 * k - 1))), 4)
