"""Somebody else was quicker: what she did, what you wanted, and which of it shall stand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

from app.callbacks import whole
from core import safe
from core.errors import Conflict
from core.partition.edits import Edit

_KEY = "taxon:dispute"


@dataclass(frozen=True)
class Dispute:
    """An edit that was refused because what it touches had changed.

    Attributes
    ----------
    project
        Name.
    edit, yours
        What was wanted, as an edit and in words.
    theirs
        Who did what, and when.
    replaces
        Whether yours can stand instead of theirs.
    """

    project: str
    edit: Edit
    yours: str
    theirs: Conflict
    replaces: bool


def ask(dispute: Dispute) -> None:
    """Ask at the top of the next run."""
    st.session_state[_KEY] = dispute


def settled() -> None:
    """Ask no more."""
    st.session_state.pop(_KEY, None)


def show(project: str, settle: Callable[[Dispute, str], None]) -> None:
    """Draw the question, if there is one about this project, until it is answered.

    Parameters
    ----------
    settle
        Called with the answer: “theirs”, “both” or “yours”.
    """
    dispute = st.session_state.get(_KEY)
    if dispute is None or dispute.project != project:
        return
    with st.container(border=True, key="conflict"):
        st.markdown(f"**{safe.markdown(dispute.theirs.what)}** Nothing of yours was stored yet.")
        st.markdown(f"Theirs: {safe.markdown(dispute.theirs.why, 300)}  \nYours: {safe.markdown(dispute.yours, 300)}.")
        with st.container(horizontal=True):
            for label, icon, choice, help_ in _CHOICES:
                st.button(
                    label,
                    icon=f":material/{icon}:",
                    key=f"conflict:{choice}",
                    help=help_,
                    disabled=choice == "yours" and not dispute.replaces,
                    on_click=whole(settle),
                    args=(dispute, choice),
                )


_CHOICES = (
    ("Keep theirs", "person", "theirs", "Yours is dropped."),
    ("Keep both", "group", "both", "Yours is done on top of theirs; names and notes are written side by side."),
    ("Mine instead", "front_hand", "yours", "Theirs makes room for yours; the history keeps both."),
)
