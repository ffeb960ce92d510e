"""Map, list and gallery: three views of one selection."""

from __future__ import annotations

import numpy as np
import streamlit as st

from app import state
from app.components import cluster_list, guarded, item_view, map_panel, messages, toolbar, verbs, waiting
from app.components.size import Fill
from app.view import View

HEIGHT = Fill(190)  # list, map and gallery fill the window below the navigation, the tools and the verbs


def draw(view: View) -> None:
    """The page."""
    verbs.show(view)
    clusters, points, items = st.columns([2, 5, 5], gap="small")
    with clusters:
        _clusters(view)
    with points:
        _map(view)
    with items, messages.guard():
        if view.ready():
            _gallery(view)
        else:
            waiting.show("Loading the encoder for the first search …", view.ready)
    if state.get().item is not None:
        item_view.show(view)
    view.warm()


def _clusters(view: View) -> None:
    ui = state.get()
    cluster_list.show(
        view.cluster_rows(state.selection().rows),
        key="explore:clusters",
        focus=ui.cluster,
        ticked=ui.ticked,
        on_focus=lambda chosen: state.set(cluster=chosen, query="", alike=None, scope="all", item=None),
        on_tick=lambda ids: state.set(ticked=ids),
        height=Fill(HEIGHT.around, narrow=0.7),
    )


def _map(view: View) -> None:
    if not view.found.has("map"):
        messages.empty("The map is being drawn", "Clusters and gallery work already.", ":material/hourglass_top:")
        return
    map_panel.show(view, HEIGHT, _emphasis(view))
    toolbar.legend(view)


def _emphasis(view: View) -> np.ndarray | None:
    ui = state.get()
    narrowed = ui.cluster is not None or ui.query or ui.alike is not None or ui.filters
    return view.scope.rows if narrowed and view.ready() else None


def _gallery(view: View) -> None:
    item_view.gallery_title(view, view.scope)
    around = HEIGHT.around + item_view.title_height(view.scope)
    item_view.items(view, "explore:gallery", Fill(around))


guarded.page(draw, tools=toolbar.show)
