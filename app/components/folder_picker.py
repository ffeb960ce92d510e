"""Choose a folder on the server's machine by walking into it; the browser names one of the folders it was shown."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from app import launch
from app.callbacks import whole
from core import safe

_KEY = "folder_picker:at"


def show() -> Path | None:
    """Draw the picker; returns the folder that it stands in, None at its root."""
    root = launch.sources_root()
    here = root.joinpath(*st.session_state.get(_KEY, ()))
    below = launch.subfolders(here)
    parts = st.session_state.get(_KEY, ())
    st.markdown("  /  ".join(safe.markdown(part, 40) for part in (root.name or "/", *parts)))
    chosen = st.selectbox(
        "Open a folder",
        below,
        index=None,
        format_func=lambda name: safe.plain(name, 80),
        placeholder="Open a folder …" if below else "No folders in here",
        disabled=not below,
        key=f"folder_picker:{len(parts)}:{'/'.join(parts)}",
        label_visibility="collapsed",
    )
    if chosen is not None:
        st.session_state[_KEY] = (*parts, chosen)
        st.rerun()
    st.button("Up", icon=":material/arrow_upward:", disabled=not parts, on_click=whole(_up), key="folder_picker:up")
    return here if parts else None


def _up() -> None:
    st.session_state[_KEY] = st.session_state.get(_KEY, ())[:-1]
