"""The map drawn by Plotly, for browsers without WebGL. Recolouring loses its zoom; the canvas keeps it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import streamlit as st

from app.callbacks import whole
from app.components import scatter
from app.components.picks import Pick
from core import safe

_SIZE = 6
_MOST_LABELS = 80
_WEBGL = (
    "This browser has no WebGL 2: turn on “graphics acceleration” in its settings, or open this address in a current "
    "Firefox, Chrome, Edge or Safari,"
)
_HOW_TO_GET_MORE = (
    "Showing {drawn:,} of {n:,} points; an outline selects among all of them. " + _WEBGL + " to see all of them."
)
_HOW_TO_GET_ZOOM = _WEBGL + " to keep zoom and outline through every change of colour."


def show_plain(
    points: scatter.Points,
    colours: scatter.Colours,
    selection: np.ndarray,
    *,
    key: str,
    height: int,
    select: Callable[[Pick], None] | None,
) -> None:
    """See `app.components.scatter.show`."""
    drawn = scatter.sample(len(points.xy))
    theme = st.context.theme.type or "light"

    def on_event() -> None:
        done = outlined(st.session_state.get(key), points)
        if done is not None and select is not None:
            select(done)

    st.plotly_chart(
        figure(points, colours, selection, drawn, theme, height),
        key=key,
        on_select=whole(on_event),
        selection_mode=("lasso", "box"),
        config={"displaylogo": False, "scrollZoom": True, "modeBarButtonsToRemove": ["autoScale2d", "toImage"]},
    )
    if len(drawn) < len(points.xy):
        st.caption(_HOW_TO_GET_MORE.format(drawn=len(drawn), n=len(points.xy)))
    elif len(points.xy):
        st.caption(_HOW_TO_GET_ZOOM)


def figure(
    points: scatter.Points,
    colours: scatter.Colours,
    selection: np.ndarray,
    drawn: np.ndarray,
    theme: str,
    height: int,
) -> Any:
    """The Plotly figure of the points at positions `drawn`."""
    import plotly.graph_objects as go

    xy = np.asarray(points.xy, dtype=np.float32)
    codes = np.asarray(colours.codes)[drawn]
    table = {int(code): colours.palette.of(int(code), theme) for code in np.unique(codes)}
    ink = "#e4e7eb" if theme == "dark" else "#1d2126"
    marked = drawn[points.marks(selection)[drawn]]
    plot = go.Figure()
    plot.add_scattergl(
        x=xy[drawn, 0],
        y=xy[drawn, 1],
        mode="markers",
        hoverinfo="skip",
        marker={"size": _SIZE, "color": [table[int(code)] for code in codes], "opacity": 0.85},
        unselected={"marker": {"opacity": 0.85}},
    )
    plot.add_scattergl(
        x=xy[marked, 0],
        y=xy[marked, 1],
        mode="markers",
        hoverinfo="skip",
        marker={"size": _SIZE + 4, "symbol": "circle-open", "color": ink, "line": {"width": 1.5}},
        unselected={"marker": {"opacity": 1}},
    )
    axis = {"visible": False, "fixedrange": False}
    words = [
        {"x": label.x, "y": label.y, "text": safe.plotly(label.text, 40), "showarrow": False}
        for label in scatter.shown_labels(colours)[:_MOST_LABELS]
    ]
    plot.update_layout(
        height=height,
        margin={"l": 0, "r": 0, "t": 0, "b": 0},
        showlegend=False,
        dragmode="lasso",
        uirevision=points.view or "map",
        xaxis=axis,
        yaxis={**axis, "scaleanchor": "x"},
        annotations=words,
    )
    return plot


def outlined(state: Any, points: scatter.Points) -> Pick | None:
    """All points inside what was drawn, from Plotly's selection state; None when nothing was."""
    chosen = state.get("selection") if isinstance(state, Mapping) else None
    if not isinstance(chosen, Mapping):
        return None
    shapes = [*(chosen.get("lasso") or []), *(chosen.get("box") or [])]
    rows = []
    for shape in shapes:
        x, y = list(shape.get("x") or []), list(shape.get("y") or [])
        if len(x) == len(y) == 2:
            x, y = [x[0], x[1], x[1], x[0]], [y[0], y[0], y[1], y[1]]
        corners = [list(corner) for corner in zip(x, y, strict=False)]
        found = scatter.pick_of({"kind": "outline", "polygon": corners}, points)
        if found is not None:
            rows.append(found.rows)
    return Pick(np.unique(np.concatenate(rows))) if rows else None
