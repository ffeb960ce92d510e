"""What a cluster of a project is, and why an item is where it is: rows and cluster ids in place of positions."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from core.assist.explain import Reason, faces, why_here
from core.assist.names.inputs import Inputs, Scene
from core.assist.names.siblings import centroids
from core.assist.separators import Separator, separators
from core.errors import BadInput
from core.partition.partition import UNDECIDED, Partition
from core.pipeline import Structure

NOTHING = "Nothing separates this from the clusters next to it."
_NO_WORDS = "There are no words, columns or folders to tell it by."


@dataclass(frozen=True, eq=False)
class Explanation:
    """What a cluster is.

    Attributes
    ----------
    cluster_id
        Which one.
    typical, odd
        Rows of items from the middle to the 90th percentile, and of the least typical ones.
    border
        For the two nearest clusters: id, and rows of members that lean most towards it.
    near
        Ids of the (≤ 3) nearest clusters, nearest first; what separates is measured against them.
    separators
        The terms that separate it; () when nothing does.
    sentence
        The same in words, or why there is nothing to say.
    """

    cluster_id: int
    typical: np.ndarray
    border: tuple[tuple[int, np.ndarray], ...]
    odd: np.ndarray
    near: tuple[int, ...]
    separators: tuple[Separator, ...]
    sentence: str


@dataclass(frozen=True, eq=False)
class Middles:
    """The directions of all clusters' middles, for one partition.

    Attributes
    ----------
    labels
        (m,) int64 cluster of every item that has a vector.
    of
        Cluster id → (d,) unit direction.
    """

    labels: np.ndarray
    of: dict[int, np.ndarray]


def of_cluster(partition: Partition, inputs: Inputs, cluster_id: int) -> Explanation:
    """Explain a cluster.

    Parameters
    ----------
    inputs
        From `core.naming.inputs`; holds what texts, files and pictures say.

    Raises
    ------
    BadInput
        When the cluster is not there, or none of its items has a vector.
    """
    ids, members = _clusters(partition, inputs.rows)
    if cluster_id not in ids:
        raise BadInput("This cluster cannot be explained.", "None of its items could be compared.", "Choose another.")
    place = ids.index(cluster_id)
    scene = Scene.of(inputs, [inputs.rows[one] for one in members])
    shown = faces(scene, place)
    near = tuple(ids[other] for other in scene.near[place].tolist())
    found = separators(scene, place)
    return Explanation(
        cluster_id,
        inputs.rows[shown.typical],
        tuple((ids[other], inputs.rows[positions]) for other, positions in shown.border),
        inputs.rows[shown.odd],
        near,
        found,
        _sentence(partition, near, found, _has_terms(inputs)),
    )


def middles(partition: Partition, found: Structure) -> Middles:
    """The middles of all clusters. A second at a million items: keep them as long as the partition stays."""
    ids, members = _clusters(partition, found.rows)
    labels = np.full(len(found.rows), UNDECIDED, np.int64)
    for one, positions in zip(ids, members, strict=True):
        labels[positions] = one
    return Middles(labels, dict(zip(ids, centroids(found.features, members), strict=True)))


def of_item(partition: Partition, found: Structure, row: int, given: Middles | None = None) -> Reason:
    """Why an item is in its cluster; `neighbours` of the answer are rows, `labels` cluster ids, `UNDECIDED` = none.

    Raises
    ------
    BadInput
        When the item has no vector.
    """
    position = int(found.positions(np.array([row]))[0])
    if position < 0:
        raise BadInput("Nothing can be said about this item.", "It could not be encoded, so it has no neighbours.")
    given = given or middles(partition, found)
    titles = {one: _title(partition, one) for one in (*given.of, UNDECIDED)}
    reason = why_here(found.features, found.graph, given.labels, given.of, position, titles)
    return Reason(**{**reason.__dict__, "neighbours": found.rows[reason.neighbours]})


def _clusters(partition: Partition, rows: np.ndarray) -> tuple[list[int], list[np.ndarray]]:
    """Ids of the clusters that have items among `rows`, and positions of these, each ascending."""
    known = np.flatnonzero(rows < len(partition))
    own = partition.cluster_of[rows[known]]
    order = known[np.argsort(own, kind="stable")]
    ids, begins = np.unique(np.sort(own), return_index=True)
    parts = np.split(order, begins[1:])
    return [int(one) for one in ids if one != UNDECIDED], [
        part for one, part in zip(ids, parts, strict=False) if one != UNDECIDED
    ]


def _has_terms(inputs: Inputs) -> bool:
    return bool(len(inputs.phrases.terms) or len(inputs.tokens.titles) or inputs.ballots)


def _sentence(partition: Partition, near: tuple[int, ...], found: tuple[Separator, ...], terms: bool) -> str:
    if not near:
        return "There is no other cluster to tell it from."
    if not terms:
        return _NO_WORDS
    if not found:
        return NOTHING
    *first, last = (_title(partition, one) for one in near)
    others = f"{', '.join(first)} and {last}" if first else last
    return f"What sets it apart from {others}, the clusters next to it:"


def _title(partition: Partition, cluster_id: int) -> str:
    if cluster_id == UNDECIDED:
        return "no cluster"
    return partition.title(cluster_id)
