"""What a button does: one edit on the open project, on the revision that the person was looking at."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import streamlit as st

from app import resources, state
from app.components import messages
from core.partition import edits
from core.partition.rows import Rows
from core.project import Project

WHO = "browser"
_SAW = "taxon:revision"


def saw(project: Project) -> None:
    """Remember which revision this tab shows, so that an edit of what has changed since is refused."""
    st.session_state[_SAW] = project.partition().revision


def do(edit: edits.Edit, then: Callable[[], object] | None = None) -> None:
    """Apply an edit in a callback, then do `then` unless it was refused; the next run says what happened."""

    def act() -> str:
        event = _project().apply(edit, revision=st.session_state.get(_SAW), who=WHO)
        if then is not None:
            then()
        return " ".join([event.sentence + ".", *event.conflicts[:2]])

    messages.attempt(act)


def move_selection(cluster_id: int | None) -> None:
    """Move what is selected; None = to a new cluster, 0 = back to undecided."""
    do(edits.Move(_selected(), cluster_id))


def confirm_selection() -> None:
    """The selected items belong where they are."""
    do(edits.Confirm(_selected()))


def set_selection_aside() -> None:
    """Put what is selected away."""
    do(edits.SetAside(_selected()), state.clear_selection)


def rename(cluster_id: int, widget: str) -> None:
    """Give a cluster the name that was typed into a widget."""
    do(edits.Rename(cluster_id, st.session_state[widget]))


def note(cluster_id: int, widget: str) -> None:
    """Give a cluster the note that was typed into a widget."""
    do(edits.Note(cluster_id, st.session_state[widget]))


def merge(cluster_ids: tuple[int, ...], into: int | None = None) -> None:
    """Merge clusters; the biggest, or `into`, keeps its id and name and comes into focus."""

    def look_at_it() -> None:
        clusters = _project().partition().clusters
        state.set(ticked=(), cluster=next((one for one in cluster_ids if one in clusters), None))

    do(edits.Merge(cluster_ids, into), look_at_it)


def split(edit: edits.Split) -> None:
    """Take a cluster apart as it was shown."""
    do(edit)


def select(origin: str) -> Callable[[np.ndarray], None]:
    """A callback that makes rows the selection."""
    return lambda rows: _select(rows, origin)


def _select(rows: np.ndarray, origin: str) -> None:
    state.select(rows, origin)


def _selected() -> Rows:
    return Rows(state.selection().rows)


def _project() -> Project:
    return resources.open_project(state.get().project)
