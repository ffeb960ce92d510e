"""Which question to put next: the one that settles most for what it costs the person.

At the beginning a typical item with its nearest neighbours says most: what most of them are holds for their
surroundings where the word on one item may not, and costs the same single act. A page of proposals asks for many items
at once, and only the wrong ones cost. So a page comes when its items together settle more for each act than the best
group does; its items count in full for themselves, and for their surroundings as far as the labels of this collection
hold there. Pages are short while proposals are doubtful, so that the next one already knows the answers.

How likely a proposal is right is calibrated on what was verified by itself, and lowered by the share of classes seen
only once: the chance that an item is of a class not seen yet (Good 1953, doi:10.1093/biomet/40.3-4.237).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np

from core.assist import attention
from core.assist.beliefs import IN_A_LOOK, Beliefs, Evidence
from core.assist.cards import MOST_ACCEPTED
from core.assist.confidence import Calibration
from core.assist.coverage import Coverage
from core.structure.graph import Graph

# Before there is a calibration: share of the proposals that are to be right. In acts alone the first right one pays for
# the page; the margin is for what a page does not know of its own other answers. While groups still meet new classes
# half of them are to be right.
_RIGHT_ENOUGH, _RIGHT_AT_FIRST = 0.15, 0.5
_FEWEST_ON_A_PAGE = 5
# Looks: a group counts as one of them.
_FEWEST_FOR_PAGES, _AT_FIRST = 5, 12
# From so many looks on a page comes anyway now and then, until one item for every so many looks was verified by itself:
# groups never show whether proposals are right.
_PROVE_FROM, _PROVE_ONE_IN = 40, 4
# A group of fewer is no group.
_FEWEST_IN_A_GROUP = 3
# The share of items that the model knows best says how far a right label holds around an item.
_BEST_KNOWN = 0.9
# Wrong proposals expected on a page: two, and one more for every twenty verified items, up to eight.
_WRONG_ON_A_PAGE = (2.0, 8.0, 20.0)
# Expected share of the shown items that are what the cluster is said to be, below which it is not asked about.
_COHERENT = 0.92
_FEWEST_IN_A_CLUSTER = 8
# A longer page than this settles more than naming one cluster does.
_LONG_PAGE = 25


@dataclass(frozen=True, eq=False)
class Question:
    """A card before it has words.

    Attributes
    ----------
    kind
        As of `cards.Card`; a question of the kind name without `cluster_ids` is about the shown items alone.
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
    why
        A reason of its own; empty = the usual one of its kind.
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
    why: str = ""

    @property
    def key(self) -> str:
        """Equal for questions that ask the same."""
        if self.cluster_ids:
            return f"{self.kind}:{','.join(map(str, sorted(self.cluster_ids)))}"
        return f"{self.kind}:{int(self.rows[0])}:{len(self.rows)}"


@dataclass(frozen=True, eq=False)
class Situation:
    """What the choice is made from; arrays over the items that have a vector.

    Attributes
    ----------
    graph
        Of the structure.
    coverage
        Of the same features.
    evidence, beliefs, stated
        What a person said and what follows; `beliefs` is None while nothing is known, `stated` while too little is.
    open_items
        (m,) bool: no person decided about them, and the question was not put off.
    """

    graph: Graph
    coverage: Coverage
    evidence: Evidence
    beliefs: Beliefs | None
    stated: Calibration | None
    open_items: np.ndarray

    @cached_property
    def unsure(self) -> np.ndarray:
        """(m,) float32 of `attention.doubt`."""
        return attention.doubt(self.beliefs, self.open_items)

    @cached_property
    def unseen(self) -> np.ndarray:
        """(m,) bool: the open items of which nothing was said, not of most of a group either."""
        unseen = self.open_items.copy()
        unseen[self.evidence.loose[:, 0]] = False
        return unseen

    @cached_property
    def looks(self) -> np.ndarray:
        """(c,) float64: how many times each class was met; a group that was named at one look is one."""
        told, judges = self.evidence, self.evidence.judges()
        grouped = np.append(told.classes[~judges], told.loose[:, 1])
        alone = np.bincount(told.classes[judges], minlength=told.count)
        return alone + np.ceil(np.bincount(grouped, minlength=told.count) / IN_A_LOOK)

    @cached_property
    def right(self) -> np.ndarray:
        """(m,) float32: chance that the likeliest class of each item is right."""
        if self.beliefs is None or self.evidence.count < 2:
            return np.zeros(len(self.open_items), dtype=np.float32)
        once = (self.looks == 1).sum() / max(self.looks.sum(), 1)
        sure = self.beliefs.probability.max(axis=1)
        return (sure * self.beliefs.reached if self.stated is None else self.stated.of(sure)) * (1 - once)

    def next_items(self, count: int) -> tuple[np.ndarray, np.ndarray]:
        """The positions most worth a look and the doubt that each stands for."""
        looked = self.evidence.looked(len(self.unseen))
        seen = np.where(self.unseen, 0, np.where(looked > 0, looked, 1)).astype(np.float32)
        found = self.coverage.next_items(seen, int(self.looks.sum()), self.unsure, count)
        return found if len(found[0]) else attention.most_doubtful(self.unsure, self.graph.neighbours, count)


