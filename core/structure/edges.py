"""The weighted edges that the map is drawn by: how strongly each item holds on to its neighbours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core.structure.graph import Graph

if TYPE_CHECKING:
    from scipy.sparse import csr_array

_HALVINGS = 16
_BLOCK = 262_144


@dataclass(frozen=True)
class Edges:
    """Edges of both directions, by the item that they begin at.

    Attributes
    ----------
    begins
        (n + 1,) int64: edges of item i are `begins[i]` … `begins[i + 1]`.
    ends
        (e,) int32, the items that they lead to.
    weights
        (e,) float32, above 0, at most 1.
    """

    begins: np.ndarray
    ends: np.ndarray
    weights: np.ndarray

    def __len__(self) -> int:
        return len(self.begins) - 1

    @classmethod
    def of(cls, matrix: csr_array) -> Edges:
        """The stored entries of an (n, n) sparse matrix."""
        return cls(matrix.indptr.astype(np.int64), matrix.indices.astype(np.int32), matrix.data.astype(np.float32))

    def matrix(self) -> csr_array:
        """(n, n) sparse float32."""
        from scipy.sparse import csr_array

        return csr_array((self.weights, self.ends, self.begins), shape=(len(self), len(self)))


def edges_of(graph: Graph) -> Edges:
    """UMAP's fuzzy set of neighbours (McInnes, Healy, Melville 2018, arXiv:1802.03426, section 3.1).

    Each item's nearest other place has weight 1; the others fall off so that all its weights add up to log2(k + 1).
    Both directions are joined as probabilities: a + b − ab.
    """
    from scipy.sparse import csr_array

    n, k = graph.neighbours.shape
    weights = np.concatenate(
        [_falling_off(_apart(graph.similarity[begin : begin + _BLOCK])) for begin in range(0, n, _BLOCK)]
        or [np.zeros((0, k), dtype=np.float32)]
    )
    begins = np.arange(n + 1, dtype=np.int64) * k
    directed = csr_array((weights.ravel(), np.asarray(graph.neighbours).ravel(), begins), shape=(n, n))
    back = directed.T.tocsr()
    joined = (directed + back - directed.multiply(back)).tocsr()
    joined.sort_indices()
    return Edges.of(joined)


def _apart(similarity: np.ndarray) -> np.ndarray:
    """(n, k) float32: Euclidean distance of unit rows, from their cosine."""
    return np.sqrt(np.maximum(2 - 2 * np.asarray(similarity, dtype=np.float32), 0))


def _falling_off(distance: np.ndarray) -> np.ndarray:
    """(n, k) float32 weights from (n, k) distances."""
    if not distance.size:
        return distance
    nearest = np.where(distance > 0, distance, np.inf).min(axis=1, keepdims=True)
    gap = np.maximum(distance - np.where(np.isfinite(nearest), nearest, 0), 0)
    wanted = np.log2(distance.shape[1] + 1)
    middle = np.maximum(gap.mean(axis=1, keepdims=True), 1e-6)
    # Bisection of the width's logarithm; outside of this range only rows of (nearly) equal distances would lie.
    low, high = np.log(middle / 1000), np.log(middle * 1000)
    for _ in range(_HALVINGS):
        half = (low + high) / 2
        too_wide = np.exp(-gap / np.exp(half)).sum(axis=1, keepdims=True) > wanted
        low, high = np.where(too_wide, low, half), np.where(too_wide, half, high)
    return np.maximum(np.exp(-gap / np.exp(high)), 1e-6).astype(np.float32)
