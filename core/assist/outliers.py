"""Items that fit nowhere: far from all the others, or farther from their neighbours than these are from theirs.

Three distances, each on the scale of the collection: to the nearest 2 % of a sample, among the vectors as the encoder
made them (another modality, another language, noise) and among the features; and the ratio of an item's distances to
its neighbours' own (Breunig et al. 2000, local outlier factor, doi:10.1145/342009.335388). The first two see a small
group that lies apart, which to its own neighbours looks usual.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from core.structure.graph import Graph

SAMPLE, LEAST_SAMPLE = 1_000, 500  # items that distances are measured to: fewer where there are many to measure
SHARE = 0.02  # of the sample: a group smaller than this, far from everything, is an outlier too
FLAGGED = 2.5  # robust standard deviations; what 1 in 1,000 usual items reaches on digits and emoji
MOST = 0.02  # of all items: where more lie far out, that is how the collection is
DUPLICATE = 0.999  # cosine; what occurs twice is no accident
_LOCAL = 0.5  # a small group's members vouch for one another, so this witness counts half
_BLOCK = 16_384
_DISTANCES = 50_000_000


@dataclass(frozen=True, eq=False)
class Outliers:
    """How far out every item lies.

    Attributes
    ----------
    score
        (n,) float32 in robust standard deviations above the collection's median; larger is farther out.
    outlying
        (n,) bool: above `FLAGGED`, among the share `MOST` that lies farthest out, and without a duplicate.
    sample
        How many items the distances to all were measured to.
    """

    score: np.ndarray = field(repr=False)
    outlying: np.ndarray = field(repr=False)
    sample: int


def outliers(vectors: np.ndarray, features: np.ndarray, graph: Graph, seed: int = 0) -> Outliers:
    """Score every item.

    Parameters
    ----------
    vectors
        (n, d) unit rows as the encoder made them.
    features
        (n, d') unit rows that the graph was built on.
    seed
        Draws the sample that distances are measured to.
    """
    n = len(features)
    if n < 3 or not graph.k:
        return Outliers(np.zeros(n, np.float32), np.zeros(n, bool), n)
    size = min(n, max(LEAST_SAMPLE, min(SAMPLE, _DISTANCES // n)))
    sample = np.sort(np.random.default_rng(seed).choice(n, size, replace=False))
    # Denser than usual is no merit: a tight group of strangers would be forgiven for it.
    total = _LOCAL * np.maximum(_standard(_local_ratio(graph)), 0)
    total += _standard(_reach(features, sample)) + _standard(_reach(vectors, sample))
    score = _standard(total, logarithm=False)
    twin = graph.similarity[:, 0] >= DUPLICATE
    # Below the median, so that no duplicate stands before any other item of interest.
    score = np.where(twin, np.minimum(score, 0), score).astype(np.float32)
    return Outliers(score, (score > FLAGGED) & (score > np.quantile(score, 1 - MOST)), size)


def _reach(rows: np.ndarray, sample: np.ndarray) -> np.ndarray:
    """(n,) distance within which an item meets `SHARE` of the sample, at least five items."""
    chosen = np.asarray(rows[sample], np.float32)
    place = min(len(sample) - 1, max(5, int(SHARE * len(sample))))  # the item itself may be in the sample
    reach = np.empty(len(rows), np.float32)
    for begin in range(0, len(rows), _BLOCK):
        cosines = np.asarray(rows[begin : begin + _BLOCK], np.float32) @ chosen.T
        least = -np.partition(-cosines, place, axis=1)[:, place]
        reach[begin : begin + _BLOCK] = _distance(least)
    return reach


def _local_ratio(graph: Graph) -> np.ndarray:
    """(n,) an item's mean distance to its neighbours over the mean of theirs; about 1 inside a group."""
    mean = _distance(np.asarray(graph.similarity)).mean(axis=1)
    return mean / np.maximum(mean[graph.neighbours].mean(axis=1), 1e-6)


def _distance(cosine: np.ndarray) -> np.ndarray:
    return np.sqrt(np.maximum(2 - 2 * cosine, 0))


def _standard(values: np.ndarray, logarithm: bool = True) -> np.ndarray:
    """Distance from the median in robust standard deviations (median absolute deviation)."""
    values = np.log(np.maximum(values, 1e-6)) if logarithm else values
    centred = values - np.median(values)
    spread = 1.4826 * float(np.median(np.abs(centred)))
    return centred / max(spread, 1e-3)
