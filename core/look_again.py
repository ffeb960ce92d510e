"""Items that deserve a second look, each kind as an ordered set: doubtful labels, strangers, duplicates, lone labels.

Nothing here changes anything: what is found is shown, and the person decides.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from core import near_duplicates
from core.assist import label_errors
from core.assist.outliers import MOST, outliers
from core.browse import Scope
from core.errors import BadInput
from core.partition.partition import UNDECIDED, Partition, rejected_key
from core.pipeline import Structure
from core.project import Project

LABELS, ALONE, OUTLIERS, DUPLICATES = "labels", "alone", "outliers", "duplicates"
TITLES = {
    LABELS: "Doubtful labels",
    ALONE: "No neighbour with the same label",
    OUTLIERS: "Outliers",
    DUPLICATES: "Near-duplicates",
}
KIND = "look"  # of the scopes; a page names one “look:labels”


@dataclass(frozen=True, eq=False)
class Finding:
    """What deserves a second look, and how it was found.

    Attributes
    ----------
    scope
        The items, most striking first; of near-duplicates group by group.
    note
        How they were found, one or two sentences.
    proposed
        Row → id of the cluster that a doubtful item would rather be in.
    """

    scope: Scope
    note: str
    proposed: Mapping[int, int] = field(default_factory=dict, repr=False)


def find(kind: str, project: Project, partition: Partition, found: Structure) -> Finding:
    """The items of one kind: a key of `TITLES`.

    Raises
    ------
    BadInput
        For another kind.
    NotFound
        Before the first run; for duplicates before `near_duplicates.prepare`.
    """
    if kind == LABELS:
        return doubtful_labels(partition, found)
    if kind == ALONE:
        return lone_labels(partition, found)
    if kind == OUTLIERS:
        return outlying(partition, found)
    if kind == DUPLICATES:
        return duplicated(project, partition, found)
    raise BadInput(f"There is nothing called “{kind}” to look at again.", next_step=f"Choose {', '.join(TITLES)}.")


def name_of(kind: str) -> str:
    """How a page names the scope of a kind."""
    return f"{KIND}:{kind}"


def kind_of(name: str) -> str:
    """The kind that a page's name of a scope stands for; empty when it is another scope's."""
    kind = name.removeprefix(f"{KIND}:")
    return kind if kind in TITLES and name == name_of(kind) else ""


def nothing_yet(kind: str) -> Scope:
    """The scope of a kind before the job that it needs."""
    return _scope(kind, np.zeros(0, np.int64), np.zeros(0), ": not looked for yet")


def needs_job(kind: str, project: Project, found: Structure) -> bool:
    """Whether this kind has to be computed in a job first (the stage `near_duplicates.STAGE`)."""
    return kind == DUPLICATES and not near_duplicates.prepared(project, found)


def doubtful_labels(partition: Partition, found: Structure) -> Finding:
    """Items whose neighbours and a model both contradict their label, most doubtful first.

    An item that a person refused for the cluster it is said to belong in is settled and left out.
    """
    labels, clusters, by = _labels(partition, found)
    doubts = label_errors.doubts(found.features, found.graph, labels)
    chosen = np.flatnonzero(doubts.suspicious)
    chosen = chosen[np.argsort(-doubts.score[chosen], kind="stable")]
    settled = rejected_key(found.rows[chosen], clusters[doubts.proposed[chosen]])
    chosen = chosen[~np.isin(settled, partition.rejected_keys)]
    rows = found.rows[chosen]
    proposed = {int(row): int(clusters[label]) for row, label in zip(rows, doubts.proposed[chosen], strict=True)}
    note = f"Their neighbours and a model that did not learn from them both say another {by}."
    if doubts.trained >= label_errors.MOST_TRAINED:
        note += f" The model learnt from a sample of {doubts.trained:,} items."
    if not doubts.trained:
        note = f"Nothing can be said before two {by}s have {label_errors.FEWEST} items each."
    return Finding(_scope(LABELS, rows, doubts.score[chosen]), note, proposed)


def lone_labels(partition: Partition, found: Structure) -> Finding:
    """Items none of whose neighbours carries their label, those with the nearest neighbours first."""
    labels, _, by = _labels(partition, found)
    chosen = np.flatnonzero(label_errors.without_support(found.graph, labels))
    nearest = np.asarray(found.graph.similarity)[chosen, 0] if found.graph.k else np.zeros(len(chosen), np.float32)
    order = np.argsort(-nearest, kind="stable")
    note = f"None of their {found.graph.k} nearest items has the same {by}."
    return Finding(_scope(ALONE, found.rows[chosen[order]], nearest[order]), note)


def outlying(partition: Partition, found: Structure) -> Finding:
    """Items that fit nowhere, farthest first; those set aside are left out."""
    scored = outliers(found.vectors, found.features, found.graph)
    chosen = np.flatnonzero(scored.outlying & ~_aside(partition, found.rows))
    chosen = chosen[np.argsort(-scored.score[chosen], kind="stable")]
    note = (
        f"They lie far from all other items, or farther from their neighbours than these from theirs; at most "
        f"{100 * MOST:.0f} % are shown, and nothing that occurs twice."
    )
    if scored.sample < len(found.rows):
        note += f" Distances to all were taken from a sample of {scored.sample:,} items."
    return Finding(_scope(OUTLIERS, found.rows[chosen], scored.score[chosen]), note)


def duplicated(project: Project, partition: Partition, found: Structure) -> Finding:
    """Items that show or say the same as another one, group by group, biggest group first.

    A group of which all but one item is set aside is settled and left out. Raises `NotFound` before the job.
    """
    kept, scores = [], []
    for group in near_duplicates.groups(project, found):
        group = group[~_aside(partition, group)]
        if len(group) > 1:
            vectors = np.asarray(found.vectors[found.positions(group)])
            kept.append(group)
            scores.append(vectors @ vectors[0])
    rows = np.concatenate(kept) if kept else np.zeros(0, np.int64)
    shown = np.concatenate(scores).astype(np.float32) if kept else np.zeros(0, np.float32)
    what = "group of items" if len(kept) == 1 else "groups of items"
    note = f"{len(kept):,} {what} that are the same but for compression, size, a narrow crop, case or blanks."
    return Finding(_scope(DUPLICATES, rows, shown), note)


def _scope(kind: str, rows: np.ndarray, scores: np.ndarray, more: str = "") -> Scope:
    return Scope(rows.astype(np.int64), TITLES[kind] + more, KIND, scores.astype(np.float32))


def _labels(partition: Partition, found: Structure) -> tuple[np.ndarray, np.ndarray, str]:
    """Labels of the items with a vector (−1 = none), the biggest cluster of each label, and what a label is.

    Once two names are given, names are the labels, because two clusters of one name are no contradiction and one
    without a name is no label yet; before that, clusters are.
    """
    rows = found.rows[found.rows < len(partition)]
    own = np.full(len(found.rows), UNDECIDED, np.int64)
    own[: len(rows)] = partition.cluster_of[rows]
    sizes = partition.sizes()
    by_size = sorted((one for one in sizes if sizes[one]), key=lambda one: -sizes[one])
    names = dict.fromkeys(partition.clusters[one].name for one in by_size if partition.clusters[one].name)
    named = len(names) > 1
    keys = list(names) if named else by_size
    place = {key: index for index, key in enumerate(keys)}
    code = np.full(partition.next_id, -1, np.int64)
    biggest = np.zeros(len(keys), np.int64)
    for one in reversed(by_size):
        index = place.get(partition.clusters[one].name if named else one, -1)
        code[one] = index
        if index >= 0:
            biggest[index] = one
    code[UNDECIDED] = -1
    return code[own], biggest, "name" if named else "cluster"


def _aside(partition: Partition, rows: np.ndarray) -> np.ndarray:
    known = rows < len(partition)
    return partition.aside[np.where(known, rows, 0)] & known if len(partition) else np.zeros(len(rows), bool)
