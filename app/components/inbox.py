"""The undecided: what a threshold on the confidence would accept and send back, seen before it is done."""

from __future__ import annotations

import numpy as np
import streamlit as st

from app import acts
from app.callbacks import whole
from app.components import gallery
from app.view import View
from core import safe
from core.assist.undecided import Moves, likely_labels, moves, threshold_for
from core.partition.partition import UNDECIDED

_KEY = "inbox:threshold"
_SHOWN = 24
_TILE = 72
_TARGET = 0.98
_NOTHING = np.empty(0, dtype=np.int64)


def show(view: View) -> None:
    """Draw the slider, what it would do, and the button that does it."""
    proposed, confidence = likely_labels(view.partition), view.partition.confidence
    waiting = len(view.partition.undecided())
    st.markdown(f"**{waiting:,} undecided**")
    if not np.isfinite(confidence).any():
        st.caption(
            "No label has a confidence yet. Answer cards on the Review page: from 30 checked items on, every label "
            "that the machine gives says how likely it is right, and you can choose here from where on to accept."
        )
        return
    judged = moves(view.partition, proposed, confidence, 0.0)
    enough = threshold_for(confidence[proposed != UNDECIDED], _TARGET) if judged.judged else None
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        percent = st.slider("Accept labels from this confidence on", 50, 100, 90, format="%d %%", key=_KEY)
        label = f"Where {_TARGET:.0%} are right"
        st.button(label, key="inbox:enough", disabled=enough is None, on_click=whole(_choose), args=(enough,))
    found = moves(view.partition, proposed, confidence, percent / 100)
    st.caption(safe.markdown(found.sentence(), 200))
    edit = found.edit(proposed, confidence)
    scope = found.scope()
    label = f"Apply: {scope}" if edit is not None else "Nothing moves"
    st.button(label, key="inbox:apply", type="primary", disabled=edit is None, on_click=whole(acts.do), args=(edit,))
    _sides(view, found, confidence)


def _sides(view: View, found: Moves, confidence: np.ndarray) -> None:
    """What would move, what is nearest to the threshold first: there it is decided."""
    distance = np.abs(np.nan_to_num(confidence) - found.threshold)
    for name, rows, words in (("accept", found.accept, "would enter"), ("release", found.release, "would go back")):
        if len(rows):
            nearest = rows[np.argsort(distance[rows], kind="stable")[:_SHOWN]]
            more = f", {len(nearest)} nearest to the threshold shown" if len(nearest) < len(rows) else ""
            st.caption(f"{len(rows):,} {words}{more}")
            tiles = view.tiles(nearest, confidence[nearest])
            gallery.show(tiles, _NOTHING, key=f"inbox:{name}", size=_TILE)


def _choose(threshold: float) -> None:
    st.session_state[_KEY] = int(np.clip(np.ceil(100 * threshold - 1e-6), 50, 100))
