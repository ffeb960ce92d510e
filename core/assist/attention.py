"""Which items are worth a person's look: where much is unsure, and where one answer reaches many others.

Doubt is spread over the neighbour graph: an item in the middle of a large unsure region collects it, one at the edge
or in a settled region does not. With nothing verified everything is unsure, and the densest middles come first (the
typical items of TypiClust, Hacohen et al. 2022, arXiv:2202.02794); as answers come the regions shrink, and so does the
reach of the spreading, until it is uncertainty weighted by density. There is no switch between the two.
"""

from __future__ import annotations

import numpy as np

from core.assist.beliefs import Beliefs
from core.assist.propagation import Operator

_WIDEST = 6
_ITEMS_A_CLASS_PER_STEP = 6.0


def reach(verified: int, classes: int) -> int:
    """Steps along the graph that one answer is expected to carry, fewer as verified items lie closer together."""
    return max(1, round(_WIDEST / (1.0 + verified / (max(classes, 1) * _ITEMS_A_CLASS_PER_STEP))))


def doubt(beliefs: Beliefs | None, open_items: np.ndarray) -> np.ndarray:
    """(m,) float32 in 0 … 1: how unsure each item is; 0 for what needs no question (`open_items` (m,) bool)."""
    if beliefs is None:
        return open_items.astype(np.float32)
    return np.where(open_items, 1.0 - beliefs.certainty(), 0.0).astype(np.float32)


def worth(operator: Operator, unsure: np.ndarray, steps: int) -> np.ndarray:
    """(m,) float32: doubt that an answer about each item would reach, 0 for a sure item."""
    return operator.diffuse(unsure, steps) * np.sqrt(unsure)


def apart(worthwhile: np.ndarray, neighbours: np.ndarray, count: int, room: int) -> np.ndarray:
    """The best `count` positions, none among the `room` nearest neighbours of one taken before it.

    Two neighbours ask nearly the same question (ProbCover, Yehuda et al. 2022, arXiv:2205.11320).

    Parameters
    ----------
    worthwhile
        (m,) float32; what is not above 0 is not taken.
    neighbours
        (m, k) int32 of the graph.
    """
    taken: list[int] = []
    blocked = np.zeros(len(worthwhile), dtype=bool)
    tries = min(len(worthwhile), count * (room + 4))
    best = np.argpartition(-worthwhile, tries - 1)[:tries] if tries < len(worthwhile) else np.arange(len(worthwhile))
    for position in best[np.argsort(-worthwhile[best], kind="stable")].tolist():
        if worthwhile[position] <= 0 or len(taken) >= count:
            break
        if not blocked[position]:
            taken.append(position)
            blocked[neighbours[position, :room]] = True
            blocked[position] = True
    return np.array(taken, dtype=np.int64)
