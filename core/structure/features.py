"""What graph, tree, clusterers and map see of the vectors: centred per modality, reduced, rows of unit length."""

from __future__ import annotations

import numpy as np
from threadpoolctl import threadpool_limits

from core.errors import BadInput

MOST_DIMENSIONS = 128
# A reduction that saves less than a fifth of the work is not worth its loss.
_WORTHWHILE = 1.25
# Above this, an exact decomposition takes longer than the rest of the stage together.
_EXACT_SIDE = 2048
_BLOCK = 65_536
# Residuals below this share of a unit row are rounding noise, not a direction.
_NOTHING = 1e-5


def features(vectors: np.ndarray, modality: np.ndarray) -> np.ndarray:
    """Centre each modality on its own mean, reduce to at most 128 dimensions when that saves work, make unit rows.

    The reduction is PCA. Centring closes the gap between picture and text vectors (Liang et al. 2022,
    arXiv:2203.02053). A row that is nothing but its modality's mean (a lone item, identical items) has no direction
    left; it gets the first axis, so identical items stay identical and every row has unit length.

    Parameters
    ----------
    vectors
        (n, d) float, one row an item; n may be 0. Rows need not have unit length.
    modality
        (n,) integers: 0 encoded from the picture, 1 from the text.

    Returns
    -------
    numpy.ndarray
        (n, d') float32, d' = min(d, 128) when reduced, rows of unit length.

    Raises
    ------
    BadInput
        When shapes do not fit together or a row holds NaN or infinity.
    """
    _check(vectors, modality)
    n, d = vectors.shape
    if n == 0 or d == 0:
        return np.zeros((n, d), dtype=np.float32)
    centred = _centre(vectors, np.asarray(modality))
    if d > MOST_DIMENSIONS * _WORTHWHILE:
        centred = centred @ _main_axes(centred, MOST_DIMENSIONS)
    return _unit(centred, _NOTHING / np.sqrt(d))


def refuse_unusable(rows: np.ndarray, what: str = "items") -> None:
    """Raise `BadInput` when any row holds NaN or infinity, naming how many and which come first."""
    broken = np.concatenate(
        [~np.isfinite(rows[begin : begin + _BLOCK]).all(axis=1) for begin in range(0, len(rows), _BLOCK)] or [[]]
    ).astype(bool)
    if broken.any():
        first = ", ".join(str(row) for row in np.flatnonzero(broken)[:5])
        raise BadInput(
            f"{int(broken.sum())} of {len(rows)} {what} have vectors that are not numbers (rows {first}).",
            "They hold NaN or infinity.",
            "Leave these items out or encode them again.",
        )


def _check(vectors: np.ndarray, modality: np.ndarray) -> None:
    if vectors.ndim != 2:
        raise BadInput(f"Vectors must form a table with one row an item; these have {vectors.ndim} dimensions.")
    if len(modality) != len(vectors):
        raise BadInput(f"There are {len(vectors)} vectors but {len(modality)} modalities.")
    refuse_unusable(vectors)


def _centre(vectors: np.ndarray, modality: np.ndarray) -> np.ndarray:
    centred = _unit(vectors)
    for kind in np.unique(modality):
        members = modality == kind
        centred[members] -= centred[members].mean(axis=0, dtype=np.float64).astype(np.float32)
    return centred


def _main_axes(centred: np.ndarray, count: int) -> np.ndarray:
    """(d, ≤ count) float32: principal axes, most variance first, signs fixed so that two runs agree."""
    n, d = centred.shape
    if d <= _EXACT_SIDE:
        covariance = np.zeros((d, d))
        for begin in range(0, n, _BLOCK):
            block = centred[begin : begin + _BLOCK]
            covariance += block.T @ block
        # On a busy machine the library's threads wait for each other longer than the work takes.
        with threadpool_limits(1, "blas"):
            axes = np.linalg.eigh(covariance)[1][:, ::-1][:, :count]
    elif n <= _EXACT_SIDE:
        axes = np.linalg.svd(centred, full_matrices=False)[2][:count].T
    else:
        from sklearn.utils.extmath import randomized_svd

        axes = randomized_svd(centred, n_components=count, random_state=0)[2].T
    strongest = np.abs(axes).argmax(axis=0)
    signs = np.sign(axes[strongest, np.arange(axes.shape[1])])
    return np.ascontiguousarray(axes * np.where(signs == 0, 1, signs), dtype=np.float32)


def _unit(rows: np.ndarray, nothing: float = 0.0) -> np.ndarray:
    """Rows of unit length, float32; the first axis where no entry is larger than `nothing`."""
    # Squares of very large or very small numbers leave float32; scaling by the largest entry first keeps them inside.
    largest = np.abs(rows).max(axis=1, keepdims=True)
    some = largest > nothing
    scaled = np.divide(rows, largest, out=np.zeros(rows.shape, dtype=np.float32), where=some, casting="same_kind")
    scaled[~some[:, 0], 0] = 1
    scaled /= np.linalg.norm(scaled, axis=1, keepdims=True)
    return scaled
