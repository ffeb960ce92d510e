"""The clusters as a table and as a treemap: tick several to merge, choose one to name, split or look into."""

from __future__ import annotations

import streamlit as st

from app import state
from app.components import cluster_list, decks, explain_panel, guarded, item_view, messages, overview, verbs
from app.components.size import Fill, pixels
from app.view import View

HEIGHT = Fill(190)


def draw(view: View) -> None:
    """The page."""
    verbs.show(view, progress=False)
    table, content = st.columns([2, 3], gap="medium")
    ui = state.get()
    with table:
        cluster_list.show(
            view.cluster_rows(state.selection().rows),
            key="clusters:list",
            focus=ui.cluster,
            ticked=ui.ticked,
            on_focus=lambda chosen: state.set(cluster=chosen, query="", alike=None, scope="all"),
            on_tick=lambda ids: state.set(ticked=ids),
            height=HEIGHT,
        )
    with content, messages.guard():
        if ui.cluster is None:
            overview.show(view, height=pixels(HEIGHT) + 60)
        else:
            _members(view)
    if ui.item is not None:
        item_view.show(view)


def _members(view: View) -> None:
    item_view.gallery_title(view, view.scope, look=False)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        explain_panel.button(view, state.get().cluster)
        decks.sample_button(view, state.get().cluster)
    item_view.items(view, "clusters:gallery", Fill(HEIGHT.around + 104))


guarded.page(draw)
