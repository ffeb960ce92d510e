"""What deserves a second look (`core.look_again`), one card at a time, with one key a decision."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

import numpy as np

from core import look_again, near_duplicates
from core.assist import effort, known
from core.assist.acting import Acts
from core.assist.answers import Answer, Name, No, Unknown, Yes
from core.assist.cards import MOST_SHOWN, Card
from core.decks.loop import Told
from core.look_again import ALONE, DUPLICATES, LABELS, OUTLIERS, TITLES, Finding
from core.partition.edits import Confirm, Edit, Move, Reject, SetAside
from core.partition.partition import UNDECIDED, Partition, rejected_key
from core.partition.rows import Rows
from core.partition.sentences import count
from core.pipeline import Structure
from core.project import Project

_WHY = {
    LABELS: "Its neighbours and a model that did not learn from it both say {other}; it is called {own}.",
    ALONE: "None of its nearest items is called {own}; most are called {other}.",
    OUTLIERS: "It lies far from everything else. If it is nothing that you look for, press U.",
}
_SAME = ("Yes, keep the first", "No, keep all")


@dataclass(frozen=True, eq=False)
class _Subject:
    """What one card is about: the rows, and the clusters that it may belong in, likeliest first."""

    rows: np.ndarray
    cluster_ids: tuple[int, ...] = ()

    @property
    def name(self) -> str:
        return ",".join(map(str, self.rows.tolist()))


@dataclass(eq=False)
class LookDeck:
    """The findings of one kind, most striking first, as they are when the deck is opened.

    Attributes
    ----------
    kind
        A key of `look_again.TITLES`.
    project, found
        Its project and structure.
    finding
        What was found, if somebody has it already; None = it is looked for.
    """

    kind: str
    project: Project
    found: Structure
    finding: Finding | None = None
    title: str = field(init=False)

    def __post_init__(self) -> None:
        self.title = TITLES[self.kind]
        self._ids = self.project.items.load()
        self._subjects = {one.name: one for one in self._look(self.project.partition())}

    def card(self, partition: Partition, passed: Collection[str]) -> Card | None:
        """The next finding that no answer has settled."""
        for subject in self._subjects.values():
            if f"{self.kind}:{subject.name}" not in passed and not self._settled(subject, partition):
                return self._card(subject, partition)
        return None

    def edits(self, card: Card, answer: Answer, partition: Partition) -> tuple[list[Edit], str]:
        """A label is put right or confirmed; what is nothing is set aside; of the same things one is kept."""
        subject = self._subjects[card.key.rpartition(":")[2]]
        if self.kind == DUPLICATES:
            return self._kept(subject, answer, partition)
        rows = Rows(subject.rows)
        if isinstance(answer, Unknown):
            return [SetAside(rows)], "Looked again: set 1 item aside"
        if not isinstance(answer, Name):
            return [], ""
        titles = [_title(partition, one).casefold() for one in subject.cluster_ids]
        place = titles.index(answer.text.casefold()) if answer.text.casefold() in titles else -1
        own = int(partition.cluster_of[subject.rows[0]])
        told = f"Looked again: 1 item is “{answer.text}”"
        if place < 0:
            acts = Acts(partition, known.classes(partition))
            acts.put(subject.rows, answer.text)
            return acts.edits, told
        if subject.cluster_ids[place] != own:
            return [Move(rows, subject.cluster_ids[place])], told
        others = [Reject(rows, one) for one in subject.cluster_ids if one != own]
        return [Confirm(rows), *others], f"{told}, as it was"

    def told(self, partition: Partition) -> Told:
        """How many are left."""
        left = sum(not self._settled(one, partition) for one in self._subjects.values())
        words = f"{len(self._subjects) - left:,} of {count(len(self._subjects), 'finding')} settled"
        return Told(words, "" if self._subjects else "Nothing of this kind was found.")

    def _look(self, partition: Partition) -> Iterator[_Subject]:
        if self.kind == DUPLICATES:
            for group in near_duplicates.groups(self.project, self.found):
                first = np.lexsort((group, ~partition.in_named()[group], ~partition.confirmed[group]))
                yield _Subject(group[first])
            return
        finding = self.finding or look_again.find(self.kind, self.project, partition, self.found)
        for row in finding.scope.rows.tolist():
            own = int(partition.cluster_of[row])
            other = finding.proposed.get(row) or (self._around(row, partition) if self.kind == ALONE else own)
            yield _Subject(np.array([row]), tuple(dict.fromkeys(one for one in (other, own) if one != UNDECIDED)))

    def _around(self, row: int, partition: Partition) -> int:
        """The cluster in which most of an item's neighbours are."""
        near = self.found.graph.neighbours[self.found.positions(np.array([row]))[0]]
        return int(np.bincount(partition.cluster_of[self.found.rows[near]]).argmax())

    def _settled(self, subject: _Subject, partition: Partition) -> bool:
        rows = subject.rows[~(partition.aside | partition.gone)[subject.rows]]
        if self.kind == DUPLICATES:
            return len(rows) < 2 or bool(partition.confirmed[rows].all())
        if not len(rows) or not set(subject.cluster_ids) <= partition.clusters.keys():
            return True
        if self.kind != LABELS:
            return bool(partition.confirmed[rows[0]])
        proposed, own = subject.cluster_ids[0], int(partition.cluster_of[rows[0]])
        return own != subject.cluster_ids[-1] or bool(
            np.isin(rejected_key(rows, np.array([proposed])), partition.rejected_keys).any()
        )

    def _card(self, subject: _Subject, partition: Partition) -> Card:
        key = f"{partition.revision}:{self.kind}:{subject.name}"
        if self.kind == DUPLICATES:
            rows = subject.rows[~(partition.aside | partition.gone)[subject.rows]][:MOST_SHOWN]
            shown = tuple(map(str, self._ids.some("item_id", rows)))
            labels = sorted({partition.label_of(int(row)) for row in rows} - {""})
            differ = f" They carry {len(labels)} labels: {', '.join(labels)}." if len(labels) > 1 else ""
            return Card(
                "merge",
                (shown[:1], shown[1:]),
                "Are these the same?",
                f"They show or say the same. Yes keeps the first and sets {count(len(shown) - 1)} aside.{differ}",
                value=float(len(labels) > 1),
                seconds=effort.compare(len(shown)),
                size=len(shown),
                key=key,
                words=_SAME,
            )
        titles = tuple(_title(partition, one) for one in subject.cluster_ids)
        own, other = (f"“{titles[place]}”" if titles else "nothing" for place in (-1, 0))
        return Card(
            "check",
            (tuple(map(str, self._ids.some("item_id", subject.rows))),),
            "What is this?",
            _WHY[self.kind].format(own=own, other=other),
            suggestions=titles,
            value=0.5 if len(titles) > 1 else 0.0,
            seconds=effort.check(),
            size=1,
            key=key,
        )

    def _kept(self, subject: _Subject, answer: Answer, partition: Partition) -> tuple[list[Edit], str]:
        rows = subject.rows[~(partition.aside | partition.gone)[subject.rows]][:MOST_SHOWN]
        if isinstance(answer, Yes):
            return [SetAside(Rows(rows[1:]))], f"Kept one of {count(len(rows))} that are the same"
        placed = rows[partition.cluster_of[rows] != UNDECIDED]
        if isinstance(answer, No) and len(placed):
            return [Confirm(Rows(placed))], f"Kept {count(len(rows))} that look the same"
        return [], ""


def _title(partition: Partition, cluster_id: int) -> str:
    return partition.clusters[cluster_id].name or f"Cluster {cluster_id}"
