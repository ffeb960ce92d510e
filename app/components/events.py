"""What a component in the browser told us: everything, once, and in its order.

Streamlit keeps one event a component, the latest, and may drop it for one of another widget. So the browser sends what
it does not know to be heard together with what is new, and again after a while (`shared.js`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

from app import state
from app.callbacks import whole

_HEARD = ":heard"
_MOST_EVENTS = 1000


def heard(key: str) -> dict[str, Any]:
    """What goes back to the component `key` with its data: the number of its last event that was heard, and by whom."""
    return {"seq": int(st.session_state.get(key + _HEARD, 0)), "session": state.session()}


def call(key: str, answer: Callable[[Mapping[str, Any]], None]) -> Callable[[], None]:
    """A callback for the component's trigger: hands each new event to `answer`, the oldest first."""

    def on_event() -> None:
        for event in _sent(st.session_state.get(key)):
            if event["seq"] > heard(key)["seq"]:
                # Before it is answered: one that fails must not keep those behind it from being heard.
                st.session_state[key + _HEARD] = event["seq"]
                answer(event)

    return whole(on_event)


def integers(value: Any, most: int = 1_000_000) -> list[int]:
    """Whole numbers ≥ 0 out of what a browser sent; anything else is dropped."""
    if not isinstance(value, list):
        return []
    return [
        number for number in value[:most] if isinstance(number, int) and not isinstance(number, bool) and number >= 0
    ]


def _sent(value: Any) -> list[Mapping[str, Any]]:
    """The events in what a component sent, by number; what is none is dropped."""
    told = value.get("event") if isinstance(value, Mapping) else None
    events = told.get("events") if isinstance(told, Mapping) else None
    known = [one for one in events[:_MOST_EVENTS] if _numbered(one)] if isinstance(events, list) else []
    return sorted(known, key=lambda one: one["seq"])


def _numbered(event: Any) -> bool:
    return isinstance(event, Mapping) and bool(integers([event.get("seq")]))
