"""All clusters at a glance: area is the number of items, colour the cluster's own, a darker frame what is not named."""

from __future__ import annotations

import streamlit as st

from app.palette import CATEGORIES
from app.view import View, title
from core import safe


def show(view: View, *, height: int) -> None:
    """Draw the treemap."""
    import plotly.graph_objects as go

    partition = view.partition
    theme = st.context.theme.type or "light"
    clusters = [one for one in partition.clusters.values() if partition.size(one.id)]
    undecided = len(partition.undecided())
    labels = [safe.plotly(title(partition, one.id), 40) for one in clusters]
    values = [partition.size(one.id) for one in clusters]
    colours = [CATEGORIES.of(one.colour, theme) for one in clusters]
    if undecided:
        labels, values, colours = [*labels, "Undecided"], [*values, undecided], [*colours, CATEGORIES.of(-1, theme)]
    figure = go.Figure(
        go.Treemap(
            ids=[str(place) for place in range(len(labels))],
            labels=labels,
            parents=[""] * len(labels),
            values=values,
            marker={"colors": colours, "line": {"width": 1}},
            textinfo="label+value",
            # Plotly's own choice between dark and light words is too faint on middling colours.
            textfont={"color": [_ink(colour) for colour in colours], "size": 13},
            hovertemplate="%{label}<br>%{value:,} items<extra></extra>",
            tiling={"pad": 2},
        )
    )
    figure.update_layout(height=height, margin={"l": 0, "r": 0, "t": 0, "b": 0})
    st.plotly_chart(figure, key="clusters:treemap", config={"displayModeBar": False})


def _ink(colour: str) -> str:
    red, green, blue = ((int(colour[at : at + 2], 16) / 255) ** 2.2 for at in (1, 3, 5))
    # Above this luminance black has the greater contrast (WCAG 2: 0.179).
    return "#000000" if 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179 else "#ffffff"
