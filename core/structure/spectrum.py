"""The spectrum of the neighbour graph, and what it would be if there were no groups."""

from __future__ import annotations

import numpy as np

from core.structure.graph import Graph, knn
from core.structure.tree import Tree

# The dense solver takes a second for these. Lanczos is quicker on more, but stalls for minutes when many groups do not
# touch at all (their eigenvalues are all 1), which is the best case for everything else.
MOST_NODES = 2_000
MOST_VALUES = 150
_SAMPLE = 1_500
_FIRST = 10
# Keeps eigenvalues of 1 (parts that do not touch) from counting as infinitely slow.
_FLOOR = 1e-3


def spectrum(graph: Graph, tree: Tree | None = None, count: int = MOST_VALUES) -> np.ndarray:
    """Largest eigenvalues of the normalised graph: each near 1 stands for a group that hardly touches the others.

    Normalised as by Ng, Jordan and Weiss (2001); the eigengap as in von Luxburg (2007, arXiv:0711.0189).

    Parameters
    ----------
    graph
        n items.
    tree
        Its (at most 2,000) parts are the nodes when it has fewer leaves than items or there are more items than that;
        may be None for at most 2,000 items.
    count
        Eigenvalues wanted.

    Returns
    -------
    numpy.ndarray
        (≤ count,) float64, falling, at most 1.
    """
    from scipy.sparse import csr_array, diags_array
    from threadpoolctl import threadpool_limits

    edges = graph.symmetric()
    if tree is not None and min(tree.leaves, MOST_NODES) < len(graph):
        nodes = tree.cut(MOST_NODES)
        member = csr_array((np.ones(len(nodes)), (nodes, np.arange(len(nodes)))))
        edges = (member @ edges @ member.T).tocsr()
    scale = diags_array(1 / np.sqrt(np.maximum(np.asarray(edges.sum(axis=1)).ravel(), 1e-12)))
    normalised = (scale @ edges @ scale).toarray().astype(np.float32)
    # One thread is as quick on a quiet machine, and thirteen times quicker on a busy one, where BLAS threads spin.
    with threadpool_limits(1, "blas"):
        found = np.linalg.eigvalsh(normalised)
    return np.minimum(found[::-1][:count].astype(np.float64), 1.0)


def against_one_cloud(features: np.ndarray, k: int) -> tuple[float, float]:
    """Compare a sample with one Gaussian cloud of the same covariance (Horn 1965, doi:10.1007/BF02289447, for graphs).

    Returns
    -------
    clearness
        How many times slower a random walk leaves the groups than it would cross the cloud; 1 when there are none.
    ceiling
        The cloud's second eigenvalue: what an eigenvalue of the items must exceed to stand for a group.
    """
    rng = np.random.default_rng(0)
    n = len(features)
    size = min(n, _SAMPLE)
    sample = np.asarray(features[np.sort(rng.choice(n, size=size, replace=False))])
    values = spectrum(knn(sample, k), count=_FIRST)[1:]
    cloud = spectrum(knn(_cloud_like(sample, rng), k), count=_FIRST)[1:]
    slower = np.maximum(1 - cloud, _FLOOR) / np.maximum(1 - values, _FLOOR)
    return float(slower.max(initial=1.0)), float(cloud.max(initial=0.0))


def _cloud_like(sample: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    centred = sample.astype(np.float64) - sample.mean(axis=0)
    strength, axes = np.linalg.eigh(centred.T @ centred / len(sample))
    drawn = (rng.normal(size=sample.shape) * np.sqrt(np.maximum(strength, 0))) @ axes.T
    length = np.linalg.norm(drawn, axis=1, keepdims=True)
    return (drawn / np.maximum(length, 1e-12)).astype(np.float32)
