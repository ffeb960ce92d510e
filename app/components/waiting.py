"""A place that fills itself as soon as something is loaded."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

_EVERY = 0.7  # seconds


def show(what: str, ready: Callable[[], bool]) -> None:
    """Say what is being waited for, and run the page again once when `ready` says so."""

    @st.fragment(run_every=_EVERY)
    def look() -> None:
        st.caption(f":material/hourglass_top: {what}")
        if ready():
            st.rerun()

    look()
