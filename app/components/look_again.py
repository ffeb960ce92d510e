"""The choice of what to look at again, what was found, and why an item was."""

from __future__ import annotations

import numpy as np
import streamlit as st

from app import acts, resources, reviewing, state
from app.callbacks import whole
from app.components import messages
from app.server.identity import current, require
from app.view import View
from core import look_again, near_duplicates, pipeline, safe
from core.look_again import TITLES
from core.partition.edits import Move, Reject
from core.partition.partition import UNDECIDED
from core.partition.rows import Rows
from core.users.roles import Right

_HELP = {
    "labels": "Their neighbours and a model contradict their label.",
    "alone": "None of their nearest items carries their label.",
    "outliers": "They fit nowhere.",
    "duplicates": "The same picture or text, saved once more.",
}


def show() -> None:
    """The button with the choices; one of them becomes what the gallery shows."""
    chosen = look_again.kind_of(state.get().scope)
    with st.popover("Look again", icon=":material/troubleshoot:", type="tertiary"):
        for kind, title in TITLES.items():
            st.button(
                title,
                key=f"look:{kind}",
                type="primary" if kind == chosen else "secondary",
                width="stretch",
                on_click=whole(choose),
                args=(kind,),
            )
            st.caption(_HELP[kind])
    if (
        chosen
        and current().may(Right.EDIT)
        and st.button(
            "One at a time",
            icon=":material/style:",
            type="tertiary",
            key="look:cards",
            help="Decide about each of these on the Review page, with a key a decision.",
        )
    ):
        reviewing.choose(look_again.name_of(chosen))
        st.switch_page("views/review.py")


def choose(kind: str) -> None:
    """Show the items of one kind. Near-duplicates are looked for in a job first."""
    state.set(scope=look_again.name_of(kind), cluster=None, query="", alike=None)
    name = state.get().project
    project = resources.open_project(name)
    if look_again.needs_job(kind, project, pipeline.structure(project)):
        messages.attempt(lambda: begin(name), undo=False)


def note(view: View) -> None:
    """How the items that the gallery shows were found; nothing when they are not something to look at again."""
    kind = look_again.kind_of(state.get().scope)
    finding = view.finding(kind) if kind else None
    if finding is not None:
        st.caption(safe.markdown(finding.note, 400))


def doubt(view: View, row: int) -> None:
    """What neighbours and model would call an item that is looked at again, and two ways to answer."""
    kind = look_again.kind_of(state.get().scope)
    finding = view.finding(kind) if kind else None
    proposed = finding.proposed.get(row, UNDECIDED) if finding else UNDECIDED
    if proposed not in view.partition.clusters:
        return
    title = safe.markdown(view.partition.title(proposed), 60)
    st.caption(f"Neighbours and model say {title}.")
    item = Rows(np.array([row]))
    with st.container(horizontal=True):
        agreed = st.button(f"Move it to {title}", icon=":material/arrow_forward:", key="item:agree")
        refused = st.button(f"It is not {title}", icon=":material/block:", key="item:refuse")
    if agreed or refused:
        acts.do(Move(item, proposed) if agreed else Reject(item, proposed))
        st.rerun()


def begin(name: str) -> str:
    """Begin the job that looks for near-duplicates. Raises `NotAllowed`."""
    require(Right.COMPUTE)
    jobs = resources.jobs(name)
    if not any(status.stage == near_duplicates.STAGE for status in jobs.unfinished()):
        jobs.start(near_duplicates.STAGE, {}, resources.standby())
    return "Looking for near-duplicates; they appear here when that is done."
