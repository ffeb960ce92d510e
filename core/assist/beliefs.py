"""What the machine thinks every item is, given what a person verified so far: two cheap models and their mixture.

How much each is trusted is decided on this collection's own evidence: on the verified items, each predicted from the
others. Propagation follows the shape of the groups, regression the directions that tell them apart; neither wins
everywhere (Bonet et al. 2024, arXiv:2401.14555).
"""

from __future__ import annotations

from copy import copy
from dataclasses import dataclass, field

import numpy as np

from core.assist import propagation, regression
from core.assist.branches import Branches
from core.assist.propagation import Operator, Propagation
from core.assist.regression import Landmarks
from core.structure.graph import Graph
from core.structure.tree import Tree

# All members of a cluster that was named as a whole count together as much as this many verified items.
_WEAK = 1.0
# Items of a group that is looked at as one: enough for a majority, few enough to be taken in at a glance (three of five
# are as telling as six of ten).
IN_A_LOOK = 5
_MIXES = np.linspace(0.0, 1.0, 11)
# The share of propagation that is expected where all groups were of one kind and each class had one look; how fast it
# falls where they were not; items of groups that count as alike before any was looked at; and how many judging items
# more a share must get right that is wholly another than the expected one.
_START, _FALLS, _ALIKE, _DRAWN = 0.8, 3, 5, 30.0
# What the tree expects weighs this share of the mass that a verified item has.
_FROM_TREE = 0.03
# A region is well reached when it has this share of the mass that a verified item has.
_REACHED = 0.02
_AGAINST, _HARDLY, _TOO_FEW = 0.6, 0.05, 2


@dataclass(frozen=True)
class Evidence:
    """What a person said, by position (index among the items that have a vector).

    Attributes
    ----------
    positions, classes
        (v,) int64: verified items and their class.
    count
        Number of classes.
    refused
        (k, 2) int64: (position, class) pairs that a person ruled out.
    weak
        (w, 2) int64: (position, class) of members of clusters that were named as a whole.
    loose
        (l, 2) int64: (position, class) of items of which a person said it of most, not of each. The models learn from
        them as from verified ones.
    grouped
        (v,) bool: verified together with its neighbours at one look, so the others say too much about it: it judges no
        model. None = none was.
    """

    positions: np.ndarray
    classes: np.ndarray
    count: int
    refused: np.ndarray = field(default_factory=lambda: np.empty((0, 2), np.int64))
    weak: np.ndarray = field(default_factory=lambda: np.empty((0, 2), np.int64))
    loose: np.ndarray = field(default_factory=lambda: np.empty((0, 2), np.int64))
    grouped: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.positions)

    def judges(self) -> np.ndarray:
        """(v,) bool: the verified items that were looked at by themselves."""
        return np.ones(len(self), dtype=bool) if self.grouped is None else ~self.grouped

    def looked(self, m: int) -> np.ndarray:
        """(m,) float32: how much of a look each item had; 1 = by itself, 0 = none."""
        found = np.zeros(m, dtype=np.float32)
        found[self.loose[:, 0]] = 1 / IN_A_LOOK
        found[self.positions] = np.where(self.judges(), 1, 1 / IN_A_LOOK)
        return found

    def agreement(self) -> float:
        """How often items that lie together were found to be of one kind, by the groups that were looked at."""
        of_one_kind = len(self) - int(self.judges().sum()) + _ALIKE
        return of_one_kind / (of_one_kind + len(self.loose))

    def trust_in_edges(self, trusted: np.ndarray | None = None) -> float:
        """The share of propagation in the mixture that is to be expected: what is spread along an edge is right when
        both of its ends are of one kind, and regression needs some items of each class.

        `trusted` (v,) bool are the verified items that something is learned from; None = all.
        """
        alone = self.judges()[slice(None) if trusted is None else trusted]
        looks = int(alone.sum()) + (int((~alone).sum()) + len(self.loose)) / IN_A_LOOK
        return _START * self.agreement() ** _FALLS / max(1.0, looks / max(self.count, 1)) ** 0.5

    def nothing(self) -> bool:
        """Whether nobody has said anything that a model could learn from."""
        return not (len(self.positions) or len(self.weak) or len(self.loose))


@dataclass(frozen=True)
class Beliefs:
    """Probabilities and where they come from.

    Attributes
    ----------
    probability
        (m, c) float32; a verified item has 1 at its class.
    reached
        (m,) float32 in 0 … 1: how well what was verified reaches this item; 0 = nothing like it was seen.
    left_out, reached_out
        (v, c) and (v,) float32: the same for the verified items, each from all the others.
    mix
        Share of propagation in the mixture.
    """

    probability: np.ndarray
    reached: np.ndarray
    left_out: np.ndarray
    reached_out: np.ndarray
    mix: float

    def best(self) -> np.ndarray:
        """(m,) int64: the likeliest class."""
        return self.probability.argmax(axis=1)

    def certainty(self) -> np.ndarray:
        """(m,) float32: margin between the two likeliest classes, small where nothing like the item was seen."""
        return margin(self.probability) * self.reached

    def contradicted(self, classes: np.ndarray) -> np.ndarray:
        """(v,) bool: verified items, of `classes` (v,), that all others speak against: a slip of the hand is likelier.

        Their labels stay, but nothing is learned from them: one wrong answer at the middle of a group would pull the
        whole group with it.
        """
        own = self.left_out[np.arange(len(classes)), classes]
        # A class of one or two has nobody to speak for it.
        known = np.bincount(classes)[classes] > _TOO_FEW
        return known & (self.left_out.max(axis=1) * self.reached_out > _AGAINST) & (own < _HARDLY)


