"""What an edit does, in one plain sentence with its scope."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from core.partition.partition import UNDECIDED, Partition


def count(number: int, noun: str = "item") -> str:
    """“1 item”, “1,204 items”."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def describe(edit: Any, partition: Partition) -> str:
    """The sentence of `edit`, as it would act on `partition`."""
    return _SENTENCES[edit.kind](edit, partition)


def _sized(partition: Partition, cluster_id: int) -> str:
    return f"{partition.title(cluster_id)} ({partition.size(cluster_id):,})"


def _merge(edit: Any, partition: Partition) -> str:
    winner = merge_winner(edit, partition)
    others = [cluster_id for cluster_id in dict.fromkeys(edit.cluster_ids) if cluster_id != winner]
    if len(others) > 3:
        moved = f"{len(others)} clusters ({count(sum(partition.size(other) for other in others))})"
    else:
        moved = " and ".join(_scope(partition, other) for other in others) or "nothing"
    return f"Merge {moved} into {_sized(partition, winner)}"


def _apart(edit: Any, partition: Partition) -> str:
    titles = [_sized(partition, cluster_id) for cluster_id in dict.fromkeys(edit.cluster_ids)]
    return f"Keep {', '.join(titles[:-1])} and {titles[-1]} apart" if titles else "Keep nothing apart"


def _scope(partition: Partition, cluster_id: int) -> str:
    cluster = partition.clusters.get(cluster_id)
    if cluster and cluster.name:
        return _sized(partition, cluster_id)
    return f"cluster of {partition.size(cluster_id):,}"


def merge_winner(edit: Any, partition: Partition) -> int:
    """The cluster whose id a merge keeps: `into`, else the biggest, else the lowest id."""
    if edit.into is not None:
        return int(edit.into)
    return min(edit.cluster_ids, key=lambda cluster_id: (-partition.size(cluster_id), cluster_id), default=UNDECIDED)


def _split(edit: Any, partition: Partition) -> str:
    taken = sum(len(part) for part in edit.parts)
    if taken >= partition.size(edit.cluster_id):
        return f"Split {_sized(partition, edit.cluster_id)} into {count(len(edit.parts), 'part')}"
    parts = "" if len(edit.parts) == 1 else f" as {len(edit.parts)} new clusters"
    return f"Split {count(taken)} off {_sized(partition, edit.cluster_id)}{parts}"


def _move(edit: Any, partition: Partition) -> str:
    if edit.cluster_id is None:
        return f"Move {count(len(edit.item_ids))} to a new cluster"
    if edit.cluster_id == UNDECIDED:
        return f"Move {count(len(edit.item_ids))} back to undecided"
    return f"Move {count(len(edit.item_ids))} to {partition.title(edit.cluster_id)}"


def _rename(edit: Any, partition: Partition) -> str:
    if not edit.name:
        return f"Take the name off {_sized(partition, edit.cluster_id)}"
    cluster = partition.clusters.get(edit.cluster_id)
    if cluster and cluster.name:
        return f"Rename {_sized(partition, edit.cluster_id)} to “{edit.name}”"
    return f"Name {_sized(partition, edit.cluster_id)} “{edit.name}”"


def _note(edit: Any, partition: Partition) -> str:
    return f"{'Write a note on' if edit.text else 'Remove the note on'} {_sized(partition, edit.cluster_id)}"


def _recluster(edit: Any, partition: Partition) -> str:
    everything = edit.item_ids is None or len(edit.item_ids) == partition.n_items
    scope = f"all {count(len(edit.labels))}" if everything else count(len(edit.labels))
    return f"Recluster {scope}" + (f" by {edit.method}" if edit.method else "")


_SENTENCES: dict[str, Callable[[Any, Partition], str]] = {
    "merge": _merge,
    "apart": _apart,
    "split": _split,
    "move": _move,
    "rename": _rename,
    "note": _note,
    "confirm": lambda edit, partition: f"Confirm {count(len(edit.item_ids))}",
    "reject": lambda edit, partition: f"Reject {count(len(edit.item_ids))} from {partition.title(edit.cluster_id)}",
    "set_aside": lambda edit, partition: f"Set {count(len(edit.item_ids))} aside",
    "spread": lambda edit, partition: f"Spread labels to {count(len(edit.item_ids))}",
    "recluster": _recluster,
    "together": lambda edit, partition: edit.what or describe(edit.edits[0], partition),
    "forget": lambda edit, partition: f"Forget {count(len(edit.item_ids))}",
    "undo": lambda edit, partition: "Undo",
    "redo": lambda edit, partition: "Redo",
}
