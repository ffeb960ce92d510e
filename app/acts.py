"""What a button does: one edit on the open project, on the revision that the person was looking at, in her name."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import streamlit as st

from app import resources, state
from app.components import conflict, messages
from app.components.picks import Pick
from app.server.identity import require
from core.errors import Conflict, TaxonError
from core.fingerprint import fingerprint
from core.partition import edits
from core.partition.events import Event
from core.partition.partition import Partition
from core.partition.rows import Rows
from core.project import Project
from core.users.roles import Right

_SAW = "taxon:revision"


def saw(partition: Partition) -> None:
    """Remember which revision this tab shows, so that an edit of what has changed since is refused."""
    st.session_state[_SAW] = partition.revision


def do(edit: edits.Edit, then: Callable[[], object] | None = None) -> None:
    """Apply an edit in a callback, then do `then` unless it was refused; the next run says what happened.

    Where somebody else was quicker, the next run asks what shall stand.
    """

    def act() -> str:
        event = apply(edit)
        if then is not None:
            then()
        return " ".join([event.sentence + ".", *event.conflicts[:2]])

    # Whoever goes on to something else has answered the question before.
    conflict.settled()
    try:
        messages.attempt(act, conflicts=True)
    except Conflict as theirs:
        project = _project()
        yours, replaces = edit.describe(project.partition()), _can_replace(project, edit, theirs)
        conflict.ask(conflict.Dispute(state.get().project, edit, yours, theirs, replaces))


def apply(edit: edits.Edit) -> Event:
    """Apply an edit for whoever presses. Every edit that the browser asks for passes here.

    Raises
    ------
    NotAllowed
        When her role does not include edits.
    BadInput, Conflict, ProjectLocked, StorageFailed
        As `Project.apply`; nothing changed.
    """
    who, seen = require(Right.EDIT), st.session_state.get(_SAW)
    event = _project().apply(edit, revision=seen, who=who.name, key=_click(edit, seen))
    # A second click may come before the page is drawn again; it is made on what the first one did, and on nothing else.
    if seen is not None and event.revision == seen + 1:
        st.session_state[_SAW] = event.revision
    return event


def undo() -> None:
    """Take the latest edit back; refused when it is another one than the button named."""
    messages.attempt(lambda: f"Taken back: {apply(edits.Undo()).sentence}", undo=False)


def redo() -> None:
    """Do again what was taken back last."""
    messages.attempt(lambda: f"Done again: {apply(edits.Redo()).sentence}", undo=False)


def settle(dispute: conflict.Dispute, choice: str) -> None:
    """Answer to a dispute: “theirs” leaves everything, “both” adds mine, “yours” puts mine in the place of theirs."""
    conflict.settled()
    if choice == "both":
        do(joined(dispute.edit, _project().partition()))
    elif choice == "yours":
        _instead(dispute.edit)


def joined(edit: edits.Edit, partition: Partition) -> edits.Edit:
    """An edit that leaves what somebody else did beside it: names and notes are written one after the other."""
    cluster = partition.clusters.get(getattr(edit, "cluster_id", None) or 0)
    if isinstance(edit, edits.Rename) and cluster and cluster.name:
        return edits.Rename(cluster.id, f"{cluster.name} / {edit.name}")
    if isinstance(edit, edits.Note) and cluster and cluster.note:
        return edits.Note(cluster.id, f"{cluster.note}\n{edit.note}")
    return edit


def move_selection(cluster_id: int | None) -> None:
    """Move what is selected; None = to a new cluster, 0 = back to undecided."""
    do(edits.Move(_selected(), cluster_id))


def confirm_selection() -> None:
    """The selected items belong where they are."""
    do(edits.Confirm(_selected()))


def set_selection_aside() -> None:
    """Put what is selected away."""
    do(edits.SetAside(_selected()), state.clear_selection)


def forget_selection() -> None:
    """Remove what is selected for good; what this process remembers of it goes too."""

    def act() -> str:
        require(Right.FORGET)
        event = apply(edits.Forget(_selected()))
        resources.drop_derived()
        state.clear_selection()
        state.set(item=None, alike=None, query="", scope="all")
        return f"{event.sentence}: done, for good."

    messages.attempt(act, undo=False)


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


def pick(picked: Pick) -> None:
    """Change the selection by what was picked in a gallery."""
    state.select(picked.applied_to(state.selection().rows), "picked in the gallery")


def name_by_key(cluster_id: int, row: int) -> None:
    """A letter was pressed: the selected items go to its cluster, or else the item that has the focus."""
    rows = state.selection().rows
    do(edits.Move(Rows(rows if len(rows) else np.array([row])), cluster_id))


def _selected() -> Rows:
    return Rows(state.selection().rows)


def _project() -> Project:
    return resources.open_project(state.get().project)


def _instead(mine: edits.Edit) -> None:
    if not isinstance(mine, (edits.Rename, edits.Note)):
        try:
            apply(edits.Undo())
        except TaxonError as error:
            messages.refused(error)
            return
    do(mine)


def _click(edit: edits.Edit, seen: int | None) -> str | None:
    """Names a click: the same edit of the same tab on the same revision is one that came twice."""
    if seen is None or isinstance(edit, (edits.Undo, edits.Redo)):
        return None
    return f"{state.session()}:{fingerprint(seen, edit.to_json())}"


def _can_replace(project: Project, edit: edits.Edit, theirs: Conflict) -> bool:
    """Whether mine can stand in the place of theirs: a name can, and the latest edit can be taken back."""
    if isinstance(edit, (edits.Rename, edits.Note)):
        return theirs.cluster_id in project.partition().clusters
    latest = next(iter(project.history(1)), None)
    return latest is not None and latest.kind not in ("undo", "redo", "forget") and latest.time == theirs.when
