"""Cards in words: what is asked, and why."""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType

import numpy as np

from core.assist import effort
from core.assist.beliefs import Beliefs
from core.assist.cards import Card
from core.assist.merges import MergeSuggestion
from core.assist.questions import Question, Situation
from core.assist.split_suggestions import SplitSuggestion
from core.partition.partition import Partition
from core.partition.sentences import count

_SUGGESTED = 6
_UNLIKELY = 0.02
_A_GUESS = 0.1


def check_question(rows: np.ndarray, mass: float, here: Situation, position: int) -> Question:
    """One item."""
    sure = float("nan") if here.beliefs is None else float(here.right[position])
    return Question("check", rows, mass, effort.check(0.0 if here.beliefs is None else sure), sides=(1,), sureness=sure)


def group_question(rows: np.ndarray, mass: float) -> Question:
    """A few items that lie together, of no cluster in particular, the most typical first."""
    why = f"They lie together and stand for {count(round(mass))}."
    return Question("name", rows, mass, effort.name(len(rows)), sides=(len(rows),), size=len(rows), why=why)


def merge_question(found: MergeSuggestion, partition: Partition) -> Question:
    """Two clusters side by side."""
    rows = np.concatenate(found.shown)
    return Question(
        "merge",
        rows,
        found.probability * partition.size(found.cluster_ids[1]),
        effort.compare(len(rows)),
        sides=tuple(len(side) for side in found.shown),
        names=tuple(partition.title(one) for one in found.cluster_ids),
        cluster_ids=found.cluster_ids,
        size=sum(partition.size(one) for one in found.cluster_ids),
        sureness=found.probability,
        why=found.why,
    )


def split_question(found: SplitSuggestion, partition: Partition, unlooked: int) -> Question:
    """The two halves of a cluster with a name side by side; `unlooked` items of the part that would leave are not
    confirmed by a person."""
    rows = np.concatenate(found.shown)
    leaves = len(found.parts[1])
    return Question(
        "split",
        rows,
        found.probability * unlooked,
        effort.compare(len(rows)),
        sides=tuple(len(side) for side in found.shown),
        names=(partition.title(found.cluster_id),),
        cluster_ids=(found.cluster_id,),
        halves=tuple(part.array for part in found.parts),
        size=leaves,
        sureness=found.probability,
        why=f"{found.why} {count(leaves)} would leave.",
    )


def part_question(cluster_id: int, rows: np.ndarray, size: int, whole: str) -> Question:
    """What a part is that was split off the cluster `whole`, by its exemplars."""
    return Question(
        "name",
        rows,
        float(size),
        effort.name(len(rows)),
        sides=(len(rows),),
        cluster_ids=(cluster_id,),
        size=size,
        why=f"You said that these {count(size)} are something else than {whole}.",
    )


def again_question(rows: np.ndarray) -> Question:
    """An item that was answered already, but all the others speak against the answer."""
    why = "All that lies around it says otherwise: was it a slip?"
    return Question("check", rows, 1.0, effort.check(1.0), sides=(1,), why=why)


def accept_question(rows: np.ndarray, classes: np.ndarray, names: Sequence[str], wrong: np.ndarray) -> Question:
    """A page of proposals: grouped by label, in each group the least sure first."""
    sizes = np.bincount(classes, minlength=len(names))
    order = np.lexsort((-wrong, classes, -sizes[classes]))
    seconds = effort.accept(len(rows), float(wrong.sum()))
    return Question(
        "accept",
        rows[order],
        float(wrong.sum()),
        seconds,
        sides=(len(rows),),
        classes=classes[order],
        names=names,
        size=len(rows),
        sureness=float(1 - wrong.mean()),
    )


def name_question(
    cluster_id: int, rows: np.ndarray, size: int, name: str, agreement: float, halves: tuple[np.ndarray, ...]
) -> Question:
    """A cluster as a whole, by its exemplars."""
    return Question(
        "name",
        rows,
        (1 - agreement) * size,
        effort.name(len(rows), agreement),
        sides=(len(rows),),
        names=(name,),
        cluster_ids=(cluster_id,),
        halves=halves,
        size=size,
        sureness=agreement,
    )


def suggestions(
    question: Question, beliefs: Beliefs | None, names: Sequence[str], positions: np.ndarray
) -> tuple[str, ...]:
    """Likely names in use, best first."""
    if question.kind not in ("name", "check") or beliefs is None or not len(names):
        return ()
    chances = beliefs.probability[positions].mean(axis=0)
    best = np.argsort(-chances, kind="stable")[:_SUGGESTED]
    return tuple(names[place] for place in best.tolist() if chances[place] > _UNLIKELY)


def card(question: Question, ids: np.ndarray, suggested: tuple[str, ...], revision: int) -> Card:
    """The card of a question."""
    shown = [str(one) for one in ids[question.rows]]
    sides, begin = [], 0
    for length in question.sides:
        sides.append(tuple(shown[begin : begin + length]))
        begin += length
    labels = {}
    if question.kind == "accept":
        labels = {one: question.names[place] for one, place in zip(shown, question.classes.tolist(), strict=True)}
    return Card(
        question.kind,
        tuple(sides),
        _ASKS[question.kind](question),
        question.why or _WHY[question.kind](question),
        MappingProxyType(labels),
        suggested,
        question.value,
        question.seconds,
        question.size,
        f"{revision}:{question.key}",
    )


def _why_check(question: Question) -> str:
    if not question.sureness >= _A_GUESS:
        return "Many items like it are still unknown: one answer reaches them."
    return f"The best guess is right with {question.sureness:.0%}, and items like it wait for the answer."


_ASKS = {
    "check": lambda question: "What is this?",
    "name": lambda question: "What are these?",
    "accept": lambda question: "Are these labels right?",
    "merge": lambda question: f"Are {question.names[0]} and {question.names[1]} the same?",
    "split": lambda question: f"Does {question.names[0]} hold two different things?",
}
_WHY = {
    "check": _why_check,
    "name": lambda question: (
        f"They stand for a cluster of {question.size:,}, by the looks “{question.names[0]}” ({question.sureness:.0%})."
    ),
    "accept": lambda question: (
        f"{count(len(question.rows))} in doubt, each with a likely label; {question.sureness:.0%} should be right."
    ),
}
