"""The k-nearest-neighbour graph: computed once, used by everything that asks what is near."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from core.errors import BadInput
from core.progress import Progress, silent
from core.structure.features import refuse_unusable

if TYPE_CHECKING:
    from scipy.sparse import csr_array

# Below this an exact search takes about as long as any other, and cannot miss anything.
EXACT_BELOW = 20_000
_BLOCK_BYTES = 128 * 1024 * 1024
_RECALL_SAMPLE = 300
# Of the true neighbours, this share must be found; where that means to look at half of all items, all are looked at.
_RECALL_WANTED = 0.985
_ALL_BUT = 0.5


@dataclass(frozen=True)
class Graph:
    """Neighbours of every item by cosine.

    Attributes
    ----------
    neighbours
        (n, k) int32 positions, nearest first, never the item itself.
    similarity
        (n, k) float32 cosines, falling along each row.
    recall
        Share of the true neighbours found, measured on a sample; 1.0 for the exact search.
    method
        "exact" or "buckets".
    """

    neighbours: np.ndarray
    similarity: np.ndarray
    recall: float = 1.0
    method: str = "exact"

    def __len__(self) -> int:
        return len(self.neighbours)

    @property
    def k(self) -> int:
        """Neighbours an item."""
        return int(self.neighbours.shape[1])

    def symmetric(self) -> csr_array:
        """(n, n) sparse float32: cosine (at least 0) where either item is a neighbour of the other, else absent."""
        from scipy.sparse import csr_array

        n, k = self.neighbours.shape
        # A stored zero would be no edge at all, so the weakest edge keeps a trace of weight.
        weights = np.maximum(np.asarray(self.similarity).ravel(), 1e-6)
        begins = np.arange(0, n * k + 1, k) if k else np.zeros(n + 1, dtype=np.int64)
        directed = csr_array((weights, np.asarray(self.neighbours).ravel(), begins), shape=(n, n))
        return directed.maximum(directed.T).tocsr()

    def to_arrays(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        """Arrays and plain values that `from_arrays` takes back."""
        arrays = {"neighbours": self.neighbours, "similarity": self.similarity}
        return arrays, {"recall": self.recall, "method": self.method}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray], meta: Mapping[str, Any]) -> Graph:
        """The graph that `to_arrays` described."""
        return cls(arrays["neighbours"], arrays["similarity"], float(meta["recall"]), str(meta["method"]))


def knn(features: np.ndarray, k: int = 15, method: str = "auto", progress: Progress = silent) -> Graph:
    """Find the k nearest neighbours of every item.

    Parameters
    ----------
    features
        (n, d) float32, rows of unit length.
    k
        Neighbours an item; n − 1 when there are fewer.
    method
        "exact" (every pair), "buckets" (approximate, see `core.structure.buckets`; exact where the items have so little
        structure that buckets would not help), or "auto": exact below 20,000 items.

    Raises
    ------
    BadInput
        For an unknown method or a row that holds NaN or infinity.
    """
    if method not in ("auto", "exact", "buckets"):
        raise BadInput(f"There is no neighbour search “{method}”.", next_step="Choose auto, exact or buckets.")
    refuse_unusable(features)
    n = len(features)
    k = max(0, min(k, n - 1))
    if k == 0:
        return Graph(np.zeros((n, 0), dtype=np.int32), np.zeros((n, 0), dtype=np.float32))
    features = np.ascontiguousarray(features, dtype=np.float32)
    if method == "buckets" or (method == "auto" and n >= EXACT_BELOW):
        found = _approximate(features, k, progress)
        if found is not None:
            return Graph(*found, _recall(features, found[0]), "buckets")
    return Graph(*_exact(features, np.arange(n), k, progress))


def _exact(features: np.ndarray, rows: np.ndarray, k: int, progress: Progress) -> tuple[np.ndarray, np.ndarray]:
    import torch

    n = len(features)
    # torch warns about read-only memory although nothing here writes to it.
    everything = torch.from_numpy(features if features.flags.writeable else features.copy())
    neighbours = np.empty((len(rows), k), dtype=np.int32)
    similarity = np.empty((len(rows), k), dtype=np.float32)
    step = max(1, _BLOCK_BYTES // (4 * n))
    with torch.inference_mode():
        for begin in range(0, len(rows), step):
            progress(begin, len(rows), "Finding neighbours")
            chosen = torch.from_numpy(rows[begin : begin + step])
            scores = everything[chosen] @ everything.T
            scores[torch.arange(len(chosen)), chosen] = -torch.inf
            values, found = scores.topk(k, dim=1)
            similarity[begin : begin + step] = values.numpy()
            neighbours[begin : begin + step] = found.numpy()
    return _in_order(neighbours, similarity)


def _approximate(features: np.ndarray, k: int, progress: Progress) -> tuple[np.ndarray, np.ndarray] | None:
    """Neighbours by buckets; None when they would have to look at too large a part of all items."""
    from core.structure.buckets import gather, search

    n = len(features)
    buckets = gather(features, progress=progress)
    rows = np.sort(np.random.default_rng(1).choice(n, size=min(_RECALL_SAMPLE, n), replace=False))
    truth, _ = _exact(features, rows, k, silent)
    candidates = buckets.candidates_for(rows, truth, _RECALL_WANTED)
    if candidates > _ALL_BUT * n:
        return None
    return _in_order(*search(features, buckets, k, candidates, progress))


def _in_order(neighbours: np.ndarray, similarity: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Nearest first, equally near ones by position, so that two runs agree."""
    order = np.lexsort((neighbours, -similarity), axis=1)
    return np.take_along_axis(neighbours, order, axis=1), np.take_along_axis(similarity, order, axis=1)


def _recall(features: np.ndarray, neighbours: np.ndarray) -> float:
    """Share of true neighbours found, on a sample. An equally near stand-in for a true neighbour counts as found."""
    rows = np.random.default_rng(0).choice(len(features), size=min(_RECALL_SAMPLE, len(features)), replace=False)
    _, truth = _exact(features, np.sort(rows), neighbours.shape[1], silent)
    rows = np.sort(rows)
    found = np.einsum("rd,rkd->rk", features[rows], features[neighbours[rows]])
    return float((found >= truth[:, -1:] - 1e-5).mean())
