"""Serves `components.py` with the routes that our components fetch from."""

from __future__ import annotations

import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parents[2]))

import streamlit as st  # noqa: E402

from app import routes, tiles  # noqa: E402

app = st.App(HERE / "components.py", routes=[*routes.ROUTES, *tiles.ROUTES])
