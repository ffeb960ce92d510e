"""From a card and its answer to edits: the one place that does it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from core.assist.answers import Accept, Answer, First, Mixed, Most, Name, No, Unknown, Yes
from core.assist.cards import Card
from core.assist.known import Classes
from core.assist.questions import Question
from core.partition.edits import Apart, Confirm, Edit, Merge, Move, Reject, Rename, SetAside, Split
from core.partition.partition import Partition
from core.partition.rows import Rows
from core.partition.sentences import count

# A name counts for a whole cluster when at most one of the shown items is something else (8 of 9).
_STRAYS = 1


class Acts:
    """The edits of one answer, in order; clusters that they make are named by negative ids, as `Together` wants it."""

    def __init__(self, partition: Partition, found: Classes) -> None:
        self.edits: list[Edit] = []
        self._partition = partition
        self._found = found
        self._made: dict[str, int] = {}

    def known(self, name: str) -> int | None:
        """The cluster of a name, there or just made."""
        made = self._made.get(name.casefold())
        place = self._found.find(name)
        return made if place is None else int(self._found.cluster_ids[place])

    def put(self, rows: np.ndarray, name: str, said_of: str = "each") -> int:
        """These items are this: confirmed where they are already, else moved to the name's cluster.

        `said_of` as of `Move`; what was said of a group is moved in any case, which keeps how it was said.
        """
        target = self.known(name)
        if target is None:
            target = self._made[name.casefold()] = -len(self._made) - 1
            self.edits += [Move(Rows(rows), None, said_of), Rename(target, name)]
            return target
        place = self._found.find(name)
        there = np.zeros(len(rows), dtype=bool)
        if place is not None and said_of == "each":
            there = self._found.of_cluster[self._partition.cluster_of[rows]] == place
        if there.any():
            self.edits.append(Confirm(Rows(rows[there])))
        if not there.all():
            self.edits.append(Move(Rows(rows[~there]), target, said_of))
        return target

    def whole(self, cluster_id: int, name: str, rows: np.ndarray, strays: np.ndarray) -> None:
        """The cluster is this as a whole; `rows` were seen to be it, `strays` not to be."""
        if len(strays):
            self.edits.append(Reject(Rows(strays), cluster_id))
        target = self.known(name)
        if target is None:
            self.edits.append(Rename(cluster_id, name))
        elif target != cluster_id:
            self.edits.append(Merge((cluster_id, target), into=target))
        self.edits.append(Confirm(Rows(rows)))

    def refuse(self, rows: np.ndarray, cluster_id: int) -> None:
        """These items are not in this cluster."""
        if len(rows):
            self.edits.append(Reject(Rows(rows), cluster_id))


def edits(
    question: Question, answer: Answer, ids: Sequence[str], partition: Partition, found: Classes
) -> tuple[list[Edit], str]:
    """The edits of an answer and the sentence of the history; no edits when it changes nothing.

    Parameters
    ----------
    ids
        Item ids of `question.rows`, in the same order.
    """
    acts = Acts(partition, found)
    if isinstance(answer, Unknown):
        what = "Set 1 item aside: it cannot be said what it is"
        several = f"Set {count(len(ids))} aside: it cannot be said what they are"
        return [SetAside(Rows(question.rows))], what if len(ids) == 1 else several
    if question.kind == "check":
        return _check(acts, question, answer)
    if question.kind == "name":
        return _name(acts, question, answer, ids)
    if question.kind == "accept":
        return _accept(acts, question, answer, ids)
    return _split(question, answer) if question.kind == "split" else _merge(question, answer)


def likeliest(question: Question, card: Card) -> Answer:
    """What a person will probably answer."""
    if question.kind in ("name", "check"):
        # A name that nobody gave yet leads to the same next question whatever it is.
        return Name(card.suggestions[0] if card.suggestions else "?")
    if question.kind == "accept":
        return Accept()
    return Yes() if question.sureness >= 0.5 else No()


def _check(acts: Acts, question: Question, answer: Answer) -> tuple[list[Edit], str]:
    if isinstance(answer, Name):
        acts.put(question.rows, answer.text)
        return acts.edits, f"Checked 1 item: “{answer.text}”"
    return [], ""


def _name(acts: Acts, question: Question, answer: Answer, ids: Sequence[str]) -> tuple[list[Edit], str]:
    if isinstance(answer, Most):
        acts.put(question.rows, answer.text, "most")
        return acts.edits, f"Said of most of {count(len(ids))}: “{answer.text}”"
    if isinstance(answer, First):
        acts.put(question.rows[:1], answer.text, "all")
        return acts.edits, f"Named the first of {count(len(ids))} “{answer.text}”"
    if isinstance(answer, Mixed):
        if len(question.halves) < 2:
            return [], ""
        halves = tuple(Rows(half) for half in question.halves)
        return [Split(question.cluster_ids[0], halves)], f"Split a mixed cluster of {question.size:,}"
    if not isinstance(answer, Name):
        return [], ""
    fits = np.ones(len(ids), dtype=bool) if answer.only is None else np.isin(ids, answer.only)
    rows, strays = question.rows[fits], question.rows[~fits]
    if not question.cluster_ids:
        acts.refuse(strays, acts.put(rows, answer.text, "all"))
        return acts.edits, f"Named {count(len(rows))} at one look “{answer.text}”"
    cluster_id = question.cluster_ids[0]
    if len(strays) <= _STRAYS and len(rows) > len(strays):
        acts.whole(cluster_id, answer.text, rows, strays)
        return acts.edits, f"Named a cluster of {question.size:,} “{answer.text}”"
    acts.refuse(strays, acts.put(rows, answer.text))
    return acts.edits, f"Named {count(len(rows))} “{answer.text}”, the rest of the cluster is mixed"


def _accept(acts: Acts, question: Question, answer: Answer, ids: Sequence[str]) -> tuple[list[Edit], str]:
    if not isinstance(answer, Accept):
        return [], ""
    fits = ~np.isin(ids, list(answer.wrong))
    for place in np.unique(question.classes[fits]).tolist():
        acts.put(question.rows[fits & (question.classes == place)], question.names[place])
    by_name: dict[str, list[int]] = {}
    for position in np.flatnonzero(~fits).tolist():
        right = answer.wrong[ids[position]]
        if right is None:
            proposed = acts.known(question.names[question.classes[position]])
            if proposed is not None:
                acts.refuse(question.rows[[position]], proposed)
        else:
            by_name.setdefault(right, []).append(position)
    for name, positions in by_name.items():
        acts.put(question.rows[positions], name)
    wrong = int((~fits).sum())
    return acts.edits, f"Looked through {count(len(ids))}" + (f", {wrong} put right" if wrong else ", all right")


def _merge(question: Question, answer: Answer) -> tuple[list[Edit], str]:
    if isinstance(answer, Yes):
        return [Merge(question.cluster_ids)], ""
    if isinstance(answer, No):
        return [Apart(question.cluster_ids)], ""
    return [], ""


def _split(question: Question, answer: Answer) -> tuple[list[Edit], str]:
    cluster_id, name = question.cluster_ids[0], question.names[0]
    if isinstance(answer, Yes):
        leaving = question.rows[question.sides[0] :]
        edits = [Split(cluster_id, (Rows(question.halves[1]),)), Reject(Rows(leaving), cluster_id)]
        return edits, f"Split {count(question.size)} off {name}"
    if isinstance(answer, No):
        # One for each half: by this the journal tells that the two were called one thing.
        stays, leaves = np.split(question.rows, [question.sides[0]])
        told = f"Left {name} whole: {count(len(question.rows))} of it were compared"
        return [Confirm(Rows(stays)), Confirm(Rows(leaves))], told
    return [], ""
