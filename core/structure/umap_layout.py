"""UMAP on the graph that we already have, in the few dimensions that density clustering wants, and a start for maps."""

from __future__ import annotations

import warnings

import numpy as np

from core.progress import Progress, silent
from core.structure.graph import Graph

# umap-learn's own default range of a start layout.
_SPAN = 10.0


def embed(
    features: np.ndarray,
    graph: Graph,
    dimensions: int,
    epochs: int,
    seed: int | None,
    start: np.ndarray | None = None,
    min_dist: float = 0.1,
    progress: Progress = silent,
) -> np.ndarray:
    """Lay items out by UMAP (McInnes, Healy, Melville 2018, arXiv:1802.03426).

    Parameters
    ----------
    features
        (n, d) float32 unit rows, n ≥ 5.
    graph
        Their neighbours; nothing is searched again.
    seed
        The same seed gives the same bits on one machine, on one thread; None uses every core and is not repeatable.
    start
        (n, dimensions) layout to begin with; the main axes of the features when None.

    Returns
    -------
    numpy.ndarray
        (n, dimensions) float32, finite.
    """
    from umap import UMAP

    if start is None:
        start = main_axes(features, dimensions)
    indices, distances = _with_self(graph)
    with warnings.catch_warnings():
        # It warns that a seed means one thread, that a given graph cannot place new items, and the like.
        warnings.simplefilter("ignore")
        model = UMAP(
            n_components=dimensions,
            n_neighbors=indices.shape[1],
            min_dist=min_dist,
            n_epochs=epochs,
            init=_spread(start, seed),
            random_state=seed,
            n_jobs=1 if seed is not None else -1,
            precomputed_knn=(indices, distances, None),
            metric="euclidean",
            transform_seed=0,
            tqdm_kwds={
                "file": _Ticker(progress),
                "disable": False,
                "bar_format": "{n_fmt}/{total_fmt}",
                "mininterval": 0,
            },
        )
        found = model.fit_transform(np.asarray(features, dtype=np.float32))
    found = np.asarray(found, dtype=np.float32)
    lost = ~np.isfinite(found).all(axis=1)
    found[lost] = start[lost]
    return found


def main_axes(features: np.ndarray, dimensions: int) -> np.ndarray:
    """(n, dimensions) float32: the features along their principal axes, padded with 0 when they have fewer."""
    from threadpoolctl import threadpool_limits

    centred = np.asarray(features, dtype=np.float32)
    centred = centred - centred.mean(axis=0)
    # BLAS threads spin: on a busy machine one thread is a hundred times quicker at these small matrices.
    with threadpool_limits(1, "blas"):
        axes = np.linalg.eigh((centred.T @ centred).astype(np.float64))[1][:, ::-1][:, :dimensions]
    signs = np.sign(axes[np.abs(axes).argmax(axis=0), np.arange(axes.shape[1])])
    placed = np.zeros((len(features), dimensions), dtype=np.float32)
    placed[:, : axes.shape[1]] = centred @ (axes * np.where(signs == 0, 1, signs))
    return placed


def _with_self(graph: Graph) -> tuple[np.ndarray, np.ndarray]:
    """Indices and Euclidean distances as umap-learn wants them: each item first in its own row."""
    n = len(graph)
    indices = np.column_stack([np.arange(n, dtype=np.int32), graph.neighbours])
    apart = np.sqrt(np.maximum(2 - 2 * np.asarray(graph.similarity, dtype=np.float32), 0))
    return indices, np.column_stack([np.zeros(n, dtype=np.float32), apart]).astype(np.float32)


def _spread(start: np.ndarray, seed: int | None) -> np.ndarray:
    """Scale to umap's range and part items that lie on each other, which could never come apart otherwise."""
    low, high = start.min(axis=0), start.max(axis=0)
    placed = (start - low) / np.maximum((high - low).max(), 1e-12) * _SPAN
    noise = np.random.default_rng(0 if seed is None else seed).normal(scale=1e-4 * _SPAN, size=start.shape)
    return (placed + noise).astype(np.float32)


class _Ticker:
    """The file that umap's progress bar writes to: turns “12/200” into progress, and a refusal into a stop."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress

    def write(self, written: str) -> None:
        done, _, total = written.strip().partition("/")
        if done.isdigit() and total.isdigit():
            self._progress(int(done), int(total), "Drawing the map")

    def flush(self) -> None:
        """Nothing is held back."""
