"""How much each item is in doubt, and which are the least sure; `core.assist.coverage` says what to ask of them."""

from __future__ import annotations

import numpy as np

from core.assist.beliefs import Beliefs


def doubt(beliefs: Beliefs | None, open_items: np.ndarray) -> np.ndarray:
    """(m,) float32 in 0 … 1: how unsure each item is; 0 for what needs no question (`open_items` (m,) bool)."""
    if beliefs is None:
        return open_items.astype(np.float32)
    return np.where(open_items, 1.0 - beliefs.certainty(), 0.0).astype(np.float32)


def most_doubtful(unsure: np.ndarray, neighbours: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """The least sure positions, no two of them near neighbours, with their doubt: for when every group was looked into.

    Parameters
    ----------
    neighbours
        (m, k) int32 of the graph.
    """
    tries = min(len(unsure), 8 * count)
    best = np.argpartition(-unsure, tries - 1)[:tries]
    taken: list[int] = []
    blocked = np.zeros(len(unsure), dtype=bool)
    for position in best[np.argsort(-unsure[best], kind="stable")].tolist():
        if unsure[position] > 0 and not blocked[position] and len(taken) < count:
            taken.append(position)
            blocked[neighbours[position, :5]] = True
    found = np.array(taken, dtype=np.int64)
    return found, unsure[found].astype(np.float64)
