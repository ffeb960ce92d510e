"""Ways to take a cluster apart, each shown to the person before anything moves."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.errors import BadInput
from core.partition.edits import Split
from core.partition.rows import Rows
from core.structure.tree import Tree


@dataclass(frozen=True)
class SplitPreview:
    """What a split would do.

    Attributes
    ----------
    cluster_id
        The cluster to take apart.
    parts
        Disjoint, biggest first; together all of the cluster.
    why
        How the parts were found, one sentence.
    """

    cluster_id: int
    parts: tuple[Rows, ...]
    why: str

    def edit(self) -> Split:
        """The edit that does it: the biggest part keeps the cluster's id and name."""
        return Split(self.cluster_id, self.parts)


def by_count(
    tree: Tree, features: np.ndarray, positions: np.ndarray, members: np.ndarray, cluster_id: int, k: int
) -> SplitPreview:
    """Into `k` parts along the tree.

    Parameters
    ----------
    features
        (n, d) float32 unit rows that the tree was built on; they divide what the tree holds in one leaf.
    positions
        (m,) int64: where each member is among the items that have a vector, −1 = it has none.
    members
        (m,) int64 rows of the cluster.

    Raises
    ------
    BadInput
        When the cluster has fewer than two items with a vector.
    """
    known = positions >= 0
    if known.sum() < 2:
        raise BadInput("This cluster cannot be split.", "It has fewer than two items that could be compared.")
    labels = np.zeros(len(members), dtype=np.int64)
    labels[known] = tree.split(positions[known], min(k, int(known.sum())), features)
    why = f"The {len(np.unique(labels))} branches of the tree inside this cluster."
    return _preview(cluster_id, members, labels, why)


def by_selection(members: np.ndarray, selected: np.ndarray, cluster_id: int) -> SplitPreview:
    """The selected members on one side, the others on the other.

    Raises
    ------
    BadInput
        When none or all of the members are selected.
    """
    inside = np.isin(members, selected)
    if not inside.any() or inside.all():
        raise BadInput(
            "There is nothing to split off.",
            "None of the cluster's items is selected." if not inside.any() else "All of its items are selected.",
            "Select some of the cluster's items.",
        )
    return _preview(cluster_id, members, inside.astype(np.int64), "What you selected, and the rest.")


def by_scores(members: np.ndarray, scores: np.ndarray, cluster_id: int, words: str) -> SplitPreview:
    """The members that answer to typed words on one side, where the scores fall apart most clearly.

    The threshold is Otsu's (IEEE Trans. SMC 9, 1979, doi:10.1109/TSMC.1979.4310076): the one that leaves the least
    variance on both sides.

    Parameters
    ----------
    scores
        (m,) float32, how well each member answers; NaN = cannot be said.
    """
    known = np.isfinite(scores)
    if known.sum() < 2:
        raise BadInput("This cluster cannot be split by words.", "Fewer than two of its items compare with words.")
    inside = np.zeros(len(members), dtype=np.int64)
    inside[known] = scores[known] > _otsu(scores[known])
    if not inside.any() or inside.all():
        what = f"“{words}” does not divide this cluster."
        raise BadInput(what, "All of its items answer to it equally.", "Try other words.")
    return _preview(cluster_id, members, inside, f"The items that answer most to “{words}”, and the rest.")


def _otsu(scores: np.ndarray) -> float:
    ordered = np.sort(scores.astype(np.float64))
    n = len(ordered)
    low = np.arange(1, n)
    sums = np.cumsum(ordered)
    mean_low = sums[:-1] / low
    mean_high = (sums[-1] - sums[:-1]) / (n - low)
    between = low * (n - low) * (mean_low - mean_high) ** 2
    return float(ordered[int(np.argmax(between))])


def _preview(cluster_id: int, members: np.ndarray, labels: np.ndarray, why: str) -> SplitPreview:
    values, sizes = np.unique(labels, return_counts=True)
    order = np.argsort(-sizes, kind="stable")
    return SplitPreview(cluster_id, tuple(Rows(members[labels == values[position]]) for position in order), why)
