"""The pages and their addresses; runs at the top of every rerun."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from app import state
from app.components import account, frame

# A file of ours: the icon of a material symbol would be fetched from another host.
_ICON = Path(__file__).resolve().parent.parent / "assets" / "icon.png"

st.set_page_config(page_title="Taxon", page_icon=str(_ICON), layout="wide")
frame.widen()
state.follow()
_ACCOUNT = (
    [st.Page("views/account.py", title=account.title(), icon=":material/account_circle:", url_path="account")]
    if account.has_login()
    else []
)
st.navigation(
    [
        st.Page("views/start.py", title="Start", icon=":material/home:", url_path="start", default=True),
        st.Page("views/explore.py", title="Explore", icon=":material/bubble_chart:", url_path="explore"),
        st.Page("views/review.py", title="Review", icon=":material/rate_review:", url_path="review"),
        st.Page("views/clusters.py", title="Clusters", icon=":material/category:", url_path="clusters"),
        st.Page("views/export.py", title="Export", icon=":material/ios_share:", url_path="export"),
        *_ACCOUNT,
    ],
    position="top",
).run()
