"""Which clusters hold two things: both halves are found and shown before anything moves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from core.assist.merges import LIKELY, SHIPPED, MergeModel
from core.assist.pairs import Groups, positions_of
from core.assist.typicality import exemplars
from core.partition.edits import Confirm, Split, Together
from core.partition.partition import Partition
from core.partition.rows import Rows

# More items would make the tree slower and its highest branches no other.
_LOOK_AT = 400
_BRANCHES = (2, 3, 4)
_SMALLEST_PART = 3
# Items of each half that a person left together; one may have been a slip.
_LEFT_TOGETHER = 2


@dataclass(frozen=True, eq=False)
class SplitSuggestion:
    """A cluster that probably holds two things.

    Attributes
    ----------
    cluster_id
        The cluster.
    parts
        Two, disjoint; together all of its items. The first keeps id and name: the one in which a person confirmed more
        items, the bigger when that says nothing. Items without a vector are in it.
    probability
        That a person would call the two halves different; 1 where she did.
    why
        One sentence.
    shown
        For each part, (≤ 6,) rows that stand for it.
    """

    cluster_id: int
    parts: tuple[Rows, Rows]
    probability: float
    why: str
    shown: tuple[np.ndarray, np.ndarray]

    def edit(self) -> Split:
        """What Yes does: the first part keeps the cluster's id and name."""
        return Split(self.cluster_id, self.parts[1:])

    def refusal(self) -> Together:
        """What No does: what was shown of both halves belongs where it is, so they are not taken apart again.

        One confirmation for each half, by which `merges.decided` knows that the two were called one thing.
        """
        told = f"Keep {sum(map(len, self.shown))} items of both halves together"
        return Together(tuple(Confirm(Rows(half)) for half in self.shown), told)


def suggest(
    partition: Partition,
    rows: np.ndarray,
    features: np.ndarray,
    neighbours: np.ndarray,
    model: MergeModel = SHIPPED,
    *,
    verified: np.ndarray | None = None,
    believed: np.ndarray | None = None,
    cluster_ids: Iterable[int] | None = None,
    most: int = 20,
    least: float = LIKELY,
) -> list[SplitSuggestion]:
    """The clusters that most probably hold two things, most certain first, among them the bigger first.

    A cluster is taken apart along its highest branches, and by what a model believes of its items; each half is then
    compared with the rest as two clusters are that might be one. The same measure gives merges and splits, so one
    never takes back what the other proposed. Halves that a person left together are not proposed again.

    Parameters
    ----------
    rows, features, neighbours, model
        As in `merges.suggest`.
    verified
        (n,) integers: the label that a person gave to an item herself, −1 = none. Two kinds in one cluster are certain.
    believed
        (n,) integers: the label that a model believes, −1 = none.
    cluster_ids
        Look at these only; None = all.
    most, least
        At most so many, each with at least this probability.
    """
    by_cluster = positions_of(partition, rows)
    chosen = by_cluster if cluster_ids is None else [key for key in cluster_ids if key in by_cluster]
    found = []
    for cluster_id in chosen:
        members = by_cluster[cluster_id]
        if len(members) < 2:
            continue
        confirmed = partition.confirmed[rows[members]]
        halves, chance, why = _best(members, features, neighbours, model, confirmed, verified, believed)
        if halves is not None and chance >= least:
            found.append(_suggestion(partition, rows, features, cluster_id, halves, chance, why))
    found.sort(key=lambda each: (-round(each.probability, 2), -partition.size(each.cluster_id), each.cluster_id))
    return found[:most]


