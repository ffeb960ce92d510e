"""What a component in the browser told us, once, and the number that tells it that we know."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import streamlit as st

_SEEN = ":seen"


def seen(key: str) -> int:
    """Number of the last event of the component `key`; goes back to it as `data["seq"]`."""
    return int(st.session_state.get(key + _SEEN, 0))


def take(key: str) -> Mapping[str, Any] | None:
    """The event that began this run, if the component `key` sent it; None when it is not new or not an object."""
    state = st.session_state.get(key)
    event = state.get("event") if isinstance(state, Mapping) else None
    if not isinstance(event, Mapping) or not isinstance(event.get("seq"), int) or event["seq"] <= seen(key):
        return None
    st.session_state[key + _SEEN] = event["seq"]
    return event


def call(key: str, answer: Callable[[Mapping[str, Any]], None]) -> Callable[[], None]:
    """A callback for the component's trigger: hands a new event to `answer`."""

    def on_event() -> None:
        event = take(key)
        if event is not None:
            answer(event)

    return on_event


def integers(value: Any, most: int = 1_000_000) -> list[int]:
    """Whole numbers ≥ 0 out of what a browser sent; anything else is dropped."""
    if not isinstance(value, list):
        return []
    return [
        number for number in value[:most] if isinstance(number, int) and not isinstance(number, bool) and number >= 0
    ]
