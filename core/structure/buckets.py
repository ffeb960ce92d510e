"""Approximate neighbours by buckets: k-means gathers the items, each is compared with the buckets around its own.

The idea of an inverted file (Sivic and Zisserman 2003, doi:10.1109/ICCV.2003.1238663; Jégou, Douze, Schmid 2011,
doi:10.1109/TPAMI.2010.57), asked bucket by bucket, so that all work is products of dense matrices. How many items
around a bucket must be looked at is found on a sample whose true neighbours are known.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from core.progress import Progress, silent
from core.structure.kmeans import assign, kmeans

_BLOCK_BYTES = 64 * 1024 * 1024
_BUCKET = 120
_FEWEST, _MOST = 16, 4096
_TRAIN_PER_BUCKET = 40
_ITERATIONS = 4


@dataclass(frozen=True)
class Buckets:
    """Items by bucket.

    Attributes
    ----------
    order
        (n,) int64 positions, those of one bucket after each other.
    begins
        (m + 1,) int64: bucket b is `order[begins[b]:begins[b + 1]]`.
    means
        (m, d) float32, middle of each bucket.
    """

    order: np.ndarray
    begins: np.ndarray
    means: np.ndarray

    @property
    def sizes(self) -> np.ndarray:
        """(m,) int64."""
        return np.diff(self.begins)

    @cached_property
    def near(self) -> np.ndarray:
        """(m, m) int32: every bucket's buckets, itself first, then by the distance of their middles."""
        squares = (self.means * self.means).sum(axis=1)
        apart = squares[:, None] + squares - 2 * (self.means @ self.means.T)
        np.fill_diagonal(apart, -1)
        return np.argsort(apart, axis=1, kind="stable").astype(np.int32)

    def of_items(self) -> np.ndarray:
        """(n,) int64: the bucket of each item."""
        buckets = np.empty(len(self.order), dtype=np.int64)
        buckets[self.order] = np.repeat(np.arange(len(self.sizes)), self.sizes)
        return buckets

    def candidates_for(self, rows: np.ndarray, neighbours: np.ndarray, share: float) -> int:
        """Items around a bucket to look at so that this share of known neighbours is among them.

        Parameters
        ----------
        rows
            (r,) positions.
        neighbours
            (r, k) the true neighbours of each.
        share
            0 … 1.
        """
        bucket_of = self.of_items()
        wanted = np.empty(neighbours.shape, dtype=np.int64)
        for position, bucket in enumerate(bucket_of[rows]):
            around = self.near[bucket]
            looked_at = np.empty(len(around), dtype=np.int64)
            looked_at[around] = np.cumsum(self.sizes[around])
            wanted[position] = looked_at[bucket_of[neighbours[position]]]
        return int(np.quantile(wanted, share, method="higher"))


def gather(features: np.ndarray, wanted: int | None = None, seed: int = 0, progress: Progress = silent) -> Buckets:
    """Put every item into a bucket; one far above the mean is cut into pieces.

    Parameters
    ----------
    features
        (n, d) float32, n ≥ 1.
    wanted
        Buckets; one for 120 items, 16 to 4,096, when None.
    """
    n = len(features)
    rng = np.random.default_rng(seed)
    wanted = wanted or int(np.clip(n // _BUCKET, _FEWEST, _MOST))
    sample = features
    if n > wanted * _TRAIN_PER_BUCKET:
        sample = features[np.sort(rng.choice(n, size=wanted * _TRAIN_PER_BUCKET, replace=False))]
    labels, _ = assign(features, kmeans(sample, wanted, seed, _ITERATIONS, progress=progress).means)
    order = np.argsort(labels, kind="stable")
    sizes = np.bincount(labels)
    # Identical items fill a bucket of any size; comparing them all with each other would find nothing new.
    most = max(8 * n // wanted, _BUCKET)
    pieces = [len(part) for size in sizes[sizes > 0] for part in np.array_split(np.empty(size), -(-size // most))]
    begins = np.concatenate([[0], np.cumsum(pieces)]).astype(np.int64)
    means = np.add.reduceat(features[order], begins[:-1], axis=0) / np.diff(begins)[:, None].astype(np.float32)
    return Buckets(order, begins, means)


def search(
    features: np.ndarray, buckets: Buckets, k: int, candidates: int, progress: Progress = silent
) -> tuple[np.ndarray, np.ndarray]:
    """The k nearest of each item among its bucket and the buckets around it.

    Parameters
    ----------
    features
        (n, d) float32 unit rows, n > k.
    candidates
        Whole buckets are added until there are at least this many items, and more than k.

    Returns
    -------
    neighbours, similarity
        (n, k) int32 and (n, k) float32, nearest first; never the item itself.
    """
    import torch

    n = len(features)
    neighbours = np.empty((n, k), dtype=np.int32)
    similarity = np.empty((n, k), dtype=np.float32)
    begins, sizes, near = buckets.begins, buckets.sizes, buckets.near
    ordered = torch.from_numpy(features[buckets.order])

    def fill(bucket: int) -> int:
        around = near[bucket]
        enough = int(np.searchsorted(np.cumsum(sizes[around]), max(candidates, k + 1))) + 1
        places = np.concatenate([np.arange(begins[one], begins[one + 1]) for one in around[:enough]])
        first, last = int(begins[bucket]), int(begins[bucket + 1])
        step = max(1, _BLOCK_BYTES // (4 * len(places)))
        with torch.inference_mode():
            others = ordered[torch.from_numpy(places)].T
            for begin in range(first, last, step):
                scores = ordered[begin : min(begin + step, last)] @ others
                own = torch.arange(len(scores))
                # The bucket's own items come first among `places`.
                scores[own, own + begin - first] = -torch.inf
                values, found = scores.topk(k, dim=1)
                rows = buckets.order[begin : begin + len(scores)]
                similarity[rows] = values.numpy()
                neighbours[rows] = buckets.order[places[found.numpy()]]
        return last

    # Closed at once when `progress` stops the work, so that no thread goes on behind it.
    with closing(_side_by_side(fill, len(sizes))) as ends:
        for done in ends:
            progress(done, n, "Finding neighbours")
    return neighbours, similarity


def _side_by_side(work: Callable[[int], int], count: int) -> Iterator[int]:
    """`work(0)` … `work(count - 1)`, in order, one thread a core and one core a thread.

    torch would share out each small product, and every sharing out waits for a core that is busy with something else.
    """
    import torch

    before = torch.get_num_threads()
    threads = ThreadPoolExecutor(before, initializer=torch.set_num_threads, initargs=(1,))
    try:
        yield from threads.map(work, range(count))
    finally:
        threads.shutdown(cancel_futures=True)
        torch.set_num_threads(before)
