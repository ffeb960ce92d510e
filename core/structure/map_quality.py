"""How far to trust a 2-D map."""

from __future__ import annotations

import numpy as np

from core.structure.graph import Graph

NEIGHBOURS = 15
_RECALL_ROWS = 5_000
_TRUST_ROWS = 2_000


def quality_of(features: np.ndarray, graph: Graph, xy: np.ndarray) -> dict[str, float]:
    """Measure a layout against the features, on a fixed sample.

    Parameters
    ----------
    features
        (n, d) float32 unit rows.
    graph
        Their neighbours.
    xy
        (n, 2) layout.

    Returns
    -------
    dict
        "recall": of the (up to 15) nearest neighbours in the graph, the share among as many nearest on the map; 5,000
        rows against all. "trustworthiness" at 15 neighbours (Venna and Kaski 2001, doi:10.1007/3-540-44668-0_68), among
        2,000 rows; absent when there are too few.
    """
    rng = np.random.default_rng(0)
    n = len(features)
    rows = np.sort(rng.choice(n, size=min(_RECALL_ROWS, n), replace=False))
    quality = {"recall": _recall(graph, xy, rows)}
    rows = np.sort(rng.choice(n, size=min(_TRUST_ROWS, n), replace=False))
    neighbours = min(NEIGHBOURS, (len(rows) - 1) // 2 - 1)
    if neighbours >= 1:
        from sklearn.manifold import trustworthiness

        found = trustworthiness(np.asarray(features[rows]), xy[rows], n_neighbors=neighbours)
        quality["trustworthiness"] = round(float(found), 4)
    return quality


def _recall(graph: Graph, xy: np.ndarray, rows: np.ndarray) -> float:
    from scipy.spatial import cKDTree

    k = min(NEIGHBOURS, graph.k)
    if k == 0 or not len(rows):
        return 0.0
    # One more than needed, because the nearest item of each place is usually the item itself.
    _, near = cKDTree(xy).query(xy[rows], k=k + 1, workers=-1)
    truth = np.asarray(graph.neighbours[rows, :k])
    shared = 0
    for position, row in enumerate(rows):
        shown = near[position][near[position] != row][:k]
        shared += len(np.intersect1d(shown, truth[position], assume_unique=True))
    return round(shared / (len(rows) * k), 4)
