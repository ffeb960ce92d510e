"""The room that a page has: pictures get the margins that Streamlit leaves at both sides of a wide page."""

from __future__ import annotations

from functools import cache
from typing import Any

import streamlit as st

_STYLE = """
.stMainBlockContainer { padding-inline: clamp(0.75rem, 1.7vw, 1.75rem); }
.stElementContainer:has(.taxon-frame) { display: none; }
"""


def widen() -> None:
    """Narrow the margins; the element itself takes no room. A theme token does not exist for this (Streamlit 1.67)."""
    _component()(key="taxon:frame")


@cache
def _component() -> Any:
    mark = '<i class="taxon-frame"></i>'
    return st.components.v2.component("taxon_frame", html=mark, css=_STYLE, isolate_styles=False)
