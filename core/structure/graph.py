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

# Below this an exact search is quicker than building an index, and cannot miss anything.
EXACT_BELOW = 100_000
_BLOCK_BYTES = 128 * 1024 * 1024
_RECALL_SAMPLE = 200


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
        "exact" or "usearch".
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
        "exact" (every pair), "usearch" (approximate, HNSW: Malkov and Yashunin 2018, doi:10.1109/TPAMI.2018.2889473),
        or "auto": exact below 100,000 items.

    Raises
    ------
    BadInput
        For an unknown method or a row that holds NaN or infinity.
    """
    if method not in ("auto", "exact", "usearch"):
        raise BadInput(f"There is no neighbour search “{method}”.", next_step="Choose auto, exact or usearch.")
    refuse_unusable(features)
    n = len(features)
    k = max(0, min(k, n - 1))
    if k == 0:
        return Graph(np.zeros((n, 0), dtype=np.int32), np.zeros((n, 0), dtype=np.float32))
    features = np.ascontiguousarray(features, dtype=np.float32)
    if method == "exact" or (method == "auto" and n < EXACT_BELOW):
        neighbours, similarity = _exact(features, np.arange(n), k, progress)
        return Graph(neighbours, similarity)
    neighbours, similarity = _approximate(features, k, progress)
    return Graph(neighbours, similarity, _recall(features, neighbours), "usearch")


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


def _approximate(features: np.ndarray, k: int, progress: Progress) -> tuple[np.ndarray, np.ndarray]:
    from usearch.index import Index

    n, d = features.shape
    index = Index(ndim=d, metric="ip", dtype="f32", connectivity=16, expansion_add=96, expansion_search=96)
    neighbours = np.empty((n, k), dtype=np.int32)
    similarity = np.empty((n, k), dtype=np.float32)
    step = 10_000
    for begin in range(0, n, step):
        progress(begin, 2 * n, "Indexing neighbours")
        block = features[begin : begin + step]
        index.add(np.arange(begin, begin + len(block), dtype=np.uint64), block)
    for begin in range(0, n, step):
        progress(n + begin, 2 * n, "Finding neighbours")
        found = index.search(features[begin : begin + step], k + 1)
        keys, distances = _filled(found, k + 1)
        keys, distances = _without_self(keys, distances, np.arange(begin, begin + len(keys)))
        neighbours[begin : begin + step] = keys
        similarity[begin : begin + step] = 1 - distances
    return _in_order(neighbours, similarity)


def _filled(found: Any, wanted: int) -> tuple[np.ndarray, np.ndarray]:
    keys = np.atleast_2d(found.keys).astype(np.int64)
    distances = np.atleast_2d(found.distances).astype(np.float32)
    counts = np.atleast_1d(found.counts)
    if keys.shape[1] < wanted or (counts < wanted).any():
        raise BadInput(
            "The approximate neighbour search lost items.", next_step="Use the exact neighbour search instead."
        )
    return keys, distances


def _without_self(keys: np.ndarray, distances: np.ndarray, rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Drop each row's own key; where duplicates pushed it out of the list, drop the farthest instead."""
    own = keys == rows[:, None]
    own[~own.any(axis=1), -1] = True
    shape = (len(keys), keys.shape[1] - 1)
    return keys[~own].reshape(shape), distances[~own].reshape(shape)


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
