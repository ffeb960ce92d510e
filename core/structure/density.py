"""Clusters as dense places: HDBSCAN on a few UMAP dimensions, never on the 2-D map."""

from __future__ import annotations

import warnings

import numpy as np

from core.progress import Progress, silent
from core.structure.graph import Graph
from core.structure.umap_layout import embed

# Fewer items than this cannot be reduced to five dimensions in a way that means anything.
_LEAST_ITEMS = 20
_EPOCHS = 200


def density_clusters(
    features: np.ndarray,
    graph: Graph,
    min_size: int,
    min_samples: int,
    dimensions: int,
    seed: int = 0,
    progress: Progress = silent,
) -> np.ndarray:
    """HDBSCAN (Campello, Moulavi, Sander 2013, doi:10.1007/978-3-642-37456-2_14) on a seeded UMAP.

    Parameters
    ----------
    features
        (n, d) float32 unit rows, n ≥ 2.
    min_size, min_samples
        Fewest items of a cluster, and neighbours that make a place dense.
    dimensions
        Of the reduction; fewer than 20 items, or fewer than 20 different ones, are clustered as they are.

    Returns
    -------
    numpy.ndarray
        (n,) int32, −1 = in no cluster.
    """
    from hdbscan import HDBSCAN

    n = len(features)
    different = len(np.unique(np.round(features, 5), axis=0))
    if different == 1:
        return np.zeros(n, dtype=np.int32)
    reduced = features
    if min(n, different) >= _LEAST_ITEMS:
        reduced = embed(features, graph, dimensions, _EPOCHS, seed, min_dist=0.0, progress=progress)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = HDBSCAN(
            min_cluster_size=min_size, min_samples=min_samples, core_dist_n_jobs=1, approx_min_span_tree=False
        )
        return model.fit_predict(np.asarray(reduced, dtype=np.float64)).astype(np.int32)
