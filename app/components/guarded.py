"""A page of an open project: opens it, or says what to do when there is none."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from app import launch, resources, state
from app.callbacks import whole
from app.components import header, messages
from app.server.identity import current
from app.view import View, load
from core.users.roles import Right


def page(draw: Callable[[View], None], tools: Callable[[View], None] | None = None) -> None:
    """Draw a page of the open project; `tools` stand in its header."""
    name = state.get().project
    messages.ignored()
    if not name:
        messages.empty("No project is open", "Begin with the demo, or bring your own pictures or texts.")
        st.page_link("views/start.py", label="Go to Start", icon=":material/home:")
        return
    with messages.guard():
        view = load(name)
        ready = view.found.has("clustering")
        header.show(view, (lambda: tools(view)) if tools and ready else None)
        if not len(view.items.rows):
            messages.empty("Nothing is in this project yet", "Import a folder, a zip or a table on the Start page.")
        elif not ready:
            _not_ready(view)
        else:
            draw(view)
        state.show_address()


def _not_ready(view: View) -> None:
    if resources.jobs(view.name).unfinished():
        messages.empty("The groups are not found yet", "They appear here by themselves when the job above is done.")
        return
    forgotten = len(view.items.rows) < len(view.items)
    why = "Items were forgotten, and what was computed with them went too. " if forgotten else ""
    messages.empty("The analysis is to be run again", f"{why}What was decided about the items is kept.")
    if current().may(Right.COMPUTE):
        st.button(
            "Analyse again", type="primary", icon=":material/play_arrow:", key="page:again",
            on_click=whole(lambda: messages.attempt(lambda: _again(view.name), undo=False)),
        )  # fmt: skip


def _again(name: str) -> str:
    launch.again(name, launch.recipe_of(name))
    return "Analysing again."
