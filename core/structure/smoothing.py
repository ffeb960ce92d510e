"""Items moved towards their neighbours, so that groups of any shape become round and few stand between two of them."""

from __future__ import annotations

import numpy as np

from core.structure.graph import Graph

# Each time half way to the mean of its neighbours. Eight are as good; fewer neighbours, or only those that chose each
# other, are worse.
_STEPS = 4
_BLOCK = 32


def smoothed(features: np.ndarray, graph: Graph) -> np.ndarray:
    """(n, d) float32 unit rows: the features after a few steps of a lazy random walk over the graph.

    A low-pass filter of the features as signals on the graph (Zhang et al. 2019, doi:10.24963/ijcai.2019/601). What it
    takes away is what an item has alone among its neighbours, which says little about its group.

    Parameters
    ----------
    features
        (n, d) float32 unit rows.
    graph
        Of these features.
    """
    from scipy.sparse import csr_array

    n, k = graph.neighbours.shape
    if not k:
        return np.array(features, dtype=np.float32)
    begins = np.arange(0, n * k + 1, k)
    half = csr_array((np.full(n * k, 0.5 / k, dtype=np.float32), graph.neighbours.ravel(), begins), shape=(n, n))
    found = np.empty(features.shape, dtype=np.float32)
    for begin in range(0, features.shape[1], _BLOCK):
        block = np.ascontiguousarray(features[:, begin : begin + _BLOCK], dtype=np.float32)
        for _ in range(_STEPS):
            block = 0.5 * block + half @ block
        found[:, begin : begin + _BLOCK] = block
    lengths = np.linalg.norm(found, axis=1, keepdims=True)
    # Neighbours that point against each other leave nothing; then the item stays as it was.
    gone = lengths[:, 0] < 1e-6
    found[gone] = features[gone]
    lengths[gone] = 1
    found /= lengths
    return found
