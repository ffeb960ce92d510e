"""What the machine would merge and split, both sides shown, one answer each."""

from __future__ import annotations

import numpy as np
import streamlit as st

from app import acts, resources
from app.callbacks import whole
from app.components import gallery
from app.view import View, title
from core import safe, suggestions
from core.assist.merges import MergeSuggestion
from core.assist.split_suggestions import SplitSuggestion
from core.suggestions import Suggestions

_SHOWN = 3  # of each kind; the next one comes when one is answered
_TILE = 72
_NOTHING = np.empty(0, dtype=np.int64)


def show(view: View) -> None:
    """Draw the cards, or that there is nothing to suggest."""
    found = _found(view)
    if not len(found):
        st.caption("No two clusters look like one, and none looks like two.")
        return
    for number, merge in enumerate(found.merges[:_SHOWN]):
        _merge(view, merge, number)
    for number, split in enumerate(found.splits[:_SHOWN]):
        _split(view, split, number)
    waiting = len(found) - min(_SHOWN, len(found.merges)) - min(_SHOWN, len(found.splits))
    if waiting:
        st.caption(f"{waiting} more when these are answered.")


def _found(view: View) -> Suggestions:
    def compute() -> Suggestions:
        with st.spinner("Comparing clusters …"):
            return suggestions.find(view.project, view.partition, view.found)

    # Members decide, not answers: after a No the rest stands as it is and nothing is computed anew.
    name = f"suggestions of {view.project.path}"
    return resources.derived(name, suggestions.key(view.partition, view.found), compute).standing(view.partition)


def _merge(view: View, merge: MergeSuggestion, number: int) -> None:
    big, small = merge.cluster_ids
    sizes = [view.partition.size(each) for each in merge.cluster_ids]
    with st.container(border=True):
        st.markdown(f"**Are these the same?** · {merge.probability:.0%} sure")
        st.caption(safe.markdown(merge.why, 300))
        heads = [f"{title(view.partition, each)} ({view.partition.size(each):,})" for each in merge.cluster_ids]
        _sides(view, heads, merge.shown, f"merge:{big}:{small}")
        _answers(
            (f"Yes, merge {sizes[1]:,} into {sizes[0]:,}", acts.do, merge.edit()),
            ("No, they are different", acts.do, merge.refusal()),
            f"merge:{number}",
        )


def _split(view: View, split: SplitSuggestion, number: int) -> None:
    leaving = len(split.parts[1])
    with st.container(border=True):
        name = safe.markdown(title(view.partition, split.cluster_id), 60)
        st.markdown(f"**Are these two different things?** · {name} · {split.probability:.0%} sure")
        st.caption(safe.markdown(split.why, 300))
        heads = [f"{len(split.parts[0]):,} items stay", f"{leaving:,} items would leave"]
        _sides(view, heads, split.shown, f"split:{split.cluster_id}")
        shown = sum(map(len, split.shown))
        _answers(
            (f"Yes, split {leaving:,} off", acts.do, split.edit()),
            (f"No, these {shown} belong together", acts.do, split.refusal()),
            f"split:{number}",
        )


def _sides(view: View, heads: list[str], shown: tuple[np.ndarray, ...], key: str) -> None:
    for side, (column, head, rows) in enumerate(zip(st.columns(2), heads, shown, strict=True)):
        with column:
            st.caption(safe.markdown(head, 80))
            gallery.show(view.tiles(rows), _NOTHING, key=f"{key}:{side}", size=_TILE)


def _answers(yes: tuple, no: tuple, key: str) -> None:
    with st.container(horizontal=True, gap="small"):
        for (label, act, edit), name, kind in ((yes, "yes", "primary"), (no, "no", "secondary")):
            st.button(label, key=f"suggest:{key}:{name}", type=kind, on_click=whole(act), args=(edit,))
