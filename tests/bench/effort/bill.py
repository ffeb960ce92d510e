"""What an act costs a person: unit acts, and seconds by the keystroke-level model (Card, Moran, Newell 1980).

Key .2 s, pointing 1.1 s, hand between mouse and keyboard .4 s, thinking 1.35 s; .25 s for every thumbnail looked at.
A name of 8 letters is typed the first time; later it is one click or one key.
"""

from __future__ import annotations

from dataclasses import dataclass

KEY, POINT, HAND, THINK, LOOK = 0.2, 1.1, 0.4, 1.35, 0.25
TYPED = HAND + 9 * KEY
MARK = POINT + KEY


@dataclass(frozen=True)
class Bill:
    """Unit acts and seconds; bills add up."""

    acts: float = 0.0
    seconds: float = 0.0

    def __add__(self, other):
        return Bill(self.acts + other.acts, self.seconds + other.seconds)


def label_item(new_name):
    """One item by hot-key."""
    return Bill(1, LOOK + THINK + KEY + TYPED * new_name)


def name_cluster(shown, not_that, new_name):
    """One name for what is shown; half an act for every item that is marked as not that."""
    return Bill(1 + 0.5 * not_that, shown * LOOK + THINK + MARK + not_that * MARK + TYPED * new_name)


def decide(shown):
    """Yes or no to a merge or a split; “these are of several kinds”; a rejection."""
    return Bill(1, shown * LOOK + THINK + MARK)


def accept_page(shown, deselected, named, new_names):
    """A page of proposed labels: one act, one more for each wrong one; giving its label takes a thought and a key."""
    seconds = shown * LOOK + THINK + MARK + deselected * MARK + named * (THINK + KEY) + new_names * TYPED
    return Bill(1 + deselected, seconds)


def skip(shown):
    """Looked at and put away."""
    return Bill(1, shown * LOOK + KEY)
