"""The pages and their addresses; runs at the top of every rerun."""

from __future__ import annotations

import streamlit as st

st.set_page_config(page_title="Taxon", page_icon=":material/workspaces:", layout="wide")
st.navigation(
    [
        st.Page("views/start.py", title="Start", icon=":material/home:", url_path="start", default=True),
        st.Page("views/explore.py", title="Explore", icon=":material/bubble_chart:", url_path="explore"),
        st.Page("views/clusters.py", title="Clusters", icon=":material/category:", url_path="clusters"),
        st.Page("views/export.py", title="Export", icon=":material/ios_share:", url_path="export"),
    ],
    position="top",
).run()
