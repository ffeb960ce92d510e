"""What a widget calls is done whole or not at all.

Streamlit ends a script for the next event wherever it asks for the session's state, and does not tell a callback from
the script. What a callback has not done by then is lost with it: a name typed and not stored, a selection half changed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

from streamlit.runtime.scriptrunner import get_script_run_ctx

_YIELD = "_yield_callback"


def whole(act: Callable[..., Any]) -> Callable[..., None]:
    """`act` as a callback that is not ended half way; the next event waits until it is done. Takes what `act` takes."""

    @wraps(act)
    def done(*args: Any, **kwargs: Any) -> None:
        with _undisturbed():
            act(*args, **kwargs)

    return done


@contextmanager
def _undisturbed() -> Iterator[None]:
    context = get_script_run_ctx(suppress_warning=True)
    state = context.session_state if context is not None else None
    yields = getattr(state, _YIELD, None)
    if yields is None:  # nobody to wait for
        yield
        return
    # Past its own `__setattr__`, which would store a value of the session.
    object.__setattr__(state, _YIELD, lambda: None)
    try:
        yield
    finally:
        object.__setattr__(state, _YIELD, yields)
