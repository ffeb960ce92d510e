"""How long the rest will take a person, at the pace that she has shown."""

from __future__ import annotations

from collections import deque

import numpy as np

from core.assist import effort
from core.assist.cards import MOST_ACCEPTED
from core.partition.partition import Partition

_REMEMBERED = 20  # answers
_FEWEST = 3
_AWAY = 10.0  # times as long as expected: she was doing something else


class Pace:
    """How many times as long as expected a person takes for an answer. Not safe for threads."""

    def __init__(self) -> None:
        self._ratios: deque[float] = deque(maxlen=_REMEMBERED)

    def add(self, seconds: float, expected: float) -> None:
        """An answer took `seconds`, and `Card.seconds` was expected."""
        if expected > 0 and 0 < seconds < _AWAY * expected:
            self._ratios.append(seconds / expected)

    @property
    def known(self) -> bool:
        """Whether enough answers were timed."""
        return len(self._ratios) >= _FEWEST

    @property
    def factor(self) -> float:
        """The median ratio of the latest answers; 1 before there are three."""
        return float(np.median(self._ratios)) if self.known else 1.0


def seconds_left(partition: Partition, pace: float = 1.0) -> float | None:
    """Expected seconds until pages of proposals have settled every item; None while there is no confidence.

    Parameters
    ----------
    pace
        `Pace.factor`.
    """
    waiting = ~(partition.settled() | partition.gone)
    count = int(waiting.sum())
    if not count:
        return 0.0
    confidence = partition.confidence[waiting]
    if not np.isfinite(confidence).any():
        return None
    wrong = float(count * (1 - np.nanmean(confidence)))
    pages = -(-count // MOST_ACCEPTED)
    return pace * (effort.accept(count, wrong) + (pages - 1) * (effort.accept(0, 0)))


def in_words(seconds: float) -> str:
    """“about 14 minutes”, “less than a minute”."""
    minutes = round(seconds / 60)
    if minutes < 1:
        return "less than a minute"
    if minutes < 100:
        return f"about {minutes} minute{'' if minutes == 1 else 's'}"
    return f"about {round(minutes / 60)} hours"
