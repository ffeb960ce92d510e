"""Items whose label two witnesses contradict: their neighbours, and a classifier that never saw their label.

Each witness alone is wrong too often to bother a person with. The neighbours' weighted vote is that of SimiFeat (Zhu et
al. 2022, arXiv:2110.06283); the classifier's threshold for each class, its mean confidence in the items that carry that
label, is confident learning's (Northcutt et al. 2021, doi:10.1613/jair.1.12125). What is found is a suggestion: an
unusual item of its kind looks the same as a wrong one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

from core.structure.graph import Graph

FOLDS = 3
MOST_TRAINED = 3_000  # items a classifier learns from; more take seconds and move few doubts
FEWEST = 5  # of a label, before anything is said about it
_BLOCK = 20_000
_ITERATIONS = 60
_TOLERANCE = 1e-2
_CLEAR = 0.5  # a lead in chances that needs no comparison with others


@dataclass(frozen=True, eq=False)
class Votes:
    """What the neighbours say about every item's label.

    Attributes
    ----------
    own, other
        (n,) float32 in [0, 1]: share of the neighbours' weight (cosine) that carries the item's own label, and the
        largest share of another one; 0 where no neighbour has a label.
    proposed
        (n,) int64: the label with the share `other`; −1 = there is none.
    """

    own: np.ndarray = field(repr=False)
    other: np.ndarray = field(repr=False)
    proposed: np.ndarray = field(repr=False)


@dataclass(frozen=True, eq=False)
class Doubts:
    """How doubtful every label is.

    Attributes
    ----------
    score
        (n,) float32 in [−1, 1]: mean lead, over both witnesses, of the best other label over the item's own; NaN for
        an item without a label, or one whose label is too rare to say anything.
    proposed
        (n,) int64: the label that both together would give instead, −1 = none.
    suspicious
        (n,) bool: both witnesses contradict.
    trained
        How many items a classifier learnt from at most.
    """

    score: np.ndarray = field(repr=False)
    proposed: np.ndarray = field(repr=False)
    suspicious: np.ndarray = field(repr=False)
    trained: int


def neighbour_votes(graph: Graph, labels: np.ndarray) -> Votes:
    """Let the neighbours of every item vote.

    Parameters
    ----------
    labels
        (n,) integers from 0; −1 = has no label, and does not vote.
    """
    labels = np.asarray(labels, dtype=np.int64)
    n = len(labels)
    own, other = np.zeros(n, np.float32), np.zeros(n, np.float32)
    proposed = np.full(n, -1, np.int64)
    for begin in range(0, n if graph.k else 0, _BLOCK):
        block = slice(begin, min(begin + _BLOCK, n))
        theirs = labels[graph.neighbours[block]]
        weight = np.maximum(graph.similarity[block], 1e-6) * (theirs >= 0)
        weight /= np.maximum(weight.sum(axis=1, keepdims=True), 1e-9)
        mine = theirs == labels[block, None]
        own[block] = (weight * mine).sum(axis=1)
        # The share of each neighbour's label, without a table of all labels: a thousand of them cost the same as two.
        share = np.einsum("nij,nj->ni", theirs[:, :, None] == theirs[:, None, :], weight)
        share[mine | (theirs < 0)] = 0
        best = share.argmax(axis=1)[:, None]
        other[block] = np.take_along_axis(share, best, axis=1)[:, 0]
        proposed[block] = np.where(other[block] > 0, np.take_along_axis(theirs, best, axis=1)[:, 0], -1)
    return Votes(own, other, proposed)


def doubts(features: np.ndarray, graph: Graph, labels: np.ndarray, seed: int = 0) -> Doubts:
    """How much neighbours and an out-of-fold classifier contradict every label.

    Parameters
    ----------
    features
        (n, d) float32 unit rows.
    labels
        (n,) integers, −1 = has no label.
    seed
        Draws the folds, and the sample to learn from above `MOST_TRAINED` items.
    """
    labels = np.asarray(labels, dtype=np.int64)
    n = len(labels)
    counts = np.bincount(labels[labels >= 0]) if (labels >= 0).any() else np.zeros(0, np.int64)
    common = (labels >= 0) & (counts[labels] >= FEWEST) if len(counts) else np.zeros(n, bool)
    nothing = np.full(n, np.nan, np.float32), np.full(n, -1, np.int64), np.zeros(n, bool)
    if len(np.unique(labels[common])) < 2:  # nothing to mistake it for
        return Doubts(*nothing, trained=0)
    votes = neighbour_votes(graph, np.where(common, labels, -1))
    rows = np.flatnonzero(common)
    values, mine = np.unique(labels[rows], return_inverse=True)
    model = _out_of_fold(features, rows, mine, len(values), seed)
    usual = np.bincount(mine, weights=model.own) / np.bincount(mine)
    lead = model.other - model.own
    ahead = votes.other[rows] - votes.own[rows]
    score, proposed, suspicious = nothing
    score[rows] = (ahead + lead) / 2
    neighbours_win = (ahead > lead) & (votes.proposed[rows] >= 0)
    proposed[rows] = np.where(neighbours_win, votes.proposed[rows], values[model.label])
    # Confident learning: the other label is as likely as it is for items that carry it.
    sure = (model.other >= usual[model.label]) | (lead > _CLEAR)
    suspicious[rows] = (ahead > 0) & (lead > 0) & sure
    return Doubts(score, proposed, suspicious, model.trained)


def without_support(graph: Graph, labels: np.ndarray) -> np.ndarray:
    """(n,) bool: the item has a label and labelled neighbours, and none of them carries it."""
    votes = neighbour_votes(graph, labels)
    return (np.asarray(labels) >= 0) & (votes.own == 0) & (votes.proposed >= 0)


class _Model(NamedTuple):
    """(m,) chances of each item's own label and of the best other one, which one that is, and how many were learnt."""

    own: np.ndarray
    other: np.ndarray
    label: np.ndarray
    trained: int


def _out_of_fold(features: np.ndarray, rows: np.ndarray, mine: np.ndarray, k: int, seed: int) -> _Model:
    """What classifiers say about rows that they did not see; `mine` = (m,) labels 0 … k − 1 of the rows."""
    from sklearn.linear_model import LogisticRegression

    random = np.random.default_rng(seed)
    # Dealt out label by label, so that every fold knows every label.
    fold = np.empty(len(rows), np.int64)
    fold[np.lexsort((random.random(len(rows)), mine))] = np.arange(len(rows)) % FOLDS
    own, other = np.zeros(len(rows), np.float32), np.zeros(len(rows), np.float32)
    label = np.zeros(len(rows), np.int64)
    trained = 0
    for number in range(FOLDS):
        seen = np.flatnonzero(fold != number)
        if len(seen) > MOST_TRAINED:
            seen = np.sort(random.choice(seen, MOST_TRAINED, replace=False))
        trained = max(trained, len(seen))
        model = LogisticRegression(C=10, max_iter=_ITERATIONS, tol=_TOLERANCE)
        model.fit(np.asarray(features[rows[seen]], np.float32), mine[seen])
        asked = np.flatnonzero(fold == number)
        for begin in range(0, len(asked), _BLOCK):
            part = asked[begin : begin + _BLOCK]
            chances = np.zeros((len(part), k), np.float32)
            chances[:, model.classes_] = model.predict_proba(np.asarray(features[rows[part]], np.float32))
            at = np.arange(len(part))
            own[part] = chances[at, mine[part]]
            chances[at, mine[part]] = -1
            label[part] = chances.argmax(axis=1)
            other[part] = chances[at, label[part]]
    return _Model(own, other, label, trained)
