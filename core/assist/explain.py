"""Which items show what a cluster is, and why an item is where it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from core.assist.names.inputs import Scene
from core.assist.typicality import exemplars, typical_first
from core.structure.graph import Graph

TYPICAL, BORDER, ODD = 9, 6, 3
BORDERS = 2  # nearest clusters that are shown a border to
_CLOSE = 0.05  # cosine; below this an item stands between two clusters


@dataclass(frozen=True, eq=False)
class Faces:
    """Items that show a cluster: its middle, its edges, and what hardly belongs.

    Attributes
    ----------
    typical
        (≤ 9,) int64 positions, spread from the medoid to the 90th percentile of typicality.
    border
        For at most two nearest clusters: its index, and the (≤ 6,) positions of members that lean most towards it,
        nearest to it first.
    odd
        (≤ 3,) positions of the least typical members, oddest first.
    """

    typical: np.ndarray
    border: tuple[tuple[int, np.ndarray], ...]
    odd: np.ndarray


@dataclass(frozen=True, eq=False)
class Reason:
    """Why an item is where it is.

    Attributes
    ----------
    neighbours, cosines, labels
        (k,) positions of its nearest items, nearest first; how near; which cluster they are in.
    own, next_label
        The item's cluster, and the cluster whose middle is nearest of all others; −1 = none.
    to_own, to_next
        Cosines of the item to the two middles; NaN where there is none.
    sentences
        The same in words.
    """

    neighbours: np.ndarray
    cosines: np.ndarray
    labels: np.ndarray
    own: int
    next_label: int
    to_own: float
    to_next: float
    sentences: tuple[str, ...] = field(default=())

    @property
    def margin(self) -> float:
        """By how much the item is nearer to the middle of its own cluster than to the next; NaN where it has none."""
        return self.to_own - self.to_next


def faces(scene: Scene, cluster: int) -> Faces:
    """The items that show a cluster.

    Parameters
    ----------
    cluster
        Index into `scene.members`.
    """
    features, members = scene.inputs.features, scene.members[cluster]
    if not len(members):
        return Faces(members, (), members)
    inside = np.asarray(features[members], np.float32)
    border = []
    for other in scene.near[cluster][:BORDERS].tolist():
        margin = inside @ (scene.centres[cluster] - scene.centres[other])
        border.append((other, members[np.argsort(margin, kind="stable")[:BORDER]]))
    typical = members[exemplars(features, members, TYPICAL)]
    odd = members[typical_first(features, members)[::-1]]
    return Faces(typical, tuple(border), odd[~np.isin(odd, typical)][:ODD])


def why_here(
    features: np.ndarray,
    graph: Graph,
    labels: np.ndarray,
    centres: Mapping[int, np.ndarray],
    position: int,
    titles: Mapping[int, str],
) -> Reason:
    """Say why an item is in its cluster.

    Parameters
    ----------
    features
        (n, d) unit rows that the graph was built on.
    labels
        (n,) cluster of every item; a label without a centre (the undecided) is no cluster.
    centres
        Cluster → (d,) unit direction of its middle.
    position
        Of the item.
    titles
        What a sentence calls each label that occurs.
    """
    neighbours, cosines = np.asarray(graph.neighbours[position]), np.asarray(graph.similarity[position])
    own = int(labels[position])
    ids = np.array(list(centres), np.int64)
    to_all = np.stack([centres[label] for label in centres]) @ features[position] if len(ids) else np.zeros(0)
    others = np.flatnonzero(ids != own)
    best = others[np.argmax(to_all[others])] if len(others) else -1
    reason = Reason(
        neighbours,
        cosines,
        np.asarray(labels)[neighbours],
        own,
        int(ids[best]) if best >= 0 else -1,
        float(to_all[np.flatnonzero(ids == own)[0]]) if own in centres else float("nan"),
        float(to_all[best]) if best >= 0 else float("nan"),
    )
    sentences = (_about_neighbours(reason, titles), _about_margin(reason, titles))
    return Reason(**{**reason.__dict__, "sentences": tuple(one for one in sentences if one)})


def _about_neighbours(reason: Reason, titles: Mapping[int, str]) -> str:
    """11 of its 15 nearest items are in “cats”, 4 in “dogs”."""
    k = len(reason.labels)
    if not k:
        return ""
    others, counts = np.unique(reason.labels[reason.labels != reason.own], return_counts=True)
    order = np.argsort(-counts, kind="stable")
    agree = k - int(counts.sum())
    parts = [f"{agree} of its {k} nearest items {'is' if agree == 1 else 'are'} in {titles[reason.own]}"]
    parts += [f"{counts[place]} in {titles[int(others[place])]}" for place in order[:2]]
    elsewhere = int(counts[order[2:]].sum())
    return ", ".join([*parts, *([f"{elsewhere} elsewhere"] if elsewhere else [])]) + "."


def _about_margin(reason: Reason, titles: Mapping[int, str]) -> str:
    own, next_one = titles.get(reason.own, ""), titles.get(reason.next_label, "")
    if np.isnan(reason.to_next):
        return ""
    if np.isnan(reason.to_own):
        return f"The nearest cluster is {next_one} (cosine {reason.to_next:.2f} to its middle)."
    if abs(reason.margin) < _CLOSE:
        return (
            f"It stands between {own} and {next_one}: its cosine to the middle of the one is {reason.to_own:.2f}, "
            f"of the other {reason.to_next:.2f}."
        )
    if reason.margin < 0:
        return (
            f"It is nearer to the middle of {next_one} ({reason.to_next:.2f}) than to that of {own} "
            f"({reason.to_own:.2f}): it may be in the wrong place."
        )
    return (
        f"It is nearer to the middle of {own} ({reason.to_own:.2f}) than to that of {next_one} "
        f"({reason.to_next:.2f}), the next one."
    )
