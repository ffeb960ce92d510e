"""The two models that the baselines stand on: logistic regression, and label propagation on the graph."""

from __future__ import annotations

import numpy as np

C = 10.0
PROBE_C = (10.0, 100.0)
ALPHA, STEPS = 0.88, 20


def regression(vectors, rows, labels, classes):
    """(n, classes) float32 probabilities of a class-balanced logistic regression on the labelled rows.

    Parameters
    ----------
    vectors
        (n, d) float32.
    rows, labels
        (m,) integers: what was verified.
    """
    found = np.zeros((len(vectors), classes), dtype=np.float32)
    kinds = np.unique(labels)
    if len(kinds) == 1:
        found[:, kinds[0]] = 1
        return found
    found[:, kinds] = _fit(vectors[rows], labels).predict_proba(vectors)
    return found


def _fit(vectors, labels, strength=C, steps=60, weight="balanced"):
    import warnings

    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits

    with warnings.catch_warnings(), threadpool_limits(1, "blas"):
        warnings.simplefilter("ignore", ConvergenceWarning)
        return LogisticRegression(C=strength, max_iter=steps, class_weight=weight).fit(vectors, labels)


def walk(graph):
    """(n, n) sparse float32: the symmetric graph, normalised, for `propagation`."""
    from scipy.sparse import diags_array

    edges = graph.symmetric()
    scale = 1 / np.sqrt(np.maximum(np.asarray(edges.sum(axis=1)).ravel(), 1e-12))
    return (diags_array(scale) @ edges @ diags_array(scale)).tocsr().astype(np.float32)


def propagation(walked, rows, labels, classes):
    """(n, classes) float32 shares, by 20 steps from class-balanced seeds (Zhou et al. 2004); zero where none came."""
    seeds = np.zeros((walked.shape[0], classes), dtype=np.float32)
    seeds[rows, labels] = 1
    seeds /= np.maximum(seeds.sum(axis=0), 1)
    spread = seeds.copy()
    for _ in range(STEPS):
        spread = ALPHA * (walked @ spread) + (1 - ALPHA) * seeds
    return spread / np.maximum(spread.sum(axis=1, keepdims=True), 1e-12)


def full_probe(vectors, truth, folds=5, largest=6_000):
    """Accuracy of a logistic regression on all labels, cross-validated, at the better of two strengths: the ceiling.

    Above `largest` items one fold stands for all: five would take minutes and move the figure by a few thousandths.
    """
    import warnings

    from sklearn.model_selection import StratifiedKFold

    with warnings.catch_warnings():
        # Classes with fewer members than folds exist; they are spread as far as they go.
        warnings.simplefilter("ignore", UserWarning)
        parts = list(StratifiedKFold(folds, shuffle=True, random_state=0).split(vectors, truth))
    parts = parts[: 1 if len(truth) > largest else folds]
    return max(_share_right(vectors, truth, parts, strength) for strength in PROBE_C)


def _share_right(vectors, truth, parts, strength):
    right = [_fit(vectors[a], truth[a], strength, 200, None).predict(vectors[b]) == truth[b] for a, b in parts]
    return float(np.concatenate(right).mean())
