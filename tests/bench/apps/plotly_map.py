"""The map that Streamlit offers by itself, `st.plotly_chart(on_select)`, measured beside ours."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import plotly.graph_objects as go
import streamlit as st

_COLOURS = 24
folder = Path(os.environ["TAXON_PROJECTS"]) / f"{st.query_params['project']}.taxon" / "artifacts"
xy = np.load(next(folder.glob("map/*/xy.npy")))
if "labels" not in st.session_state:
    st.session_state.labels = np.load(next(folder.glob("clustering/*/labels.npy"))).copy()
labels = st.session_state.labels

state = st.session_state.get("map", {})
picked = np.array((state.get("selection") or {}).get("point_indices", []), dtype=np.int64)


def move() -> None:
    """The first 10,000 selected points go to another cluster."""
    st.session_state.labels[picked[:10_000]] = (st.session_state.labels.max() + 1) % _COLOURS


st.set_page_config(layout="wide")
st.text(f"{len(picked)} of {len(xy)} selected")
st.button("Move 10,000", on_click=move)
figure = go.Figure(go.Scattergl(x=xy[:, 0], y=xy[:, 1], mode="markers", marker={"size": 3, "color": labels % _COLOURS}))
figure.update_layout(dragmode="lasso", height=640, margin={"l": 0, "r": 0, "t": 0, "b": 0}, uirevision="map")
st.plotly_chart(figure, key="map", on_select="rerun", selection_mode=("lasso", "box"))
st.text("drawn")
