"""Take back, do again, and everything that was done: three small buttons that every page has."""

from __future__ import annotations

from datetime import datetime

import streamlit as st

from app import acts
from app.callbacks import whole
from app.components import messages
from core import safe
from core.project import Project

UNDO_KEY, REDO_KEY = "Ctrl+Z", "Ctrl+Shift+Z"
_SHOWN = 100  # latest edits in the history
_NAMED = 26  # characters of what the button takes back; its tooltip and the history have all of it


def show(project: Project, *, key: str = "undo") -> None:
    """Draw the buttons; each names what it will do, so nothing has to be remembered.

    Parameters
    ----------
    project
        Whose edits.
    key
        Names the buttons.
    """
    back, again = project.journal.undo_sentence(), project.journal.redo_sentence()
    with st.container(horizontal=True, gap="small", vertical_alignment="center", width="content", key=key):
        st.button(
            f"Undo: {safe.markdown(back, _NAMED)}" if back else "Undo",
            icon=":material/undo:",
            key=key + ":undo",
            shortcut=UNDO_KEY,
            disabled=back is None,
            help=_hint("Take back", back),
            on_click=whole(acts.undo),
        )
        st.button(
            "Redo",
            type="tertiary",
            icon=":material/redo:",
            key=key + ":redo",
            shortcut=REDO_KEY,
            disabled=again is None,
            help=_hint("Do again", again),
            on_click=whole(acts.redo),
        )
        history = st.popover(
            "History", icon=":material/history:", key=key + ":history", type="tertiary", on_change="rerun"
        )
        # Two lines an edit would travel with every click, seen or not.
        if history.open:
            with history, messages.guard():
                _history(project)


def _hint(verb: str, sentence: str | None) -> str | None:
    return f"{verb}: {safe.markdown(sentence, 200)}" if sentence else None


def _history(project: Project) -> None:
    events = project.history(_SHOWN)
    if not events:
        st.caption("Nothing has been done yet. Every edit appears here and can be taken back.")
    for event in events:
        words = safe.markdown(event.sentence, 200)
        st.markdown(f"~~{words}~~" if event.undone else words)
        for conflict in event.conflicts[:3]:
            st.caption(f":material/warning: {safe.markdown(conflict, 200)}")
        by = f" · {safe.markdown(event.who, 40)}" if event.who else ""
        st.caption(f"{local_time(event.time)}{by}{' · taken back' if event.undone else ''}")
    if len(events) == _SHOWN:
        st.caption(f"The latest {_SHOWN}; all of them are in journal.jsonl in the project's folder.")


def local_time(utc: str) -> str:
    """An event's time as the clock on this machine says it: “14:05” today, else “3 May 14:05”."""
    try:
        moment = datetime.fromisoformat(utc).astimezone()
    except ValueError:
        return ""
    today = moment.date() == datetime.now().astimezone().date()
    return moment.strftime("%H:%M") if today else f"{moment.day} {moment.strftime('%b %H:%M')}"
