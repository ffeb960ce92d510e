"""Which question to put next: the one whose answer is worth most for what it costs the person.

Worth is doubt that the answer reaches (`attention`); cost is half seconds of the keystroke model, half acts, because a
person minds both. At the beginning one typical item reaches far and a page of proposals would be guesses, so single
items come; as soon as proposals are mostly right a page of them settles fifty items for little more than one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from core.assist import attention, effort
from core.assist.beliefs import Beliefs
from core.assist.cards import EXEMPLARS, MOST_ACCEPTED
from core.assist.propagation import Operator

_FEWEST_ON_A_PAGE = 10
_ROOM = 5
_MOST_ROOM = 15
# Expected share of the shown items that are what the cluster is said to be, below which it is not asked about.
_COHERENT = 0.8
_FEWEST_IN_A_CLUSTER = 5
# Naming a cluster settles its members for the person even where the machine was right already.
_SETTLED = 0.005


@dataclass(frozen=True, eq=False)
class Question:
    """A card before it has words.

    Attributes
    ----------
    kind
        As of `cards.Card`.
    rows
        (s,) int64 of the shown items; of a two-sided question, side after side.
    sides
        How many rows each side has.
    classes, names
        (s,) int64 proposed classes (accept) and what they are called.
    cluster_ids
        The clusters that it is about.
    halves
        Rows of the parts that a split would make.
    size
        Items that it is about.
    value, seconds
        As of `cards.Card`.
    sureness
        How likely the proposal is right, on average; NaN = there is none.
    """

    kind: str
    rows: np.ndarray
    value: float
    seconds: float
    sides: tuple[int, ...] = ()
    classes: np.ndarray = field(default_factory=lambda: np.empty(0, np.int64))
    names: Sequence[str] = ()
    cluster_ids: tuple[int, ...] = ()
    halves: tuple[np.ndarray, ...] = ()
    size: int = 1
    sureness: float = float("nan")

    @property
    def key(self) -> str:
        """Equal for questions that ask the same."""
        if self.kind in ("merge", "split", "name"):
            return f"{self.kind}:{','.join(map(str, sorted(self.cluster_ids)))}"
        return f"{self.kind}:{int(self.rows[0])}:{len(self.rows)}"


@dataclass(frozen=True, eq=False)
class Situation:
    """What the choice is made from; arrays over the items that have a vector.

    Attributes
    ----------
    operator, neighbours
        Of the graph.
    beliefs
        None while nothing is known.
    open_items
        (m,) bool: no person decided about them, and the question was not put off.
    verified, classes
        Numbers of verified items and of classes.
    """

    operator: Operator
    neighbours: np.ndarray
    beliefs: Beliefs | None
    open_items: np.ndarray
    verified: int
    classes: int


def price(seconds: float | np.ndarray, acts: float | np.ndarray) -> float | np.ndarray:
    """What an answer costs, in checks of one item."""
    return 0.5 * seconds / effort.CHECK + 0.5 * acts


def single(here: Situation, worth: np.ndarray) -> tuple[float, int]:
    """(worth for its price, position) of the best single item."""
    position = int(worth.argmax())
    return float(worth[position] / price(effort.CHECK, 1.0)), position


def page(here: Situation, worth: np.ndarray, steps: int) -> tuple[float, np.ndarray, np.ndarray] | None:
    """(worth for its price, positions, chance that each is wrong) of the best page of proposals."""
    if here.beliefs is None or here.classes < 2:
        return None
    wrong = 1.0 - here.beliefs.probability.max(axis=1) * here.beliefs.reached
    each = price(effort.accept(1, 0) / MOST_ACCEPTED + wrong * (effort.accept(0, 1) - effort.accept(0, 0)), wrong)
    room = min(_MOST_ROOM, _ROOM * steps, here.neighbours.shape[1])
    found = attention.apart(np.where(here.open_items, worth / each, 0), here.neighbours, MOST_ACCEPTED, room)
    if len(found) < min(_FEWEST_ON_A_PAGE, int(here.open_items.sum())) or not len(found):
        return None
    expected = float(wrong[found].sum())
    cost = price(effort.accept(len(found), expected), 1.0 + expected)
    return float(worth[found].sum() / cost), found, wrong[found]


def whole_cluster(
    here: Situation, worth: np.ndarray, shown: Mapping[int, np.ndarray], sizes: Mapping[int, int]
) -> tuple[float, int, int, float] | None:
    """(worth for its price, cluster, class, expected agreement) of the best cluster to name.

    Parameters
    ----------
    shown
        Cluster without a name → positions of its exemplars.
    sizes
        Cluster → number of its items.
    """
    if here.beliefs is None or here.classes < 2:
        return None
    best: tuple[float, int, int, float] | None = None
    for cluster_id, positions in shown.items():
        if sizes[cluster_id] < _FEWEST_IN_A_CLUSTER or len(positions) < min(EXEMPLARS, sizes[cluster_id]):
            continue
        chances = here.beliefs.probability[positions].mean(axis=0) * float(here.beliefs.reached[positions].mean())
        name = int(chances.argmax())
        agreement = float(chances[name])
        if agreement < _COHERENT:
            continue
        strays = (1 - agreement) * len(positions)
        gain = float(worth[positions].sum()) + _SETTLED * sizes[cluster_id]
        value = gain / price(effort.name(len(positions), 1.0), 1.0 + 0.5 * strays)
        if best is None or value > best[0]:
            best = (value, cluster_id, name, agreement)
    return best


def exemplars_of(groups: Mapping[int, np.ndarray], features: np.ndarray, only: Iterable[int]) -> dict[int, np.ndarray]:
    """Cluster → positions of 9 exemplars from its medoid to the 90th percentile."""
    from core.assist.typicality import exemplars

    return {one: groups[one][exemplars(features, groups[one], EXEMPLARS)] for one in only}
