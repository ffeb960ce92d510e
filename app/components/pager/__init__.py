"""The way to the item before and the item after, by button and arrow key, for a view that shows one of many."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from app.components import events
from app.components.source import mount


def show(place: int, n: int, *, key: str, on_turn: Callable[[int], None], ahead: Sequence[str] = ()) -> None:
    """Draw “‹ 12 of 412 ›”. The arrow keys do the same wherever the focus is in the dialog but in a field or gallery.

    Parameters
    ----------
    place, n
        Which of how many is shown, from 0.
    key
        Names this pager.
    on_turn
        Hears the place to go to.
    ahead
        Addresses of pictures that come next, which the browser may fetch already.
    """

    def answer(event: Mapping[str, Any]) -> None:
        asked = events.integers([event.get("place")])
        if asked and asked[0] < n:
            on_turn(asked[0])

    data = {**events.heard(key), "place": place, "n": n, "ahead": list(ahead)}
    mount("pager")(key=key, data=data, on_event_change=events.call(key, answer))
