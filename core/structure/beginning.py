"""Where a fresh map begins: a small map of a few hundred buckets, each item near its bucket's place.

UMAP begins with eigenvectors of the whole graph, which takes longer than everything else; main axes are quick but leave
groups lying across each other that never come apart. Drawing the coarse picture first costs little and places the
groups better than either.
"""

from __future__ import annotations

import numpy as np

from core.progress import Progress, silent
from core.structure.buckets import gather
from core.structure.descent import descend
from core.structure.edges import Edges
from core.structure.umap_layout import main_axes

# umap-learn's own range of a start layout, in the units that the forces are made for.
SPAN = 10.0
_FEWEST, _MOST = 500, 4096
_ITEMS_PER_BUCKET = 120
# Fewer items than this are placed by their main axes: a bucket would hold only a few.
_DIRECTLY = 2_000
_EPOCHS = 500
_STEPS = 3


def beginning(features: np.ndarray, edges: Edges, seed: int = 0, progress: Progress = silent) -> np.ndarray:
    """A first layout, to be improved by `descend`.

    Parameters
    ----------
    features
        (n, d) float32.
    edges
        Between them.

    Returns
    -------
    numpy.ndarray
        (n, 2) float32, about 10 wide, no two items at exactly one place. The same seed gives the same bits.
    """
    n = len(features)
    if n < _DIRECTLY:
        return spread(main_axes(features, 2), seed)
    wanted = min(n // 8, int(np.clip(n // _ITEMS_PER_BUCKET, _FEWEST, _MOST)))
    buckets = gather(features, wanted, seed, progress)
    bucket_of = buckets.of_items()
    coarse = _between(edges, bucket_of, len(buckets.sizes))
    places = descend(spread(main_axes(buckets.means, 2), seed), coarse, _EPOCHS, seed=seed, progress=progress)
    return spread(_eased(places[bucket_of], edges), seed)


def spread(xy: np.ndarray, seed: int = 0) -> np.ndarray:
    """Scale to 10 units and part items that lie on each other, which could never come apart otherwise."""
    low, high = xy.min(axis=0), xy.max(axis=0)
    placed = (xy - low) / np.maximum((high - low).max(), 1e-12) * SPAN
    return parted(placed, seed)


def parted(xy: np.ndarray, seed: int = 0) -> np.ndarray:
    """(n, 2) float32: each item a trace (1e-3 units) away from where it was."""
    return (xy + np.random.default_rng(seed).normal(scale=1e-4 * SPAN, size=xy.shape)).astype(np.float32)


def _between(edges: Edges, bucket_of: np.ndarray, count: int) -> Edges:
    """Edges between buckets: the sum of their items' edges, for buckets of different sizes alike."""
    from scipy.sparse import csr_array, diags_array

    n = len(bucket_of)
    member = csr_array((np.ones(n, dtype=np.float32), (bucket_of, np.arange(n))), shape=(count, n))
    joined = (member @ edges.matrix() @ member.T).tocsr()
    joined.setdiag(0)
    joined.eliminate_zeros()
    scale = diags_array(1 / np.sqrt(np.maximum(np.asarray(joined.sum(axis=1)).ravel(), 1e-12)))
    joined = (scale @ joined @ scale).tocsr()
    joined.sort_indices()
    if joined.nnz:
        # A few pairs hold on to each other far more than all others; without a limit only they would be drawn together.
        joined.data = np.minimum(joined.data, np.quantile(joined.data, 0.9))
    return Edges.of(joined)


def _eased(places: np.ndarray, edges: Edges) -> np.ndarray:
    """Move every item half the way to the mean of its neighbours, three times."""
    pull = edges.matrix()
    total = np.maximum(np.asarray(pull.sum(axis=1)).ravel(), 1e-12)[:, None]
    for _ in range(_STEPS):
        places = (places + (pull @ places) / total) / 2
    return places
