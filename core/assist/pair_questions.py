"""Whether a named cluster is one thing, and whether two names are: asked between the cards of the queue.

Labels come from names, so only clusters with a name are asked about: taking a nameless one apart would put nothing
right. A question comes when it is worth more for a second of the person's time than the card that the queue has next;
of a split that counts the second question, too, which asks what the part is that left.

What was answered is read off the partition. A Yes to a split leaves a part that is kept apart from its cluster and of
which the shown items are refused there; a No leaves the shown items of both halves confirmed together.
"""

from __future__ import annotations

from copy import copy

import numpy as np

from core.assist import effort, merges, split_suggestions, wording
from core.assist.questions import Question
from core.assist.typicality import exemplars
from core.partition.partition import Origin, Partition
from core.pipeline import Structure

# Clusters that are looked into at each answer, in turn: one takes 5 to 20 ms.
_IN_TURN = 3
_TWINS = 10
_FEWEST = 8
_EXEMPLARS = 9
_NAMES = 500


class PairQuestions:
    """Finds them. Keeps nothing but what was skipped.

    Parameters
    ----------
    found
        With features, graph and rows.
    """

    def __init__(self, found: Structure) -> None:
        self._rows = found.rows
        self._features = np.asarray(found.features)
        self._neighbours = found.graph.neighbours
        self.passed: set[str] = set()
        self._compared: set[tuple[int, int]] = set()

    def fork(self) -> PairQuestions:
        """One that knows the same and remembers by itself from here on."""
        twin = copy(self)
        twin.passed, twin._compared = self.passed.copy(), self._compared.copy()
        return twin

    def before(self, following: Question, partition: Partition) -> Question:
        """The question to ask now: the most valuable one of these for its seconds, else `following`."""
        found = [*self._parts(partition), *self._names(partition), *self._splits(partition, _rate(following))]
        found = [one for one in found if one.key not in self.passed]
        return max([following, *found], key=_rate)

    def twins(self, partition: Partition) -> Question | None:
        """Two clusters that lie together and are probably one thing under two names; each two once a session."""
        found = merges.suggest(partition, self._rows, self._features, self._neighbours, most=_TWINS)
        new = [one for one in found if one.cluster_ids not in self._compared]
        if not new:
            return None
        self._compared.add(new[0].cluster_ids)
        return wording.merge_question(new[0], partition)

    def _splits(self, partition: Partition, least: float) -> list[Question]:
        """Named clusters that hold two things, if there can be one that is worth more than `least` items a second."""
        unlooked = (partition.origin == Origin.MACHINE) & ~partition.confirmed
        waiting = np.bincount(partition.cluster_of[unlooked], minlength=partition.next_id)
        named = np.array([one.id for one in partition.clusters.values() if one.name], dtype=np.int64)
        worth_it = waiting[named] > max(_FEWEST, least * (effort.compare(0) + effort.name(0)))
        chosen = named[worth_it]
        if len(chosen) > _IN_TURN:
            chosen = np.roll(chosen, -partition.revision * _IN_TURN)[:_IN_TURN]
        found = split_suggestions.suggest(
            partition, self._rows, self._features, self._neighbours, cluster_ids=chosen.tolist()
        )
        return [wording.split_question(one, partition, int(unlooked[one.parts[1].array].sum())) for one in found]

    def _parts(self, partition: Partition) -> list[Question]:
        """Nameless parts that a person split off a cluster with a name: what are they?"""
        rejected = partition.rejected()
        place = partition.cluster_of[rejected[:, 0]]
        left = sorted({*zip(place.tolist(), rejected[:, 1].tolist(), strict=True)} & _both_ways(partition.apart()))
        found = []
        for part, whole in left:
            there = part in partition.clusters and whole in partition.clusters
            if not there or partition.clusters[part].name or not partition.clusters[whole].name:
                continue
            inside = np.flatnonzero((partition.cluster_of[self._rows] == part) & ~partition.confirmed[self._rows])
            if len(inside) >= 2:
                shown = self._rows[inside[exemplars(self._features, inside, _EXEMPLARS)]]
                found.append(wording.part_question(part, shown, len(inside), partition.title(whole)))
        return found

    def _names(self, partition: Partition) -> list[Question]:
        """Clusters whose names differ by a letter, and which lie as if they were one thing."""
        clusters = sorted(
            (one for one in partition.clusters.values() if one.name), key=lambda one: -partition.size(one.id)
        )
        alike = nearly_same({one.id: one.name for one in clusters[:_NAMES]})
        if not alike:
            return []
        found = merges.suggest(
            partition, self._rows, self._features, self._neighbours,
            cluster_ids={one for pair in alike for one in pair},
        )  # fmt: skip
        return [wording.merge_question(one, partition) for one in found if tuple(sorted(one.cluster_ids)) in alike]


def nearly_same(names: dict[int, str]) -> set[tuple[int, int]]:
    """Pairs of keys, the smaller first, whose names differ by a letter or a plural, but not in case only.

    Names that differ by a letter are the same without one of their letters, so no name is compared with all.
    """
    by_form: dict[str, list[int]] = {}
    for key, name in names.items():
        folded = name.casefold().strip()
        forms = {folded, folded.removesuffix("es"), *(folded[:at] + folded[at + 1 :] for at in range(len(folded)))}
        for form in forms:
            by_form.setdefault(form, []).append(key)
    pairs = {
        (min(one, other), max(one, other))
        for keys in by_form.values()
        for place, one in enumerate(keys)
        for other in keys[:place]
    }
    return {pair for pair in pairs if merges.name_likeness(names[pair[0]], names[pair[1]]) == merges.NEARLY}


def _rate(question: Question) -> float:
    """Items put right in a second of the person's time, with what she is asked in consequence."""
    after = question.sureness * effort.name(_EXEMPLARS) if question.kind == "split" else 0.0
    return question.value / max(question.seconds + after, 1e-9)


def _both_ways(pairs: list[tuple[int, int]]) -> set[tuple[int, int]]:
    return {*pairs, *((other, one) for one, other in pairs)}
