"""Taking a new clustering over without losing what a person decided.

Old clusters and new groups are matched one to one so that as many items as possible keep their cluster (assignment
problem, Kuhn 1955, doi:10.1002/nav.3800020109). Only pairs that share at least half of the group's items or half of
the cluster's may match: a name is not handed on for the sake of a few stray items.
"""

from __future__ import annotations

import numpy as np

from core.partition.draft import Draft, Step
from core.partition.partition import UNDECIDED, Origin, Partition, rejected_key
from core.partition.sentences import count


def recluster(partition: Partition, rows: np.ndarray, labels: np.ndarray) -> Step:
    """Put `rows` (m,) int64 into the groups `labels` (m,) int32, −1 = undecided; the fold's rule for `Recluster`.

    What a person confirmed, said of most of a group, or set aside stays; groups that match an old cluster get its id,
    name and colour; an item goes to no cluster that it was rejected from; items of two clusters that a person said are
    different do not come together. The step's conflicts say what could not be settled.
    """
    present = ~partition.aside[rows]
    rows, labels = rows[present], labels[present]
    draft = Draft(partition)
    if not present.all():
        draft.conflicts.append(f"{count(int((~present).sum()))} left as they are: set aside.")
    old = partition.cluster_of[rows]
    groups, group_of = np.unique(labels, return_inverse=True)
    free = ~partition.confirmed[rows] & (partition.origin[rows] != Origin.GROUP)
    cluster_of_group = _name_groups(draft, groups, group_of, old, free)
    target = cluster_of_group[group_of].astype(np.int32)
    _say_confirmed(draft, old[~free & (target != old)])
    refused = free & (target != old) & np.isin(rejected_key(rows, target), partition.rejected_keys)
    _say_refused(draft, target[refused])
    target[refused] = UNDECIDED
    _keep_apart(draft, old, target, free)
    moved = free & (target != old)
    goes, leaves = moved & (target != UNDECIDED), moved & (target == UNDECIDED)
    draft.put(rows[goes], cluster_of=target[goes], origin=Origin.MACHINE, confidence=np.nan)
    draft.to_undecided(rows[leaves])
    step = draft.finish(keep_names=True)
    _say_about_names(step, partition, old, cluster_of_group, group_of)
    return step


def _name_groups(
    draft: Draft, groups: np.ndarray, group_of: np.ndarray, old: np.ndarray, free: np.ndarray
) -> np.ndarray:
    """(g,) cluster id of every group: carried over where it matches, else new, bigger groups first; −1 → undecided."""
    cluster_of_group = np.zeros(len(groups), dtype=np.int64)
    for group, cluster_id in _matches(groups, group_of, old):
        cluster_of_group[group] = cluster_id
    sizes = np.bincount(group_of[free], minlength=len(groups))
    for group in np.argsort(-sizes, kind="stable"):
        if groups[group] >= 0 and sizes[group] and not cluster_of_group[group]:
            cluster_of_group[group] = draft.new_cluster()
    return cluster_of_group


def _matches(groups: np.ndarray, group_of: np.ndarray, old: np.ndarray) -> list[tuple[int, int]]:
    """(group, cluster id) pairs, one to one, with the largest overlap in all."""
    both = (groups[group_of] >= 0) & (old != UNDECIDED)
    if not both.any():
        return []
    clusters, cluster_index = np.unique(old[both], return_inverse=True)
    width = len(clusters)
    cells, overlap = np.unique(group_of[both].astype(np.int64) * width + cluster_index, return_counts=True)
    group, cluster = cells // width, cells % width
    in_group = np.bincount(group_of, minlength=len(groups))
    in_cluster = np.bincount(np.searchsorted(clusters, old[np.isin(old, clusters)]), minlength=width)
    worth = (2 * overlap >= in_group[group]) | (2 * overlap >= in_cluster[cluster])
    pairs = _assign(group[worth], cluster[worth], overlap[worth])
    return [(each, int(clusters[other])) for each, other in pairs]


