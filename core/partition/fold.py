"""What edits mean: a pure function from a partition and an edit to the next partition and the way back."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from core.errors import BadInput
from core.partition.delta import Delta
from core.partition.draft import Draft, Step, difference
from core.partition.edits import (
    Apart,
    Confirm,
    Edit,
    Forget,
    Merge,
    Move,
    Note,
    Recluster,
    Redo,
    Reject,
    Rename,
    SetAside,
    Split,
    Spread,
    Together,
    Undo,
)
from core.partition.gone import forget, without_gone
from core.partition.mentioned import bound
from core.partition.partition import UNDECIDED, Origin, Partition, rejected_key
from core.partition.recluster import recluster
from core.partition.rows import Rows
from core.partition.sentences import count, merge_winner


def apply(partition: Partition, edit: Edit) -> Step:
    """Apply one resolved edit (`Rows` for item ids).

    Raises
    ------
    BadInput
        When the edit makes no sense here: an unknown cluster or row, nothing selected, one cluster to merge, parts that
        overlap, undecided treated as a cluster, forgotten items only. The partition is not changed then.
    """
    rule = _RULES.get(type(edit))
    if rule is None:
        raise BadInput("Undo and redo need a history.", "", "Apply them through the journal, or in a fold.")
    return rule(partition, without_gone(edit, partition))


def fold(start: Partition | np.ndarray | Any, edits: Iterable[Edit]) -> Partition:
    """The partition after `edits` (undo and redo among them).

    Undo passes a `Forget` over: it takes back the edit before it, without the forgotten items.

    `start` is a partition, labels (n,) with −1 = undecided, or anything with such `labels`. Raises `BadInput`.
    """
    if not isinstance(start, Partition):
        start = Partition.from_labels(np.asarray(getattr(start, "labels", start)))
    partition, done, undone = start, [], []
    for edit in edits:
        if isinstance(edit, Undo):
            partition, back = _pop(done, "undo").apply(partition)
            undone.append(back)
        elif isinstance(edit, Redo):
            partition, back = _pop(undone, "redo").apply(partition)
            done.append(back)
        else:
            step = apply(partition, edit)
            partition = step.partition
            if isinstance(edit, Forget):
                continue
            done.append(step.inverse)
            undone.clear()
    return partition


def _pop(deltas: list[Delta], verb: str) -> Delta:
    if not deltas:
        raise BadInput(f"There is nothing to {verb}.")
    return deltas.pop()


def _rows(partition: Partition, items: Any) -> np.ndarray:
    if not isinstance(items, Rows):
        raise BadInput("The edit still names items by id.", "Ids are turned into rows first.", "Use edits.resolve.")
    if not len(items):
        raise BadInput("No items are selected.", "", "Select at least one item.")
    if items.array[-1] >= len(partition):
        raise BadInput(
            f"There is no row {items.array[-1]:,}.", f"The project has {count(len(partition))}.", "Select others."
        )
    return items.array


def _known(partition: Partition, cluster_id: int, verb: str) -> int:
    if cluster_id == UNDECIDED:
        raise BadInput(f"Undecided items cannot be {verb}.", "They are in no cluster.", "Move them to a cluster first.")
    if cluster_id not in partition.clusters:
        raise BadInput(
            f"There is no cluster {cluster_id}.", "It was merged, emptied or never there.", "Choose one from the list."
        )
    return cluster_id


def _merge(partition: Partition, edit: Merge) -> Step:
    ids = sorted({*edit.cluster_ids, *(() if edit.into is None else (edit.into,))})
    for cluster_id in ids:
        _known(partition, cluster_id, "merged")
    if len(ids) < 2:
        raise BadInput("A merge needs two clusters.", f"{len(ids)} given.", "Select another cluster as well.")
    draft, winner = Draft(partition), merge_winner(edit, partition)
    absorbed = [cluster_id for cluster_id in ids if cluster_id != winner]
    rows = np.flatnonzero(np.isin(partition.cluster_of, absorbed))
    draft.put(rows, cluster_of=winner, confidence=np.nan)
    by_size = sorted(absorbed, key=lambda cluster_id: (-partition.size(cluster_id), cluster_id))
    for attribute in ("name", "note"):
        if not getattr(partition.clusters[winner], attribute):
            values = [getattr(partition.clusters[cluster_id], attribute) for cluster_id in by_size]
            draft.change(winner, **{attribute: next(filter(None, values), "")})
    for cluster_id in absorbed:
        draft.remove(cluster_id)
    _carry_rejections(draft, ids, winner, rows)
    _carry_apart(draft, ids, winner, partition.size(winner) + len(rows))
    return draft.finish()


def _carry_rejections(draft: Draft, ids: list[int], winner: int, moved: np.ndarray) -> None:
    """An item kept out of one of the merged clusters is kept out of the merged one, unless it is in there."""
    pairs = draft.before.rejected()
    if not len(pairs):
        return
    concerned = pairs[np.isin(pairs[:, 1], ids)]
    inside = np.isin(concerned[:, 0], moved) | (draft.before.cluster_of[concerned[:, 0]] == winner)
    draft.allow(rejected_key(concerned[:, 0], concerned[:, 1]))
    draft.refuse(rejected_key(concerned[~inside, 0], winner), winner)


def _carry_apart(draft: Draft, ids: list[int], winner: int, size: int) -> None:
    """What differs from one of the merged clusters differs from the merged one."""
    pairs = draft.before.apart()
    others = {b if a in ids else a for a, b in pairs if (a in ids) != (b in ids)}
    own = tuple(entry for entry in draft.cluster(winner).apart if entry[0] not in ids)
    if own != draft.cluster(winner).apart:
        draft.change(winner, apart=own)
    if new := others - {entry[0] for entry in own}:
        draft.keep_apart(winner, new, size)


def _apart(partition: Partition, edit: Apart) -> Step:
    ids = {_known(partition, cluster_id, "kept apart") for cluster_id in edit.cluster_ids}
    if len(ids) < 2:
        raise BadInput("It takes two clusters to differ.", f"{len(ids)} given.", "Select another cluster as well.")
    draft = Draft(partition)
    for cluster_id in ids:
        draft.keep_apart(cluster_id, ids - {cluster_id}, partition.size(cluster_id))
    return draft.finish()


def _split(partition: Partition, edit: Split) -> Step:
    _known(partition, edit.cluster_id, "split")
    parts = [_rows(partition, part) for part in edit.parts]
    taken = np.concatenate([np.empty(0, np.int64), *parts])
    title = partition.title(edit.cluster_id)
    if not parts:
        raise BadInput("No part is given.", "", "Select the items to split off.")
    if (partition.cluster_of[taken] != edit.cluster_id).any():
        raise BadInput(f"Not all of these items are in {title}.", "", "Select items of this cluster only.")
    if len(np.unique(taken)) != len(taken):
        raise BadInput("The parts overlap.", "An item can go to one part only.", "Give every item one part.")
    if len(taken) == partition.size(edit.cluster_id):
        if len(parts) == 1:
            raise BadInput(f"This part is all of {title}.", "Nothing would be split.", "Leave some items out.")
        biggest = max(range(len(parts)), key=lambda index: len(parts[index]))
        del parts[biggest]
    draft = Draft(partition)
    for part in parts:
        draft.put(part, cluster_of=draft.new_cluster(), confidence=np.nan)
    # A split says that the parts differ, and each from what the whole differed from.
    old = {b if a == edit.cluster_id else a for a, b in partition.apart() if edit.cluster_id in (a, b)}
    new = set(draft.created)
    for cluster_id, part in zip(draft.created, parts, strict=True):
        draft.keep_apart(cluster_id, old | new - {cluster_id} | {edit.cluster_id}, len(part))
    draft.keep_apart(edit.cluster_id, new, partition.size(edit.cluster_id) - sum(map(len, parts)))
    return draft.finish()


def _move(partition: Partition, edit: Move) -> Step:
    rows = _rows(partition, edit.item_ids)
    draft = Draft(partition)
    draft.put(rows, aside=False)
    if edit.cluster_id == UNDECIDED:
        draft.to_undecided(rows)
        return draft.finish()
    target = draft.new_cluster() if edit.cluster_id is None else _known(partition, edit.cluster_id, "moved to")
    origin = Origin.PERSON if edit.said_of == "each" else Origin.GROUP
    draft.put(rows, cluster_of=target, origin=origin, confirmed=edit.said_of != "most", confidence=np.nan)
    draft.allow(rejected_key(rows, target))
    return draft.finish()


def _rename(partition: Partition, edit: Rename) -> Step:
    draft = Draft(partition)
    draft.change(_known(partition, edit.cluster_id, "named"), name=edit.name)
    return draft.finish()


def _note(partition: Partition, edit: Note) -> Step:
    draft = Draft(partition)
    draft.change(_known(partition, edit.cluster_id, "noted"), note=edit.text)
    return draft.finish()


def _confirm(partition: Partition, edit: Confirm) -> Step:
    rows = _rows(partition, edit.item_ids)
    placed = rows[partition.cluster_of[rows] != UNDECIDED]
    if not len(placed):
        raise BadInput("These items are in no cluster.", "There is nothing to confirm.", "Move them to one instead.")
    draft = Draft(partition)
    draft.put(placed, origin=Origin.PERSON, confirmed=True)
    if len(placed) < len(rows):
        draft.conflicts.append(f"{count(len(rows) - len(placed))} not confirmed: in no cluster.")
    return draft.finish()


def _reject(partition: Partition, edit: Reject) -> Step:
    rows, cluster_id = _rows(partition, edit.item_ids), _known(partition, edit.cluster_id, "rejected")
    draft = Draft(partition)
    draft.to_undecided(rows[partition.cluster_of[rows] == cluster_id])
    draft.refuse(rejected_key(rows, cluster_id), cluster_id)
    return draft.finish()


def _set_aside(partition: Partition, edit: SetAside) -> Step:
    rows = _rows(partition, edit.item_ids)
    draft = Draft(partition)
    draft.to_undecided(rows)
    draft.put(rows, aside=True)
    return draft.finish()


def _spread(partition: Partition, edit: Spread) -> Step:
    rows, targets = _rows(partition, edit.item_ids), edit.cluster_ids
    confidence = np.full(len(rows), np.nan, np.float32) if edit.confidence is None else edit.confidence
    if not len(rows) == len(targets) == len(confidence):
        raise BadInput("The labels to spread do not fit the items.", _lengths(len(targets), len(rows)))
    for cluster_id in np.unique(targets).tolist():
        if cluster_id != UNDECIDED:
            _known(partition, cluster_id, "spread")
    draft = Draft(partition)
    decided = partition.confirmed[rows] | partition.aside[rows]
    refused = np.isin(rejected_key(rows, targets), partition.rejected_keys)
    changes = partition.cluster_of[rows] != targets
    for mask, why in ((decided & changes, "decided on them"), (refused & ~decided, "rejected that cluster")):
        if mask.any():
            draft.conflicts.append(f"{count(int(mask.sum()))} left as they are: a person {why}.")
    free = ~decided & ~refused
    known = np.where(targets == UNDECIDED, np.float32(np.nan), confidence)
    if not edit.take:
        staying = free & ~partition.in_named()[rows]
        draft.put(rows[staying], likely=targets[staying], confidence=known[staying])
        free &= ~staying
    moved, same = free & changes, free & ~changes
    origin = np.where(targets[moved] == UNDECIDED, Origin.NONE, Origin.SPREAD)
    draft.put(rows[moved], cluster_of=targets[moved], origin=origin, likely=UNDECIDED)
    draft.put(rows[moved | same], confidence=known[moved | same])
    return draft.finish(keep_names=True)


def _together(partition: Partition, edit: Together) -> Step:
    steps: list[Step] = []
    after = partition
    for part in edit.edits:
        created = tuple(key for step in steps for key in step.created)
        steps.append(apply(after, bound(part, created)))
        after = steps[-1].partition
    return difference(partition, after, steps)


def _forget(partition: Partition, edit: Forget) -> Step:
    return forget(partition, _rows(partition, edit.item_ids))


def _recluster(partition: Partition, edit: Recluster) -> Step:
    if edit.item_ids is None and len(edit.labels) != len(partition):
        raise BadInput("The clustering does not fit the project.", _lengths(len(edit.labels), len(partition)))
    rows = _rows(partition, Rows(np.arange(len(partition))) if edit.item_ids is None else edit.item_ids)
    if len(rows) != len(edit.labels):
        raise BadInput("The clustering does not fit the items.", _lengths(len(edit.labels), len(rows)))
    return recluster(partition, rows, edit.labels)


def _lengths(labels: int, items: int) -> str:
    return f"{count(labels, 'label')} for {count(items)}."


_RULES: dict[type[Edit], Callable[[Partition, Any], Step]] = {
    Merge: _merge,
    Apart: _apart,
    Split: _split,
    Move: _move,
    Rename: _rename,
    Note: _note,
    Confirm: _confirm,
    Reject: _reject,
    SetAside: _set_aside,
    Spread: _spread,
    Recluster: _recluster,
    Together: _together,
    Forget: _forget,
}
