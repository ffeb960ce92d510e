"""Take a cluster apart: by number of parts, by the selection, or by typed words, each shown before anything moves."""

from __future__ import annotations

import numpy as np
import streamlit as st

from app import acts, resources, state
from app.components import gallery, messages
from app.view import View, title
from core import safe, search
from core.assist import splits
from core.assist.splits import SplitPreview
from core.assist.typicality import exemplars
from core.limits import DEFAULT

_WAYS = ("Number of parts", "Words", "Selection")
_SHOWN = 8
_NOTHING = np.empty(0, dtype=np.int64)


@st.dialog("Split a cluster", width="large")
def show(view: View, cluster_id: int) -> None:
    """Ask how, show the parts, and split on a button."""
    size = view.partition.size(cluster_id)
    st.markdown(f"**{safe.markdown(title(view.partition, cluster_id), 80)}**, {size:,} items")
    way = st.segmented_control("Split by", _WAYS, default=_WAYS[0], key="split:way", label_visibility="collapsed")
    with messages.guard():
        preview = _preview(view, cluster_id, way or _WAYS[0], size)
        if preview is not None:
            _parts(view, preview)
            moved = sum(len(part) for part in preview.parts[1:])
            new = len(preview.parts) - 1
            label = f"Split: {moved:,} items leave in {new} new cluster{'s' if new > 1 else ''}"
            if st.button(label, type="primary", icon=":material/call_split:", key="split:do"):
                acts.split(preview.edit())
                st.rerun()


def _preview(view: View, cluster_id: int, way: str, size: int) -> SplitPreview | None:
    members = view.partition.members(cluster_id)
    if way == "Selection":
        return splits.by_selection(members, state.selection().rows, cluster_id)
    if way == "Words":
        words = st.text_input("Items that answer to", key="split:words", max_chars=DEFAULT.query_chars)
        return _by_words(view, cluster_id, words) if words.strip() else None
    k = st.slider("Parts", 2, min(12, size), 2, key="split:k") if size > 2 else 2
    positions = view.found.positions(members)
    return splits.by_count(view.found.tree, view.found.features, positions, members, cluster_id, k)


def _by_words(view: View, cluster_id: int, words: str) -> SplitPreview:
    encoder = resources.encoders().wait(view.found.artifact("vectors"))
    found = view.found
    hits = search.by_text(words, encoder, found.vectors, found.rows, top=len(found.rows), modality=found.modality)
    scores = np.full(len(view.items), np.nan, dtype=np.float32)
    scores[hits.rows] = hits.scores
    members = view.partition.members(cluster_id)
    return splits.by_scores(members, scores[members], cluster_id, words)


def _parts(view: View, preview: SplitPreview) -> None:
    st.caption(safe.markdown(preview.why, 300))
    for number, part in enumerate(preview.parts):
        rows = part.array
        keeps = "keeps the name" if number == 0 else "becomes a new cluster"
        st.markdown(f"**{len(rows):,} items** · {keeps}")
        chosen = rows[exemplars(view.found.features, view.found.positions(rows), _SHOWN)]
        gallery.show(view.tiles(chosen), _NOTHING, key=f"split:part:{number}", size=72)
