"""The choice of the order in which the gallery shows its items."""

from __future__ import annotations

import streamlit as st

from app import state
from app.callbacks import whole
from app.view import View
from core import arranging
from core.arranging import TITLES

_HELP = {
    arranging.GIVEN: "Best matches, most typical members, or the order of import.",
    arranging.TYPICAL: "By how near they are to the middle of their cluster.",
    arranging.BORDER: "Those that are nearly as near to another cluster.",
    arranging.UNSURE: "By the confidence of their label.",
    arranging.LIKE: "By how like they are to what is selected now.",
    arranging.WALK: "One way through all of them on which neighbours look alike.",
}


def show(view: View) -> None:
    """The button with the orders; it is called after the one that is in use."""
    chosen, picked = state.get().order, state.selection()
    offered = arranging.possible(view.scope, view.partition, view.found, len(picked) or len(state.compared()))
    used = chosen if chosen in offered else arranging.GIVEN
    with st.popover(TITLES[used] if used else "Order", icon=":material/swap_vert:", type="tertiary"):
        st.radio(
            "Order",
            offered,
            index=offered.index(used),
            format_func=TITLES.__getitem__,
            captions=[_HELP[order] for order in offered],
            # A choice made elsewhere makes another field, or this one would go on to show the old one.
            key=f"order:{used}:{len(offered)}",
            on_change=whole(_choose),
            args=(f"order:{used}:{len(offered)}",),
            label_visibility="collapsed",
        )


def _choose(key: str) -> None:
    choose(st.session_state[key])


def choose(order: str) -> None:
    """Show the gallery in this order."""
    if order == arranging.LIKE and len(state.selection()):
        state.compare_with_selection()
    state.set(order=order)
