"""Which clusters are one thing in two pieces: suggested with a reason, learned from what this project's person says."""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from core.assist.pairs import SIGNALS, Groups, positions_of
from core.partition.edits import Apart, Confirm, Edit, Merge, Redo, Split, Spread, Together, Undo
from core.partition.fold import apply
from core.partition.partition import UNDECIDED, Partition

LEARN_FROM = 20
NEARLY = 0.5
# From here on nine of ten are right in every collection of tests/bench/bench_suggestions.py; where none is so likely,
# as among the docstrings, nothing is suggested.
LIKELY = 0.8
_REMEMBERED = 300
_SMALLEST = 3
# A table of all clusters by all clusters is held; the smallest of very many can wait.
_MOST_CLUSTERS = 2_000
_MOST_PAIRS = 1_000

# Fitted by tests/bench/fit_merges.py on 40 synthetic collections (5 to 50 classes with sub-modes, balanced to long
# tails, 16 to 128 dimensions), cut into 1.5, 3 and 5 times as many clusters as classes, and on halves of single and of
# two classes (44,000 pairs); a strong ridge, so that no signal carries the sum alone. Ward's height and the overlap
# took weight from the cosine there and lost on digits and on texts: they begin at nothing and count as far as this
# project's own decisions say. No synthetic collection has names, so their weight is set by judgement.
_WEIGHTS = np.array([0.281, 5.81, 0.0, 0.0, 0.29, 3.0])
_INTERCEPT = -2.299
# Spread of each signal over those pairs: a step of the same surprise in each.
_SCALES = np.array([2.566, 0.388, 1.289, 0.114, 1.493, 0.5])
_PRIOR_SPREAD = 0.7


@dataclass(frozen=True, eq=False)
class MergeModel:
    """What each signal counts for.

    Attributes
    ----------
    weights
        (6,) float64: `pairs.SIGNALS`, then how the names agree (`name_likeness`).
    intercept
        Log-odds where all signals are 0.
    decisions
        How many of this project's own decisions it has learned from.
    """

    weights: np.ndarray
    intercept: float
    decisions: int = 0

    def probability(self, signals: np.ndarray) -> np.ndarray:
        """(p,) float64: probability that a person would call the two one thing, from (p, 6) signals."""
        return 1 / (1 + np.exp(-np.clip(signals @ self.weights + self.intercept, -40, 40)))

    def learned(self, signals: np.ndarray, same: np.ndarray) -> MergeModel:
        """The model after this project's decisions: (p, 6) signals, (p,) bool same; unchanged below `LEARN_FROM`.

        The shipped weights are the prior: a normal distribution around them, so few decisions move them little.
        """
        if len(same) < LEARN_FROM:
            return self
        design = np.column_stack([signals / _SCALES, np.ones(len(same))])
        centre = np.append(self.weights * _SCALES, self.intercept)
        beta = centre.copy()
        ridge = np.full(len(beta), 1 / _PRIOR_SPREAD**2)
        ridge[-1] /= 4  # how readily this person merges at all differs most
        for _ in range(50):
            rate = 1 / (1 + np.exp(-np.clip(design @ beta, -30, 30)))
            gradient = design.T @ (rate - same) + ridge * (beta - centre)
            step = np.linalg.solve((design.T * (rate * (1 - rate))) @ design + np.diag(ridge), gradient)
            beta = beta - step / max(1.0, float(np.abs(step).max()))
            if np.abs(step).max() < 1e-8:
                break
        return MergeModel(beta[:-1] / _SCALES, float(beta[-1]), len(same))


SHIPPED = MergeModel(_WEIGHTS, _INTERCEPT)


@dataclass(frozen=True, eq=False)
class MergeSuggestion:
    """Two clusters that are probably one.

    Attributes
    ----------
    cluster_ids
        The two, the bigger first.
    probability
        That a person would call them the same.
    why
        One sentence.
    shown
        For each of the two, rows (≤ 6) of it that lie towards the other: where a difference would show.
    """

    cluster_ids: tuple[int, int]
    probability: float
    why: str
    shown: tuple[np.ndarray, np.ndarray]

    def edit(self) -> Merge:
        """What Yes does."""
        return Merge(self.cluster_ids)

    def refusal(self) -> Apart:
        """What No does."""
        return Apart(self.cluster_ids)


@dataclass(frozen=True, eq=False)
class Decision:
    """What a person said about two sets of rows, (m,) int64 each, at the time.

    Of a cluster that she left whole only what was shown of its halves is stored: `whole` (m,) int64 are its rows, which
    are divided again by what they are nearer to.
    """

    one: np.ndarray
    other: np.ndarray
    same: bool
    whole: np.ndarray | None = None


