"""What the Clusters page shows while no cluster is in focus: their sizes, suggestions, or what is undecided."""

from __future__ import annotations

import streamlit as st

from app.components import inbox, suggestions, treemap
from app.view import View

_SIZES, _SUGGESTIONS, _UNDECIDED = "Sizes", "Suggestions", "Undecided"


def show(view: View, *, height: int) -> None:
    """Draw the choice and what is chosen."""
    choices = (_SIZES, _SUGGESTIONS, _UNDECIDED)
    chosen = st.segmented_control("Show", choices, default=_SIZES, key="clusters:show", label_visibility="collapsed")
    if chosen == _SUGGESTIONS:
        with st.container(height=height, border=False):
            suggestions.show(view)
    elif chosen == _UNDECIDED:
        with st.container(height=height, border=False):
            inbox.show(view)
    else:
        treemap.show(view, height=height)
