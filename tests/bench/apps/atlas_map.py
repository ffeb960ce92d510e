"""The Streamlit component of Embedding Atlas, measured beside our map. It needs an environment of its own."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd
import streamlit as st
from embedding_atlas.streamlit import embedding_atlas

_COLOURS = 24


@st.cache_data
def table(project: str) -> pd.DataFrame:
    """The points of a project: x, y and a cluster's number. A column of text from pandas 3 stops the component."""
    folder = Path(os.environ["TAXON_PROJECTS"]) / f"{project}.taxon" / "artifacts"
    xy = np.load(next(folder.glob("map/*/xy.npy")))
    labels = np.load(next(folder.glob("clustering/*/labels.npy")))
    return pd.DataFrame({"x": xy[:, 0], "y": xy[:, 1], "cluster": labels % _COLOURS})


st.set_page_config(layout="wide")
told = embedding_atlas(table(st.query_params["project"]), x="x", y="y", key="atlas")
st.text(f"selected: {(told or {}).get('predicate')}")