def suggest(
    partition: Partition,
    rows: np.ndarray,
    features: np.ndarray,
    neighbours: np.ndarray,
    model: MergeModel = SHIPPED,
    most: int = 20,
    least: float = LIKELY,
    near: int = 5,
    cluster_ids: Collection[int] | None = None,
) -> list[MergeSuggestion]:
    """The pairs of clusters that are most probably one thing, best first; none that a person keeps apart.

    What she said of two clusters without names is asked again when one of them changed by more than a fifth.

    Parameters
    ----------
    rows
        (n,) int64: the items that have a vector.
    features
        (n, d) float32 of these, rows of unit length.
    neighbours
        (n, k) int32 positions among these, as in `Graph`.
    most, least
        At most so many, each with at least this probability.
    near
        How many of each cluster's nearest are looked at.
    cluster_ids
        Look at these only; None = all.
    """
    ids, members = _members(partition, rows, cluster_ids)
    groups = Groups(features, neighbours, members)
    pairs = groups.nearest(near)
    kept = partition.kept_apart() | _names_apart(partition)
    pairs = pairs[[(ids[a], ids[b]) not in kept for a, b in pairs.tolist()]] if len(pairs) else pairs
    if not len(pairs):
        return []
    names = np.array([name_likeness(*(partition.clusters[ids[each]].name for each in pair)) for pair in pairs.tolist()])
    if len(pairs) > _MOST_PAIRS:
        quick = model.probability(np.column_stack([groups.compare(pairs, quickly=True), names]))
        best = np.sort(np.argsort(-quick, kind="stable")[:_MOST_PAIRS])
        pairs, names = pairs[best], names[best]
    signals = np.column_stack([groups.compare(pairs), names])
    chance = model.probability(signals)
    found = []
    for index in np.argsort(-chance, kind="stable")[:most]:
        if chance[index] < least:
            break
        one, other = sorted(pairs[index].tolist(), key=lambda each: (-partition.size(ids[each]), ids[each]))
        shown = tuple(rows[towards(groups, *way)] for way in ((one, other), (other, one)))
        why = _why(signals[index])
        found.append(MergeSuggestion((ids[one], ids[other]), float(chance[index]), why, shown))  # type: ignore[arg-type]
    return found


def towards(groups: Groups, one: int, other: int, count: int = 6) -> np.ndarray:
    """(≤ count,) int64 positions of a group's members that lie nearest to another group's mean."""
    members = groups.members[one]
    near = groups.features[members] @ groups.centroids[other].astype(np.float32)
    return members[np.argsort(-near, kind="stable")[:count]]


def name_likeness(one: str, other: str) -> float:
    """How two names agree: 1 = but for case, `NEARLY` (a plural, a letter), −1 = not, 0 = one is missing.

    Names that differ in a figure (“gate 1”, “gate 2”) count things and are not nearly the same.
    """
    one, other = one.casefold().strip(), other.casefold().strip()
    if not one or not other:
        return 0.0
    if one == other:
        return 1.0
    short, long = sorted((one, other), key=len)
    return NEARLY if len(short) > 3 and _one_letter_apart(short, long) else -1.0


def decided(start: Partition, edits: Iterable[Edit]) -> list[Decision]:
    """What the journal says about pairs, oldest first, at most the last 300: merges of two, kept apart, splits in two,
    refused splits.

    Parameters
    ----------
    start
        The partition before the first edit, with as many rows as there are now.
    edits
        All stored edits in order, undo and redo among them.
    """
    partition, done, undone = start, [], []
    told: deque[tuple[int, Decision]] = deque(maxlen=2 * _REMEMBERED)
    taken: set[int] = set()
    for number, edit in enumerate(edits):
        if isinstance(edit, Undo):
            number, delta = done.pop()
            partition, back = delta.apply(partition)
            undone.append((number, back))
            taken.add(number)
        elif isinstance(edit, Redo):
            number, delta = undone.pop()
            partition, back = delta.apply(partition)
            done.append((number, back))
            taken.discard(number)
        else:
            told.extend((number, each) for each in _told(partition, edit))
            step = apply(partition, edit)
            partition = step.partition
            if edit.kind != "forget":
                done.append((number, step.inverse))
                undone.clear()
    return [each for number, each in told if number not in taken][-_REMEMBERED:]


