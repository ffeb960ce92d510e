"""The line that every page of a project begins with: what it is, how far the work is, and the way back."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from app import acts
from app.components import account, conflict, job_panel, messages, storage, undo_bar
from app.server.identity import current
from app.view import View
from core import browse, safe
from core.users.roles import Right


def show(view: View, tools: Callable[[], None] | None = None) -> None:
    """Draw the header, the outcome of the last act, and the panel of a running job.

    Parameters
    ----------
    tools
        Draws the page's own tools beside the way back; without them the progress stands there.
    """
    # Containers that are always there: a message that comes or goes must not move what is below it to another place in
    # the page's tree, or map and list would be built anew.
    with st.container():
        messages.notice()
        conflict.show(view.name, acts.settle)
    left, back = st.columns([7, 5], vertical_alignment="center")
    with left:
        (tools or (lambda: progress(view)))()
    with back, st.container(horizontal=True, gap="small", vertical_alignment="center"):
        undo_bar.show(view.project)
        account.presence(view.name)
    with st.container():
        storage.show(view.project)
        if view.project.holder:
            holder = safe.markdown(view.project.holder)
            st.warning(f"Reading only. This project is held by {holder}.", icon=":material/lock:")
        elif not current().may(Right.EDIT):
            st.caption(":material/visibility: You may look, not edit; an owner can change that.")
        job_panel.show(view.name)
    acts.saw(view.partition)


def progress(view: View) -> None:
    """One line: what is in here, what is done."""
    told = browse.progress(view.partition)
    share = told["settled"] / max(told["items"], 1)
    st.markdown(
        f"**{safe.markdown(view.name, 60)}** · {share:.0%} of {told['items']:,} items settled · "
        f"{told['named']:,} of {told['clusters']:,} clusters named · {told['undecided']:,} undecided"
    )
