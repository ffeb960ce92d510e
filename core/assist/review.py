"""The review loop: the next question, and what its answer does. The app, scripts and the benchmark use this alone.

    with Project.open(path) as project:
        review = Review(project)
        while (card := review.next()) is not None:
            review.answer(card, Name("cat"))

One answer is one edit in the journal: what the person said and the labels that follow from it, undone together.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import copy
from dataclasses import dataclass, replace

import numpy as np
from threadpoolctl import threadpool_limits

from core import pipeline
from core.assist import acting, known, questions, spreading, wording
from core.assist.answers import Answer
from core.assist.beliefs import Beliefs, Evidence, Learner
from core.assist.cards import Card
from core.assist.confidence import Calibration
from core.assist.coverage import Coverage
from core.assist.known import Classes
from core.assist.pair_questions import PairQuestions
from core.assist.questions import Question, Situation
from core.assist.typicality import exemplars
from core.errors import BadInput
from core.partition.edits import Edit, Together
from core.partition.fold import apply
from core.partition.journal import Event
from core.partition.partition import Partition
from core.project import Project

# A cluster with more verified items than this is known from them already.
_LOOKED_INTO = 2
# Items; working out an answer takes about a second there.
_FORESEEN_UP_TO = 150_000

# Names for the items of some rows, best first, when nothing was named yet.
Namer = Callable[[np.ndarray], Sequence[str]]


@dataclass(frozen=True, eq=False)
class _State:
    """What is known at one revision."""

    partition: Partition
    classes: Classes
    evidence: Evidence
    beliefs: Beliefs | None
    stated: Calibration | None


@dataclass(frozen=True, eq=False)
class _Foreseen:
    """What an answer to the open card would lead to."""

    card: Card
    answer: Answer
    revision: int
    edits: list[Edit]
    after: _State
    review: Review

    def fits(self, card: Card, answer: Answer, revision: int) -> bool:
        """Whether this was foreseen, from what is known now."""
        return (self.card.key, self.answer, self.revision) == (card.key, answer, revision)


class Review:
    """Questions about one project. Not safe for threads; one object a person.

    Parameters
    ----------
    project
        Open for writing, with a finished analysis.
    namer
        Suggests names for rows while no name fits; None = only names in use are suggested.

    Raises
    ------
    NotFound
        When the analysis has not run.
    """

    def __init__(self, project: Project, namer: Namer | None = None) -> None:
        self._project = project
        self._namer = namer
        self._found = pipeline.structure(project)
        self._rows = self._found.rows
        self._ids = project.items.load().item_id
        self._groups = self._machine_groups()
        with threadpool_limits(1):
            self._learner = Learner(self._found.features, self._found.graph, self._found.tree)
            # Half the number of clusters: the first few answers then cover more, and the cut gets finer by itself.
            coarsest = (int(self._groups.max(initial=0)) + 1) // 2
            self._coverage = Coverage(self._found.features, self._found.tree, coarsest)
        self._state: _State | None = None
        self._pairs = PairQuestions(self._found)
        self._asked: tuple[int, Card, Question] | None = None
        self._put_off: set[int] = set()
        self._asked_again: set[int] = set()
        self._answers_since = 0
        self._shown: dict[tuple[int, int], np.ndarray] = {}
        self._foreseen: _Foreseen | None = None

    @property
    def calibration(self) -> Calibration | None:
        """What confidence rests on now; None before 30 items are verified."""
        return self._now().stated

    def next(self) -> Card | None:
        """The most useful question now; None when nothing is worth asking. The same one until it is answered."""
        state = self._now()
        if self._asked is None or self._asked[0] != state.partition.revision:
            with threadpool_limits(1):
                question = self._following(state)
            if question is None:
                return None
            self._asked = (state.partition.revision, self._card(question, state), question)
        return self._asked[1]

    def ahead(self) -> Card | None:
        """The card that comes next if the open one is answered as is likeliest; None when none can be foreseen.

        To be called while the person looks at the open card, so that the pictures of the next one can be fetched. The
        answer, when it is the foreseen one, then costs no computation any more; any other is as it would be without.
        Of very large collections nothing is foreseen: it would take longer than she looks.
        """
        if self.next() is None or len(self._rows) > _FORESEEN_UP_TO:
            return None
        _, card, question = self._asked  # type: ignore[misc]
        if self._foreseen is None or self._foreseen.card.key != card.key:
            with threadpool_limits(1):
                self._foreseen = self._foresee(card, question)
        twin = self._foreseen and self._foreseen.review._asked
        return twin[1] if twin else None

    def answer(self, card: Card, answer: Answer, who: str = "", key: str | None = None) -> Event | None:
        """Store an answer with all that follows from it; when this returns it is on the disk.

        Parameters
        ----------
        card
            The one that `next` gave last.
        who, key
            As of `Project.apply`.

        Returns
        -------
        Event or None
            None when the answer changes nothing (skipped).

        Raises
        ------
        BadInput
            When the answer does not fit the card, or the card is not the open one any more.
        Conflict
            When somebody changed what the card is about; `next` gives a new one.
        """
        card.refuse_unfit(answer)
        if self._asked is None or self._asked[1].key != card.key:
            raise BadInput("This question is not open any more.", "It was answered, or labels changed since.", "Go on.")
        revision, _, question = self._asked
        self._asked = None
        ids = [str(one) for one in self._ids[question.rows]]
        state = self._now()
        edits, what = acting.edits(question, answer, ids, state.partition, state.classes)
        if not edits:
            self._pass_over(question)
            return None
        foreseen, self._foreseen = self._foreseen, None
        if foreseen is not None and foreseen.fits(card, answer, state.partition.revision):
            after, edits = foreseen.after, foreseen.edits
        else:
            foreseen = None
            with threadpool_limits(1):
                after, edits = self._with_consequences(state, edits)
        event = self._project.apply(Together(tuple(edits), what), revision=revision, who=who, key=key)
        partition = self._project.partition()
        if partition.revision == after.partition.revision:
            if foreseen is not None:
                vars(self).update(vars(foreseen.review))
            self._state = replace(after, partition=partition)
        if foreseen is None:
            self._answers_since += 1
        return event

    def _foresee(self, card: Card, question: Question) -> _Foreseen | None:
        """The state and the card after the likeliest answer, worked out by a twin that shares nothing that changes."""
        state, likely = self._now(), acting.likeliest(question, card)
        ids = [str(one) for one in self._ids[question.rows]]
        edits, _ = acting.edits(question, likely, ids, state.partition, state.classes)
        if not edits:
            return None
        twin = copy(self)
        for name, value in vars(self).items():
            if isinstance(value, (set, dict, list, Coverage, Learner, PairQuestions)):
                setattr(twin, name, value.fork() if hasattr(value, "fork") else value.copy())
        twin._answers_since, twin._foreseen = twin._answers_since + 1, None
        after, edits = twin._with_consequences(state, edits)
        following = twin._following(after)
        twin._asked = following and (after.partition.revision, twin._card(following, after), following)
        return _Foreseen(card, likely, state.partition.revision, edits, after, twin)

    def _with_consequences(self, state: _State, edits: list[Edit]) -> tuple[_State, list[Edit]]:
        """The state after the edits, and the edits with the labels that follow from them."""
        first = state.partition.next_id
        partition = apply(state.partition, Together(tuple(edits))).partition
        after = self._learned(partition)
        if after.beliefs is not None and len(after.classes) > 1:
            spread = spreading.spread(partition, after.classes, self._rows, after.beliefs, after.stated)
            edits = edits + [_relative(edit, first) for edit in spread]
        return after, edits

    def _now(self) -> _State:
        partition = self._project.partition()
        if self._state is None or self._state.partition.revision != partition.revision:
            with threadpool_limits(1):
                self._state = self._learned(partition)
        return self._state

    def _learned(self, partition: Partition) -> _State:
        classes = known.classes(partition)
        evidence = known.evidence(partition, classes, self._rows, self._groups)
        if evidence.nothing():
            return _State(partition, classes, evidence, None, None)
        beliefs = self._learner.learn(evidence)
        return _State(partition, classes, evidence, beliefs, spreading.calibration(beliefs, evidence))

    def _following(self, state: _State) -> Question | None:
        question = self._choose(state)
        return question and self._pairs.before(question, state.partition)

    def _choose(self, state: _State) -> Question | None:
        partition = state.partition
        undecided_about = ~(partition.confirmed | partition.aside | partition.gone)[self._rows]
        put_off = np.zeros(len(self._rows), dtype=bool)
        put_off[list(self._put_off)] = True
        if not (undecided_about & ~put_off).any() and self._answers_since:
            self._put_off.clear()
            self._answers_since = 0
            put_off[:] = False
        open_items = undecided_about & ~put_off
        if not open_items.any():
            return self._slip(state) or self._twins(partition)
        here = Situation(
            self._found.graph,
            self._coverage,
            state.evidence,
            state.beliefs,
            state.stated,
            open_items,
        )
        groups, sizes = self._unlooked(partition, open_items)
        shown = self._exemplars(partition, groups)
        kind, what = questions.best(here, shown, sizes)
        if kind == "check":
            position, mass = what
            return wording.check_question(self._rows[[position]], mass, here, position)
        if kind == "group":
            positions, mass = what
            return wording.group_question(self._rows[positions], mass)
        if kind == "accept":
            positions, wrong = what
            classes = here.beliefs.probability[positions].argmax(axis=1)
            return wording.accept_question(self._rows[positions], classes, state.classes.names, wrong)
        cluster_id, name, agreement = what
        rows, halves = self._rows[shown[cluster_id]], self._halves(groups[cluster_id])
        return wording.name_question(cluster_id, rows, sizes[cluster_id], state.classes.names[name], agreement, halves)

    def _slip(self, state: _State) -> Question | None:
        """When all is settled: the verified item that the others speak against most clearly, once a session."""
        if state.beliefs is None or len(state.classes) < 2:
            return None
        positions, classes = state.evidence.positions, state.evidence.classes
        again = np.isin(positions, list(self._asked_again))
        doubtful = np.flatnonzero(state.beliefs.contradicted(classes) & ~again)
        if not len(doubtful):
            return None
        worst = doubtful[np.argmax(state.beliefs.left_out[doubtful].max(axis=1))]
        self._asked_again.add(int(positions[worst]))
        return wording.again_question(self._rows[[positions[worst]]])

    def _twins(self, partition: Partition) -> Question | None:
        """When all is settled: two clusters that lie together and are probably one thing under two names."""
        return self._pairs.twins(partition)

    def _unlooked(self, partition: Partition, open_items: np.ndarray) -> tuple[dict[int, np.ndarray], dict[int, int]]:
        """Clusters without a name that hardly anybody looked into → positions of their open items; and their sizes."""
        place = partition.cluster_of[self._rows]
        # One place more than there are groups: what is in none (−1) reads it, and nobody ever looked there.
        looked = np.bincount(self._groups[~open_items & (self._groups >= 0)], minlength=int(self._groups.max()) + 2)
        ids = [one.id for one in partition.clusters.values() if not one.name and partition.size(one.id)]
        wanted = np.isin(place, ids) & open_items & (looked[self._groups] <= _LOOKED_INTO)
        order = np.flatnonzero(wanted)[np.argsort(place[wanted], kind="stable")]
        parts = np.split(order, np.flatnonzero(np.diff(place[order])) + 1) if len(order) else []
        groups = {int(place[positions[0]]): positions for positions in parts}
        return groups, {one: partition.size(one) for one in groups}

    def _exemplars(self, partition: Partition, groups: dict[int, np.ndarray]) -> dict[int, np.ndarray]:
        """Cluster → positions of what stands for it, computed anew only for clusters that changed."""
        before, self._shown = self._shown, {}
        for one, positions in groups.items():
            key = (one, partition.clusters[one].version)
            found = before.get(key)
            self._shown[key] = positions[exemplars(self._found.features, positions)] if found is None else found
        return {one: positions for (one, _), positions in self._shown.items()}

    def _halves(self, positions: np.ndarray) -> tuple[np.ndarray, ...]:
        sides = self._found.tree.children(positions)
        return tuple(self._rows[positions[sides == side]] for side in np.unique(sides))

    def _machine_groups(self) -> np.ndarray:
        groups = np.full(len(self._rows), -1, dtype=np.int32)
        if self._found.has("clustering"):
            labels = self._found.clustering.labels
            groups[: len(labels)] = labels
        return groups

    def _pass_over(self, question: Question) -> None:
        self._pairs.passed.add(question.key)
        if question.kind == "split":
            return
        self._put_off.update(self._found.positions(question.rows).tolist())

    def _card(self, question: Question, state: _State) -> Card:
        positions = self._found.positions(question.rows)
        suggestions = wording.suggestions(question, state.beliefs, state.classes.names, positions)
        if not suggestions and self._namer is not None and question.kind in ("name", "check"):
            suggestions = tuple(self._namer(question.rows))
        return wording.card(question, self._ids, suggestions, state.partition.revision)


def _relative(edit: Edit, first: int) -> Edit:
    """The edit with clusters from `first` on named by their place among those that this act makes."""
    ids = edit.cluster_ids
    return replace(edit, cluster_ids=np.where(ids >= first, first - 1 - ids, ids).astype(np.int32))