def learn(
    decisions: Sequence[Decision], positions: np.ndarray, features: np.ndarray, neighbours: np.ndarray
) -> MergeModel:
    """The shipped model after a project's decisions. `positions` (rows,) int64: of each row, −1 = without a vector."""
    signals, same = [], []
    for decision in decisions if len(decisions) >= LEARN_FROM else ():
        sides = [np.sort(found[found >= 0]) for found in (positions[decision.one], positions[decision.other])]
        if decision.whole is not None and min(map(len, sides)):
            inside = np.sort(positions[decision.whole])
            sides = _divided(inside[inside >= 0], sides, features)
        if min(len(side) for side in sides) >= _SMALLEST:
            signals.append(np.append(Groups(features, neighbours, sides).compare(np.array([[0, 1]]))[0], 0.0))
            same.append(decision.same)
    if len(same) < LEARN_FROM:
        return SHIPPED
    return SHIPPED.learned(np.array(signals), np.array(same, dtype=bool))


def _members(
    partition: Partition, rows: np.ndarray, only: Collection[int] | None
) -> tuple[list[int], list[np.ndarray]]:
    by_cluster = positions_of(partition, rows)
    if only is not None:
        by_cluster = {key: by_cluster[key] for key in by_cluster.keys() & set(only)}
    biggest = sorted(by_cluster, key=lambda key: (-len(by_cluster[key]), key))[:_MOST_CLUSTERS]
    ids = sorted(key for key in biggest if len(by_cluster[key]) >= _SMALLEST)
    return ids, [by_cluster[key] for key in ids]


def _divided(inside: np.ndarray, shown: list[np.ndarray], features: np.ndarray) -> list[np.ndarray]:
    """Positions divided by which of two shown groups they are nearer to."""
    one, other = (features[each].mean(axis=0) for each in shown)
    nearer = features[inside] @ (one - other) > (one @ one - other @ other) / 2
    return [inside[nearer], inside[~nearer]]


def _names_apart(partition: Partition) -> set[tuple[int, int]]:
    """Pairs that were told apart and carry names by now: she said it of the names, however the clusters grow."""
    named = {one.id for one in partition.clusters.values() if one.name}
    return {pair for pair in partition.apart() if named >= set(pair)}


def _told(partition: Partition, edit: Edit) -> Iterable[Decision]:
    if isinstance(edit, Together):
        halves = [part.item_ids.array for part in edit.edits if isinstance(part, Confirm)]  # type: ignore[union-attr]
        # Two confirmations in one cluster, and what the machine made of them: a split that was refused.
        if len(halves) == 2 and all(isinstance(part, (Confirm, Spread)) for part in edit.edits):
            inside = np.unique(partition.cluster_of[np.concatenate(halves)])
            if len(inside) == 1 and inside[0] != UNDECIDED:
                yield Decision(halves[0], halves[1], True, partition.members(int(inside[0])))
            return
        for part in edit.edits:
            yield from _told(partition, part)
    elif isinstance(edit, (Merge, Apart)):
        ids = {*edit.cluster_ids, getattr(edit, "into", None)} - {None}
        if len(ids) == 2 and _all_there(partition, ids):
            one, other = (partition.members(int(each)) for each in sorted(ids))  # type: ignore[arg-type]
            yield Decision(one, other, isinstance(edit, Merge))
    elif isinstance(edit, Split) and edit.cluster_id in partition.clusters:
        parts = [part.array for part in edit.parts]  # type: ignore[union-attr]
        rest = np.setdiff1d(partition.members(edit.cluster_id), np.concatenate(parts))
        parts += [rest] if len(rest) else []
        if len(parts) == 2:
            yield Decision(parts[0], parts[1], False)


def _all_there(partition: Partition, ids: Collection[int | None]) -> bool:
    return all(each in partition.clusters for each in ids)


def _one_letter_apart(short: str, long: str) -> bool:
    if len(long) - len(short) > 1:
        return len(long) - len(short) == 2 and long == short + "es"
    at = next((place for place, (a, b) in enumerate(zip(short, long, strict=False)) if a != b), len(short))
    figures = short[at : at + 1].isdigit() or long[at : at + 1].isdigit()
    return not figures and short[at + (len(short) == len(long)) :] == long[at + 1 :]


def _why(signals: np.ndarray) -> str:
    found = dict(zip((*SIGNALS, "names"), signals.tolist(), strict=True))
    if found["names"] >= NEARLY:
        return "They carry the same name." if found["names"] == 1 else "Their names are nearly the same."
    reasons = []
    if found["links"] > -2:
        reasons.append("many items of one have their nearest neighbours in the other")
    if found["cosine"] > 0.5:
        reasons.append("their typical items look alike")
    if found["bridge"] > -0.7:
        reasons.append("no gap lies between them")
    if not reasons:
        return "They are nearer to each other than to anything else."
    told = ", and ".join([", ".join(reasons[:-1]), reasons[-1]] if len(reasons) > 1 else reasons)
    return f"{told[0].upper()}{told[1:]}."