def _assign(left: np.ndarray, right: np.ndarray, weight: np.ndarray) -> list[tuple[int, int]]:
    """Maximum-weight one-to-one pairs of a sparse table, solved block by block (blocks share no row and no column)."""
    from scipy.optimize import linear_sum_assignment
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    if not len(left):
        return []
    offset = int(left.max()) + 1
    side = offset + int(right.max()) + 1
    table = coo_array((np.ones(len(left)), (left, right + offset)), shape=(side, side))
    block_of = connected_components(table, directed=False)[1][left]
    pairs = []
    order = np.argsort(block_of, kind="stable")
    for cells in np.split(order, np.flatnonzero(np.diff(block_of[order])) + 1):
        rows, row_index = np.unique(left[cells], return_inverse=True)
        columns, column_index = np.unique(right[cells], return_inverse=True)
        gain = np.zeros((len(rows), len(columns)))
        gain[row_index, column_index] = weight[cells]
        for row, column in zip(*linear_sum_assignment(gain, maximize=True), strict=True):
            if gain[row, column]:
                pairs.append((int(rows[row]), int(columns[column])))
    return sorted(pairs)


def _keep_apart(draft: Draft, old: np.ndarray, target: np.ndarray, free: np.ndarray) -> None:
    """Leave items where they are that would meet items of a cluster that theirs differs from; writes to `target`.

    Neither of two such clusters takes in items of the other; in a third one the more numerous side may go. An item that
    stays joins nothing new, so no pair is in the way of another.
    """
    for one, other in draft.before.apart():
        here, there = (np.flatnonzero(free & (old == key)) for key in (one, other))
        stay = [here[target[here] == other], there[target[there] == one]]
        for key in np.intersect1d(target[here], target[there]).tolist():
            if key not in (UNDECIDED, one, other):
                stay.append(min(there[target[there] == key], here[target[here] == key], key=len))
        back = np.concatenate(stay)
        target[back] = old[back]
        _say_apart(draft, int((old[back] == one).sum()), one, other)
        _say_apart(draft, int((old[back] == other).sum()), other, one)


def _say_apart(draft: Draft, number: int, key: int, other: int) -> None:
    if number:
        titles = draft.before.title(key), draft.before.title(other)
        draft.conflicts.append(f"{count(number)} stay in {titles[0]}: a person said that it is not {titles[1]}.")


def _say_confirmed(draft: Draft, kept_in: np.ndarray) -> None:
    for cluster_id, number in zip(*np.unique(kept_in, return_counts=True), strict=True):
        title = draft.before.title(int(cluster_id))
        draft.conflicts.append(f"{count(int(number))} stay in {title}: a person put them there, the machine would not.")


def _say_refused(draft: Draft, targets: np.ndarray) -> None:
    for cluster_id, number in zip(*np.unique(targets, return_counts=True), strict=True):
        title = draft.before.title(int(cluster_id))
        draft.conflicts.append(f"{count(int(number))} undecided: the machine wants {title}, a person rejected it.")


def _say_about_names(
    step: Step, before: Partition, old: np.ndarray, cluster_of_group: np.ndarray, group_of: np.ndarray
) -> None:
    new = cluster_of_group[group_of]
    for cluster in before.clusters.values():
        if not cluster.name or cluster.id not in step.touched:
            continue
        size = step.partition.size(cluster.id)
        stayed = int(((old == cluster.id) & (new == cluster.id)).sum())
        came = int(((old != cluster.id) & (new == cluster.id)).sum())
        if not size:
            step.conflicts.append(f"“{cluster.name}” has no items now: its {before.size(cluster.id):,} went elsewhere.")
        elif came > stayed:
            step.conflicts.append(f"“{cluster.name}” has {count(size)} now, {came:,} of them new: check it.")