def _best(
    members: np.ndarray,
    features: np.ndarray,
    neighbours: np.ndarray,
    model: MergeModel,
    confirmed: np.ndarray,
    verified: np.ndarray | None,
    believed: np.ndarray | None,
) -> tuple[tuple[np.ndarray, np.ndarray] | None, float, str]:
    """The two halves that differ most, how probably they do, and why that is thought."""
    if verified is not None:
        kinds = verified[members]
        if len(np.unique(kinds[kinds >= 0])) > 1:
            return _by_kind(members, features, kinds), 1.0, "You named items of it in two ways."
    ways = []
    if believed is not None:
        ways = [(inside, "The model believes in two labels here") for inside in _beliefs(believed[members])]
    ways += [(inside, "Its items fall into two heaps") for inside in _branches(features[members])]
    ways = [way for way in ways if min(confirmed[way[0]].sum(), confirmed[~way[0]].sum()) < _LEFT_TOGETHER]
    if not ways:
        return None, 0.0, ""
    compared = [Groups(features, neighbours, (members[inside], members[~inside])) for inside, _ in ways]
    signals = np.concatenate([groups.compare(np.array([[0, 1]])) for groups in compared])
    chance = 1 - model.probability(np.column_stack([signals, np.zeros(len(signals))]))
    best = int(np.argmax(chance))
    inside, why = ways[best]
    links = np.exp(signals[best, 0])
    told = f"{why}; neighbours in the other half are {links:.0%} of what chance would give."
    return (members[inside], members[~inside]), float(chance[best]), told


def _branches(features: np.ndarray) -> Iterator[np.ndarray]:
    """(m,) bool, True in one of the highest branches of the items' own tree; each division once."""
    # Many small trees: scipy's needs no threads, which would cost more than they bring here.
    from scipy.cluster.hierarchy import fcluster, linkage

    features = np.asarray(features)
    looked_at = np.arange(len(features))
    if len(features) > _LOOK_AT:
        looked_at = np.sort(np.random.default_rng(0).choice(len(features), _LOOK_AT, replace=False))
    tree = linkage(features[looked_at], "ward")
    seen: set[bytes] = set()
    for number in _BRANCHES:
        labels = fcluster(tree, number, "maxclust") - 1
        if len(looked_at) < len(features):
            means = np.stack([features[looked_at[labels == each]].mean(axis=0) for each in range(labels.max() + 1)])
            labels = np.argmax(features @ means.T - np.square(means).sum(axis=1) / 2, axis=1)
        for each in np.unique(labels):
            inside = labels == each
            key = min(inside.tobytes(), (~inside).tobytes())
            if key not in seen and min(inside.sum(), (~inside).sum()) >= _SMALLEST_PART:
                seen.add(key)
                yield inside


def _beliefs(believed: np.ndarray) -> Iterator[np.ndarray]:
    """(m,) bool: the items of which the most frequent label is believed, where others are believed too."""
    labels, counts = np.unique(believed[believed >= 0], return_counts=True)
    if len(labels) > 1:
        inside = believed == labels[np.argmax(counts)]
        if min(inside.sum(), (~inside).sum()) >= _SMALLEST_PART:
            yield inside


def _by_kind(members: np.ndarray, features: np.ndarray, kinds: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The members nearest to the items of the most frequent kind, and the others; who was asked about stays so."""
    labels, counts = np.unique(kinds[kinds >= 0], return_counts=True)
    first = labels[np.argmax(counts)]
    inside = np.asarray(features[members])
    means = [inside[chosen].mean(axis=0) for chosen in (kinds == first, (kinds >= 0) & (kinds != first))]
    near = inside @ (means[0] - means[1]) > (means[0] @ means[0] - means[1] @ means[1]) / 2
    near = np.where(kinds >= 0, kinds == first, near)
    return members[near], members[~near]


def _suggestion(
    partition: Partition,
    rows: np.ndarray,
    features: np.ndarray,
    cluster_id: int,
    halves: tuple[np.ndarray, np.ndarray],
    chance: float,
    why: str,
) -> SplitSuggestion:
    known = [(int(partition.confirmed[rows[half]].sum()), len(half)) for half in halves]
    stays, leaves = halves if known[0] >= known[1] else halves[::-1]
    rest = np.setdiff1d(partition.members(cluster_id), rows[leaves])
    shown = tuple(rows[part[exemplars(features, part, 6)]] for part in (stays, leaves))
    return SplitSuggestion(cluster_id, (Rows(rest), Rows(rows[leaves])), chance, why, shown)  # type: ignore[arg-type]
