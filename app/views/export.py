"""Take the labels away."""

from __future__ import annotations

import streamlit as st

from app import exports, state
from app.callbacks import whole
from app.components import guarded
from app.view import View
from core import safe
from core.export.table import FORMATS
from core.limits import DEFAULT


def draw(view: View) -> None:
    """The page."""
    picked = state.selection()
    st.markdown("#### Take the labels away")
    format_ = st.segmented_control(
        "Format", list(FORMATS), default="csv", format_func=lambda name: FORMATS[name].title, key="export:format"
    )
    everything = f"All {len(view.items.rows):,} items"
    part = f"The {len(picked):,} selected items"
    which = st.radio("Items", [everything, part] if len(picked) else [everything], key="export:which", horizontal=True)
    if format_:
        st.caption(FORMATS[format_].why)
        st.button(
            "Prepare the file",
            type="primary",
            icon=":material/ios_share:",
            key="export:make",
            on_click=whole(exports.make),
            args=(view.name, format_, picked.rows if which == part else None),
        )
    _download(view.name)
    st.caption(
        "Every row carries its cluster, its label and where that comes from, its confidence, its place on the map, and "
        "your own columns. A second file says which encoder, parameters and versions made it, at which revision."
    )
    st.markdown("#### What is in it")
    st.dataframe(view.project.labels().head(200), hide_index=True, height=320)


def _download(name: str) -> None:
    made = exports.latest(name)
    if made is None:
        return
    left_out = f", {made.left_out:,} left out" if made.left_out else ""
    st.markdown(f"**{safe.markdown(made.name, 120)}** · {made.rows:,} items{left_out}")
    if made.path.stat().st_size > DEFAULT.download_bytes:
        st.caption("It is too big to pass through the browser. It lies in the project's folder, under exports.")
        return
    with made.path.open("rb") as file:
        st.download_button("Download", file, file_name=made.name, icon=":material/download:", key="export:download")


guarded.page(draw)
