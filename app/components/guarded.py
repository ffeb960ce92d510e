"""A page of an open project: opens it, or says what to do when there is none."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from app import state
from app.components import header, messages
from app.view import View, load


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
        if not len(view.items):
            messages.empty("Nothing is in this project yet", "Import a folder, a zip or a table on the Start page.")
        elif not ready:
            messages.empty("The groups are not found yet", "They appear here by themselves when the job above is done.")
        else:
            draw(view)
        state.show_address()