class Learner:
    """Keeps both models up to date while evidence comes; built once a collection.

    Parameters
    ----------
    features
        (m, d) float32 unit rows.
    graph, tree
        Of these features.
    """

    def __init__(self, features: np.ndarray, graph: Graph, tree: Tree) -> None:
        self.operator = Operator(graph)
        self.branches = Branches(tree)
        self.landmarks = Landmarks(features)
        self._propagation = Propagation(self.operator)

    def fork(self) -> Learner:
        """One that knows the same and learns by itself from here on, to see what an answer would change."""
        twin = copy(self)
        twin._propagation = self._propagation.fork()
        return twin

    def learn(self, evidence: Evidence) -> Beliefs:
        """What follows from the evidence; at least one item must be verified, or known loosely or weakly."""
        positions, classes = evidence.positions, evidence.classes
        trusted = np.ones(len(positions), dtype=bool)
        found = self._fitted(evidence, trusted)
        contradicted = found.contradicted(classes)
        if contradicted.any():
            trusted = ~contradicted
            found = self._fitted(evidence, trusted)
        _rule_out(found.probability, evidence.refused)
        found.probability[positions] = 0
        found.probability[positions, classes] = 1
        return found

    def _fitted(self, evidence: Evidence, trusted: np.ndarray) -> Beliefs:
        """Both models from the trusted of the verified items, judged on all of them."""
        positions, classes, count = evidence.positions, evidence.classes, evidence.count
        seeds = np.zeros((len(self.operator), count), dtype=np.float32)
        _plant_weakly(seeds, evidence)
        loosely, said = evidence.loose.T
        seeds[loosely, said] = 1
        seeds[positions] = 0
        seeds[positions[trusted], classes[trusted]] = 1
        self._propagation.update(seeds)
        totals, columns = seeds.sum(axis=0), self._propagation.columns
        out = self._propagation.left_out(positions, classes, trusted)
        mass, mass_out = columns.sum(axis=1), out.sum(axis=1)
        usual = float(np.median(mass[positions])) if len(positions) else float(mass.max(initial=0))
        expected, expected_out = self._by_branch(seeds, evidence, trusted)
        spread = propagation.shares(columns + _FROM_TREE * usual * expected, totals)
        spread_out = propagation.shares(out + _FROM_TREE * usual * expected_out, totals)
        if trusted.any() or len(loosely):
            rows = self.landmarks.rows
            told, told_classes = np.append(positions[trusted], loosely), np.append(classes[trusted], said)
            fitted = regression.fit(rows[told], told_classes, count)
            fitted_out = np.empty_like(spread_out)
            fitted_out[trusted] = fitted.left_out[: int(trusted.sum())]
            fitted_out[~trusted] = fitted.of(rows[positions[~trusted]])
            judging = trusted & evidence.judges()
            expected_mix = evidence.trust_in_edges(trusted)
            mix = _chosen_mix(spread_out[judging], fitted_out[judging], classes[judging], expected_mix)
            probability = mix * spread + (1 - mix) * fitted.of(rows)
            left_out = mix * spread_out + (1 - mix) * fitted_out
        else:
            mix, probability, left_out = 1.0, spread, spread_out
        enough = _REACHED * max(usual, 1e-12)
        return Beliefs(probability, mass / (mass + enough), left_out, mass_out / (mass_out + enough), mix)

    def _by_branch(self, seeds: np.ndarray, evidence: Evidence, trusted: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """(m, c) and (v, c) float32: what the tree expects of every item, and of each verified one from the others."""
        positions, classes = evidence.positions, evidence.classes
        looked = evidence.looked(len(seeds))
        told = np.concatenate([evidence.weak[:, 0], evidence.loose[:, 0], positions[trusted]])
        said = np.concatenate([evidence.weak[:, 1], evidence.loose[:, 1], classes[trusted]])
        weights = seeds[told, said] * np.where(looked[told] > 0, looked[told], 1)
        found = self.branches.found(told, said, weights, evidence.count)
        own = looked[positions] * trusted
        return self.branches.of_all(found), self.branches.left_out(found, positions, classes, own)


def margin(probability: np.ndarray) -> np.ndarray:
    """(k,) float32: how far the likeliest class of each row of (k, c) is ahead of the next."""
    if probability.shape[1] < 2:
        return probability.sum(axis=1)
    two = np.partition(probability, -2, axis=1)[:, -2:]
    return two[:, 1] - two[:, 0]


def _plant_weakly(seeds: np.ndarray, evidence: Evidence) -> None:
    if not len(evidence.weak):
        return
    sizes = np.bincount(evidence.weak[:, 1], minlength=evidence.count)
    weight = np.minimum(0.15, _WEAK / np.maximum(sizes, 1))
    seeds[evidence.weak[:, 0], evidence.weak[:, 1]] = weight[evidence.weak[:, 1]]


def _chosen_mix(spread: np.ndarray, fitted: np.ndarray, classes: np.ndarray, expected: float) -> float:
    """The share of propagation that gets most of the judging items right, each predicted from the others, drawn
    towards the `expected` one while they are few; the middle of a tie."""
    mixes = np.append(_MIXES, expected)
    right = np.array([((mix * spread + (1 - mix) * fitted).argmax(axis=1) == classes).sum() for mix in mixes])
    likely = right - _DRAWN * (mixes - expected) ** 2
    return float(mixes[likely == likely.max()].mean())


def _rule_out(probability: np.ndarray, refused: np.ndarray) -> None:
    if len(refused):
        probability[refused[:, 0], refused[:, 1]] = 0
        rows = np.unique(refused[:, 0])
        # Where nothing else was likely, every class that was not refused is.
        probability[rows] += 1e-6
        probability[refused[:, 0], refused[:, 1]] = 0
        probability[rows] /= np.maximum(probability[rows].sum(axis=1, keepdims=True), 1e-12)
