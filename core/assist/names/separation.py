"""How well one number tells members from others."""

from __future__ import annotations

import numpy as np


def auc(inside: np.ndarray, outside: np.ndarray) -> float:
    """Probability that a member's value is above another's, ties counting half; 0.5 where one side is empty.

    The area under the ROC curve (Hanley & McNeil 1982, doi:10.1148/radiology.143.1.7063747).
    """
    if not len(inside) or not len(outside):
        return 0.5
    below = np.sort(outside)
    wins = np.searchsorted(below, inside, side="left") + np.searchsorted(below, inside, side="right")
    return float(wins.sum() / (2 * len(inside) * len(outside)))


def auc_of_shares(inside: float, outside: float) -> float:
    """The same for something that an item has or has not: from the shares of items that have it."""
    return 0.5 + (inside - outside) / 2
