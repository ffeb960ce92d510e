"""Labels spread over the neighbour graph, from what a person verified.

Label propagation with local and global consistency (Zhou et al. 2004, NeurIPS 16): every class is a column
F = (1 − α) Σ αᵗ Sᵗ Y with S = D^-½ W D^-½. Columns are linear in the seeds, so a new answer adds to one column only,
and leaving one seed out of its own column is a subtraction.
"""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING

import numpy as np

from core.structure.graph import Graph

if TYPE_CHECKING:
    from scipy.sparse import csr_array

ALPHA = 0.88
_STEPS = 15
_BLOCK = 32


class Operator:
    """The symmetric operator S of a graph.

    Attributes
    ----------
    matrix
        (m, m) sparse float32.
    """

    def __init__(self, graph: Graph) -> None:
        from scipy.sparse import diags_array

        weights = graph.symmetric().astype(np.float32)
        degree = np.asarray(weights.sum(axis=1)).ravel()
        scale = diags_array(1.0 / np.sqrt(np.maximum(degree, 1e-9)))
        self.matrix: csr_array = (scale @ weights @ scale).tocsr().astype(np.float32)
        self._own = np.full(len(degree), np.nan, dtype=np.float32)

    def __len__(self) -> int:
        return int(self.matrix.shape[0])

    def columns(self, seeds: np.ndarray) -> np.ndarray:
        """(m, c) float32: the propagation of seeds (m, c) float32, in blocks so that memory stays small."""
        found = np.empty_like(seeds)
        for begin in range(0, seeds.shape[1], _BLOCK):
            block = np.ascontiguousarray(seeds[:, begin : begin + _BLOCK])
            spread = block
            total = spread.copy()
            for _ in range(_STEPS):
                spread = ALPHA * (self.matrix @ spread)
                total += spread
            found[:, begin : begin + _BLOCK] = (1 - ALPHA) * total
        return found

    def own(self, positions: np.ndarray) -> np.ndarray:
        """(v,) float32: what a seed at each position leaves on itself, subtracted to leave it out.

        The walk that returns after s + t steps is the product of the walks of s and of t steps, so half the steps are
        enough. Each position is computed once.
        """
        new = np.unique(positions[np.isnan(self._own[positions])])
        for begin in range(0, len(new), _BLOCK):
            some = new[begin : begin + _BLOCK]
            walk = np.zeros((len(self), len(some)), dtype=np.float32)
            walk[some, np.arange(len(some))] = 1.0
            found, power = np.ones(len(some), dtype=np.float32), 1.0
            for _ in range(_STEPS // 2):
                further = self.matrix @ walk
                found += power * ALPHA * (walk * further).sum(axis=0)
                found += power * ALPHA**2 * (further * further).sum(axis=0)
                walk, power = further, power * ALPHA**2
            self._own[some] = (1 - ALPHA) * found
        return self._own[positions]


class Propagation:
    """The columns of all classes, kept up to date as seeds come."""

    def __init__(self, operator: Operator) -> None:
        self._operator = operator
        self._seeds = np.zeros((len(operator), 0), dtype=np.float32)
        self.columns = np.zeros((len(operator), 0), dtype=np.float32)

    def update(self, seeds: np.ndarray) -> None:
        """Take over seeds (m, c) float32; only columns that differ from before are computed, from the difference."""
        missing = seeds.shape[1] - self._seeds.shape[1]
        if missing < 0:
            self.__init__(self._operator)
            missing = seeds.shape[1]
        if missing:
            self._seeds = np.pad(self._seeds, ((0, 0), (0, missing)))
            self.columns = np.pad(self.columns, ((0, 0), (0, missing)))
        change = seeds - self._seeds
        changed = np.flatnonzero(change.any(axis=0))
        if len(changed):
            self.columns[:, changed] += self._operator.columns(np.ascontiguousarray(change[:, changed]))
            self._seeds = seeds.copy()

    def fork(self) -> Propagation:
        """The same columns, kept up to date apart from these."""
        twin = copy(self)
        twin.columns = self.columns.copy()
        return twin

    def left_out(self, positions: np.ndarray, classes: np.ndarray, planted: np.ndarray) -> np.ndarray:
        """(v, c) float32: the columns at some positions as if none of them were a seed; `planted` (v,) bool = it is."""
        found = self.columns[positions].copy()
        own = np.flatnonzero(planted)
        found[own, classes[own]] -= self._operator.own(positions[own])
        return np.maximum(found, 0)


def shares(columns: np.ndarray, totals: np.ndarray) -> np.ndarray:
    """(r, c) float32: how the mass at each position divides between classes, each class weighted by 1 / ⁴√seeds.

    Without weights big classes win everywhere; with 1 / √seeds small ones do in noisy collections.

    Parameters
    ----------
    columns
        (r, c) float32, ≥ 0.
    totals
        (c,) weight of the seeds of each class.
    """
    balanced = columns / (np.maximum(totals, 1e-6) ** 0.25).astype(np.float32)
    return balanced / np.maximum(balanced.sum(axis=1, keepdims=True), 1e-12)