def single(here: Situation) -> tuple[int, float]:
    """(position, doubt that it stands for) of the best single item; any open one where nothing is in doubt."""
    positions, mass = here.next_items(1)
    if len(positions):
        return int(positions[0]), float(mass[0])
    return int(np.flatnonzero(here.open_items)[0]), 0.0


def group(here: Situation) -> tuple[np.ndarray, float]:
    """(positions, doubt that they stand for) of the best single item, first, and of its nearest that are not seen yet;
    the item alone where most of its neighbourhood was seen."""
    position, mass = single(here)
    near = here.graph.neighbours[position]
    near = near[here.unseen[near] & (near != position)][: IN_A_LOOK - 1]
    alone = len(near) + 1 < _FEWEST_IN_A_GROUP or not here.unseen[position]
    return np.append(position, near[:0] if alone else near).astype(np.int64), mass


def page(here: Situation) -> tuple[np.ndarray, np.ndarray] | None:
    """(positions, chance that each is wrong) of a page of proposals; None while another question is worth more."""
    if here.beliefs is None or here.looks.sum() < _FEWEST_FOR_PAGES or here.evidence.count < 2:
        return None
    positions, covered = here.next_items(MOST_ACCEPTED)
    wrong = 1 - here.right[positions]
    least, most, every = _WRONG_ON_A_PAGE
    room = min(most, least + len(here.evidence) / every)
    length = max(int(np.searchsorted(np.cumsum(wrong), room)), _FEWEST_ON_A_PAGE)
    positions, covered, wrong = positions[:length], covered[:length], wrong[:length]
    few = len(positions) < min(_FEWEST_ON_A_PAGE, int(here.open_items.sum()))
    return None if few or not _beats_a_group(here, positions, covered, wrong) else (positions, wrong)


def _beats_a_group(here: Situation, positions: np.ndarray, covered: np.ndarray, wrong: np.ndarray) -> bool:
    """Whether a page settles more for each act than the best group; `covered` (k,) is what each item stands for."""
    if here.stated is None:
        looks, proven = here.looks.sum(), int(here.evidence.judges().sum())
        unproven = looks >= _PROVE_FROM and proven * _PROVE_ONE_IN < looks
        enough = _RIGHT_AT_FIRST if looks < _AT_FIRST else _RIGHT_ENOUGH
        return bool(unproven or 1 - wrong.mean() >= enough)
    own = here.unsure[positions]
    holds = float(np.quantile(here.right, _BEST_KNOWN))
    settled = own.sum() + holds * np.maximum(covered - own, 0).sum()
    return bool(settled >= covered[0] * (1 + wrong.sum()))


def whole_cluster(
    here: Situation, shown: Mapping[int, np.ndarray], sizes: Mapping[int, int]
) -> tuple[int, int, float] | None:
    """(cluster, class, expected agreement) of the cluster to name that holds the most doubt; None when none is clear.

    Parameters
    ----------
    shown
        Cluster without a name → positions of its exemplars.
    sizes
        Cluster → number of its items.
    """
    if here.beliefs is None or here.looks.sum() < _FEWEST_FOR_PAGES or here.evidence.count < 2:
        return None
    best, most = None, 0.0
    for cluster_id, positions in shown.items():
        if sizes[cluster_id] < _FEWEST_IN_A_CLUSTER or not here.open_items[positions].all():
            continue
        chances = here.beliefs.probability[positions].mean(axis=0)
        name = int(chances.argmax())
        agreement = float(min(chances[name], here.right[positions].mean()))
        mass = float(here.unsure[positions].mean()) * sizes[cluster_id]
        if agreement >= _COHERENT and mass > most:
            best, most = (cluster_id, name, agreement), mass
    return best


def best(here: Situation, shown: Mapping[int, np.ndarray], sizes: Mapping[int, int]) -> tuple[str, Any]:
    """What to ask next, and what `page` (accept), `whole_cluster` (name), `group` or `single` (check) said about it."""
    proposals = page(here)
    if proposals is None or len(proposals[0]) < _LONG_PAGE:
        cluster = whole_cluster(here, shown, sizes)
        if cluster is not None:
            return "name", cluster
    if proposals is not None:
        return "accept", proposals
    positions, mass = group(here)
    return ("group", (positions, mass)) if len(positions) > 1 else ("check", (int(positions[0]), mass))
