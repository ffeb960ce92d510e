"""The choices of an analysis, drawn from the tables of encoders and clusterers."""

from __future__ import annotations

from typing import Any

import streamlit as st

from core import safe
from core.encoders.table import ENCODERS
from core.limits import DEFAULT
from core.pipeline import Recipe
from core.structure.clusterers import CLUSTERERS

_AUTOMATIC = ""


def show(now: Recipe, *, key: str) -> Recipe:
    """Draw the form; returns the recipe as it is filled in."""
    names = [_AUTOMATIC, *(name for name in ENCODERS if name != "vectors")]
    names += [] if now.encoder in names else [now.encoder]
    encoder = st.selectbox(
        "Encoder",
        names,
        index=names.index(now.encoder),
        format_func=_encoder_title,
        key=f"{key}:encoder",
        help="What turns pictures and texts into numbers that can be compared.",
    )
    if encoder in ("clip", "sentence"):
        st.caption(ENCODERS[encoder].needs)
        detail = st.text_input("Model", key=f"{key}:model", max_chars=DEFAULT.query_chars).strip()
        encoder = f"{encoder}:{detail}" if detail else encoder
    method = st.selectbox(
        "Method",
        list(CLUSTERERS),
        index=list(CLUSTERERS).index(now.method) if now.method in CLUSTERERS else 0,
        format_func=lambda name: CLUSTERERS[name].title,
        key=f"{key}:method",
    )
    st.caption(CLUSTERERS[method].why)
    parameters = {
        one.name: _field(one, now.parameters.get(one.name, one.default), f"{key}:{method}:{one.name}")
        for one in CLUSTERERS[method].parameters
    }
    fast = st.toggle("Draw the map on all cores; it differs from run to run", now.map_mode == "fast", key=f"{key}:fast")
    return Recipe(encoder=encoder, method=method, parameters=parameters, map_mode="fast" if fast else "repeatable")


def _encoder_title(name: str) -> str:
    if name in ENCODERS:
        return ENCODERS[name].title
    return safe.plain(name, 80) or "Best that works here"


def _field(one: Any, value: Any, key: str) -> Any:
    if one.choices:
        return st.selectbox(one.title, one.choices, index=list(one.choices).index(value), help=one.help, key=key)
    kind = type(one.default)
    return st.number_input(one.title, kind(one.low), kind(one.high), kind(value), help=one.help, key=key)
