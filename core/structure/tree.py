"""The Ward tree: one computation, then every number of clusters is a cut of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from core.progress import Progress, silent
from core.structure.features import refuse_unusable
from core.structure.graph import Graph
from core.structure.numbering import by_size
from core.structure.smoothing import smoothed

# Every pair of leaves is held as float32, twice for a moment: 512 MB at this number.
DIRECT_UP_TO = 8_000
MOST_MICRO = 3_000


@dataclass(frozen=True)
class Tree:
    """Ward tree over micro-clusters (over the items themselves when there are few).

    Attributes
    ----------
    merges
        (m − 1, 2) int32: nodes joined by each merge, in order of height. Leaves are 0 … m − 1; merge i makes
        node m + i.
    heights
        (m − 1,) float32, not falling: Ward's distance sqrt(2 · growth of the within-cluster sum of squares).
    sizes
        (m,) int64 items in each leaf.
    micro
        (n,) int32: the leaf of each item.
    """

    merges: np.ndarray
    heights: np.ndarray
    sizes: np.ndarray
    micro: np.ndarray

    @property
    def leaves(self) -> int:
        """The largest number of clusters that a cut can give."""
        return len(self.sizes)

    def cut(self, k: int) -> np.ndarray:
        """(n,) int32: cluster of each item when there are k, 0 the biggest (ties: by first item).

        `k` is clipped to 1 … `leaves`.
        """
        return by_size(self._roots(k)[self.micro])

    def split(self, rows: np.ndarray, k: int, features: np.ndarray | None = None) -> np.ndarray:
        """Take some items apart into k parts.

        Parameters
        ----------
        rows
            (r,) integer positions of the items.
        k
            Parts, clipped to 1 … r. Without `features`, items of one micro-cluster stay together, so they may be fewer.
        features
            (n, d) float32: cluster these items anew by Ward instead of following the branches of this tree.

        Returns
        -------
        numpy.ndarray
            (r,) int32 part of each row, 0 the biggest.
        """
        rows = np.asarray(rows, dtype=np.int64)
        if features is not None:
            return ward(np.asarray(features[rows])).cut(k)
        inside = np.bincount(self.micro[rows], minlength=self.leaves)
        counts = np.concatenate([inside, np.zeros(len(self.merges), dtype=inside.dtype)])
        for position, (left, right) in enumerate(self.merges.tolist()):
            counts[self.leaves + position] = counts[left] + counts[right]
        dividing = np.flatnonzero((counts[self.merges] > 0).all(axis=1))
        cut_at = set(dividing[max(0, len(dividing) - max(1, k) + 1) :].tolist())
        return by_size(self._descend(cut_at)[self.micro[rows]])

    def children(self, rows: np.ndarray) -> np.ndarray:
        """(r,) int32: the two sides of the highest merge that divides these items (all 0 when none does)."""
        return self.split(rows, 2)

    def _roots(self, k: int) -> np.ndarray:
        """(m,) node that stands for each leaf after all but the last k − 1 merges."""
        m = self.leaves
        kept = m - max(1, min(k, m))
        above = np.arange(m + kept)
        above[self.merges[:kept].ravel()] = np.repeat(np.arange(m, m + kept), 2)
        while True:
            higher = above[above]
            if np.array_equal(higher, above):
                return above[:m]
            above = higher

    def _descend(self, cut_at: set[int]) -> np.ndarray:
        """(m,) highest node over each leaf that no merge of `cut_at` divides."""
        m = self.leaves
        stands = np.arange(m + len(self.merges))
        for position in range(len(self.merges) - 1, -1, -1):
            if position not in cut_at:
                stands[self.merges[position]] = stands[m + position]
        return stands[:m]

    def to_arrays(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        """Arrays and plain values that `from_arrays` takes back."""
        return {"merges": self.merges, "heights": self.heights, "sizes": self.sizes, "micro": self.micro}, {}

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, np.ndarray], meta: Mapping[str, Any]) -> Tree:
        """The tree that `to_arrays` described."""
        return cls(*(np.asarray(arrays[name]) for name in ("merges", "heights", "sizes", "micro")))


def grown(features: np.ndarray, graph: Graph, seed: int = 0, progress: Progress = silent) -> Tree:
    """The tree of a collection: Ward's, over its features moved towards their neighbours (`core.structure.smoothing`).

    Parameters
    ----------
    features
        (n, d) float32, rows of unit length.
    graph
        Of these features.

    Raises
    ------
    BadInput
        When a row holds NaN or infinity.
    """
    return ward(smoothed(features, graph), seed, progress)


def ward(features: np.ndarray, seed: int = 0, progress: Progress = silent, direct_up_to: int = DIRECT_UP_TO) -> Tree:
    """Build the tree (Ward 1963, doi:10.1080/01621459.1963.10500845).

    Above `direct_up_to` items, k-means gathers them into at most 3,000 micro-clusters first and the tree is built over
    their means, each weighted with its number of items, so that heights stay those of the items.

    Parameters
    ----------
    features
        (n, d) float32, rows of unit length.

    Raises
    ------
    BadInput
        When a row holds NaN or infinity.
    """
    from core.structure.chain import linkage

    refuse_unusable(features)
    n = len(features)
    if n <= direct_up_to:
        merges, heights = linkage(features, np.ones(n, dtype=np.int64), progress)
        return Tree(merges, heights, np.ones(n, dtype=np.int64), np.arange(n, dtype=np.int32))
    from core.structure.kmeans import kmeans

    gathered = kmeans(features, min(MOST_MICRO, n // 2), seed=seed, iterations=10, progress=progress)
    merges, heights = linkage(gathered.means, gathered.sizes, progress)
    return Tree(merges, heights, gathered.sizes.astype(np.int64), gathered.labels)
