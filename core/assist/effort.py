"""What an answer costs a person, in seconds: the Keystroke-Level Model (Card, Moran, Newell 1980).

doi:10.1145/358886.358895. K = .2 s a key, P = 1.1 s pointing, H = .4 s between mouse and keyboard, M = 1.35 s to
decide; a quarter of a second to look at one more picture.
"""

from __future__ import annotations

LOOK = 0.25
KEY = 0.2
POINT = 1.1
HAND = 0.4
DECIDE = 1.35

CHECK = LOOK + DECIDE + KEY
CLICK = DECIDE + POINT + KEY
TYPE_NAME = HAND + 9 * KEY


def check(known: float = 1.0) -> float:
    """One item by a hot-key; a name that is not among the likely ones (probability 1 − `known`) is typed."""
    return CHECK + (1.0 - known) * TYPE_NAME


def name(shown: int, suggested: float = 0.0) -> float:
    """Name what is shown; a suggestion fits with probability `suggested`, else the name is typed."""
    return shown * LOOK + CLICK + (1.0 - suggested) * TYPE_NAME


def accept(shown: int, wrong: float) -> float:
    """Look through a page and put `wrong` (expected) items right, each by pointing and a key."""
    return shown * LOOK + CLICK + wrong * (POINT + DECIDE + KEY)


def compare(shown: int) -> float:
    """Two sides: the same or not."""
    return shown * LOOK + CLICK
