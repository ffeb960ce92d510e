"""Remove items for good: what will happen in plain words, and a second button that does it."""

from __future__ import annotations

import streamlit as st

from app import acts, state
from app.callbacks import whole
from app.components import messages
from app.view import View
from core import safe
from core.partition.rows import Rows


@st.dialog("Forget for good", width="medium")
def show(view: View) -> None:
    """Say what forgetting the selection removes, and do it on a button."""
    rows = state.selection().rows
    if not len(rows):  # they were forgotten just now
        st.rerun()
    with messages.guard():
        planned = view.project.to_forget(Rows(rows))
        *told, last = planned.sentences()
        for sentence in told:
            st.markdown(f"- {safe.markdown(sentence, 400)}")
        st.warning(safe.markdown(last), icon=":material/warning:")
        noun = "1 item" if planned.items == 1 else f"{planned.items:,} items"
        with st.container(horizontal=True):
            done = st.button(
                f"Forget {noun} for good",
                type="primary",
                icon=":material/delete_forever:",
                on_click=whole(acts.forget_selection),
                key="forget:do",
            )
            if done or st.button("Keep them", key="forget:keep"):
                st.rerun()
