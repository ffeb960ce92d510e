"""What a cluster is: its typical, border and odd items, and what sets it apart from the clusters next to it."""

from __future__ import annotations

import numpy as np
import streamlit as st

from app import resources
from app.components import gallery, messages
from app.view import View, title
from core import explanation, naming, safe
from core.assist.names.inputs import Inputs
from core.assist.separators import Separator
from core.fingerprint import fingerprint

_SIZE = 72  # pixels
_NOTHING = np.empty(0, dtype=np.int64)


def button(view: View, cluster_id: int) -> None:
    """Opens the panel for a cluster."""
    if st.button("What is this cluster?", icon=":material/help_center:", key="explain:open", type="tertiary"):
        show(view, cluster_id)


@st.dialog("What is this cluster?", width="large")
def show(view: View, cluster_id: int) -> None:
    """The panel."""
    st.markdown(f"**{safe.markdown(title(view.partition, cluster_id), 80)}**")
    with messages.guard():
        with st.spinner("Reading what there is to tell it by …"):
            told = explanation.of_cluster(view.partition, _inputs(view), cluster_id)
        st.caption(safe.markdown(told.sentence, 400))
        for separator in told.separators:
            _line(separator)
        _items(view, "Typical, from its middle outwards", told.typical, "typical")
        for place, (other, rows) in enumerate(told.border):
            _items(view, f"On the border to {title(view.partition, other)}", rows, f"border:{place}")
        _items(view, "Odd ones", told.odd, "odd")


def _line(one: Separator) -> None:
    term = safe.markdown(one.term, 80)
    low, high = one.inside_range
    st.markdown(f"**{term}** · {one.sentence()}", help=f"From the {one.source}; 95 % interval {low:.0%} to {high:.0%}.")


def _items(view: View, heading: str, rows: np.ndarray, name: str) -> None:
    if len(rows):
        st.caption(safe.markdown(heading, 120))
        gallery.show(view.tiles(rows), _NOTHING, key=f"explain:{name}", size=_SIZE)


def _inputs(view: View) -> Inputs:
    project = view.project
    parts = (str(project.path), project.created, view.found.active, naming.prepared(project), naming.kept_list(project))
    return resources.derived("naming", fingerprint(*parts), lambda: naming.inputs(project, view.found))
