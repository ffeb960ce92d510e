"""How many clusters there may be: a range with its reasons, never one number alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from core.structure.graph import Graph
from core.structure.tree import Tree

# Nodes whose spectrum is computed: sparse eigenvalues of more take longer than the answer is worth.
_NODES = 3_000
_MOST = 150


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
    """Estimate the number of clusters from the spectrum of the graph and the gaps of the tree."""
    n = len(features)
    if n < 5:
        return CountRange(min(n, 1), min(n, 1), n, ["There are too few items to count groups."])
    values = _spectrum(graph, tree)
    gaps = values[:-1] - values[1:]
    best = int(np.argmax(gaps[1:])) + 2 if len(gaps) > 1 else 1
    return CountRange(max(1, best // 2), best, min(n, best * 2), [f"The spectrum of the graph has a gap at {best}."])


def _spectrum(graph: Graph, tree: Tree) -> np.ndarray:
    from scipy.sparse import csr_array, diags_array
    from scipy.sparse.linalg import eigsh

    edges = graph.symmetric()
    nodes = tree.cut(_NODES) if tree.leaves > _NODES else tree.micro
    if len(np.unique(nodes)) < len(nodes):
        member = csr_array((np.ones(len(nodes)), (nodes, np.arange(len(nodes)))))
        edges = (member @ edges @ member.T).tocsr()
    degree = np.asarray(edges.sum(axis=1)).ravel()
    scale = diags_array(1 / np.sqrt(np.maximum(degree, 1e-12)))
    normalised = (scale @ edges @ scale).tocsr()
    count = min(_MOST, normalised.shape[0] - 1)
    if normalised.shape[0] <= 200:
        return np.linalg.eigvalsh(normalised.toarray())[::-1][:count]
    begin = np.ones(normalised.shape[0])
    return np.sort(eigsh(normalised, k=count, which="LA", return_eigenvectors=False, v0=begin))[::-1]
