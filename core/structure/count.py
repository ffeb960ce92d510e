"""How many clusters there may be: a range with its reasons, never one number alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from core.structure.graph import Graph
from core.structure.spectrum import against_one_cloud, spectrum
from core.structure.tree import Tree

# 80 Gaussian clouds of 50 to 5,000 items in 2 to 128 dimensions stay below 1.72; digits reach 26.
_CLEAR = 2.0
# An eigenvalue above this belongs to a part of the graph that hardly touches the rest.
_ALONE = 0.99
# A second gap of at least this share of the widest is a second answer, not noise.
_ALSO_WIDE = 0.5
# With the usual 15 neighbours, 20 items of one cloud are taken for groups once in four times; 50 never were.
_FEWEST = 50


@dataclass(frozen=True)
class CountRange:
    """How many clusters to look for.

    Attributes
    ----------
    low, best, high
        The range, and where to start in it. `best` = 1: no clear groups; `high` then is what would still be useful.
    reasons
        Plain sentences.
    """

    low: int
    best: int
    high: int
    reasons: list[str] = field(default_factory=list)

    @property
    def clear(self) -> bool:
        """Whether there are groups worth the word."""
        return self.best > 1

    @property
    def start(self) -> int:
        """Number of clusters to cut at first: `best`, or a coarse cut to browse by when there are no clear groups."""
        return self.best if self.clear else self.high

    def to_json(self) -> dict[str, Any]:
        """Plain values."""
        return {"low": self.low, "best": self.best, "high": self.high, "reasons": list(self.reasons)}

    @classmethod
    def from_json(cls, plain: Mapping[str, Any]) -> CountRange:
        """What `to_json` described."""
        return cls(int(plain["low"]), int(plain["best"]), int(plain["high"]), list(plain["reasons"]))


def estimate(features: np.ndarray, graph: Graph, tree: Tree) -> CountRange:
    """Estimate the number of clusters from the eigengap of the neighbour graph.

    Takes a few seconds at most: the spectrum is of at most 2,000 nodes. At most 150 groups are told apart.

    Parameters
    ----------
    features
        (n, d) float32 unit rows.
    graph, tree
        Of these features.
    """
    n = len(features)
    if n > 1 and (np.ptp(features, axis=0) < 1e-6).all():
        return CountRange(1, 1, 1, ["All items are the same to the encoder."])
    if n < _FEWEST:
        return CountRange(min(n, 1), min(n, 1), _browsing(n), ["There are too few items to count groups."])
    clearness, ceiling = against_one_cloud(features, graph.k)
    if clearness < _CLEAR:
        return _no_groups(n)
    values = spectrum(graph, tree)
    gaps = values[:-1] - values[1:]
    # The first gap only says that the graph is one piece.
    best = int(np.argmax(gaps[1:])) + 2
    wide = np.flatnonzero(gaps[1:] >= _ALSO_WIDE * gaps[best - 1]) + 2
    alone = int((values > _ALONE).sum())
    low = max(2, min(best // 2, int(wide[0]), alone if alone > 1 else best))
    high = min(n, max(2 * best, int(wide[-1]), int((values > ceiling).sum())))
    return CountRange(low, best, high, _reasons(best, wide, alone, clearness))


def _no_groups(n: int) -> CountRange:
    high = _browsing(n)
    return CountRange(
        1,
        1,
        high,
        [
            "There are no clear groups: the items lie like one cloud.",
            f"Cutting them into up to {high} parts can still help to look through them.",
        ],
    )


def _browsing(n: int) -> int:
    """A number of parts that helps to look through n items when nothing says how many there are."""
    return min(n, max(2, round((n / 2) ** 0.5)), 50)


def _reasons(best: int, wide: np.ndarray, alone: int, clearness: float) -> list[str]:
    reasons = [
        f"The links between neighbours fall apart most clearly into {best} groups.",
        f"The groups hold together {min(clearness, 100):.0f} times better than one cloud of the same shape would.",
    ]
    others = [str(k) for k in wide if k != best][:3]
    if others:
        reasons.append(f"Almost as clear: {', '.join(others)}.")
    if alone > 1:
        reasons.append(f"{alone} of them hardly touch the others.")
    return reasons
