"""One question at a time, the one whose answer is worth most; a key a decision."""

from __future__ import annotations

from functools import partial

import numpy as np
import streamlit as st

from app import acts, reviewing, routes, state
from app.callbacks import whole
from app.components import card as question
from app.components import decks, guarded, messages, preload, waiting
from app.components.size import Fill
from app.server.identity import current
from app.view import View
from core import safe
from core.users.roles import Right

HEIGHT = Fill(130)
_ALONE = 1  # an item that is shown alone is worth its large picture


def draw(view: View) -> None:
    """The page."""
    if view.project.holder:
        messages.empty("Questions wait", "Somebody else writes in this project. When she is done, load the page again.")
    elif not current().may(Right.EDIT):
        messages.empty("You may look, not answer", "What others answered is on the pages Explore and Clusters.")
    else:
        _ask(view)


def _ask(view: View) -> None:
    if decks.waits(view):
        return
    desk = reviewing.desk(view)
    if desk is None:
        waiting.show("Looking for the first question …", lambda: reviewing.desk(view, 0) is not None)
        return
    card = reviewing.ask(desk)
    if card is None:
        decks.ended(view, desk) if state.get().deck else _nothing_to_ask(view)
        return
    rows = view.items.rows_of(card.shown)
    names = reviewing.names_in_use(view.partition)
    question.show(
        card,
        view.tiles(rows),
        key="review:card",
        suggestions=reviewing.suggestions(desk, card, rows, names),
        names=names,
        on_answer=partial(reviewing.answer, desk, card),
        on_undo=acts.undo,
        revision=view.partition.revision,
        deck=state.get().deck,
        big=_big(view, rows),
        done=reviewing.done(desk, view),
        panel=reviewing.panel(desk, view),
        height=HEIGHT,
    )
    # The card above is on its way already; what is done here is done while she looks at it.
    coming = reviewing.ahead(desk)
    if coming is not None:
        rows = view.items.rows_of(coming.shown)
        pictures = [tile.picture for tile in view.tiles(rows) if tile.picture]
        preload.show([*pictures, *_big(view, rows)] if pictures else [], key="review:ahead")


def _big(view: View, rows: np.ndarray) -> list[str]:
    return [routes.picture_url(view.name, row) for row in rows.tolist()] if len(rows) == _ALONE else []


def _nothing_to_ask(view: View) -> None:
    if view.partition.settled().sum() >= view.partition.n_items:
        sentence = "Take the labels away, or look once more at what is odd."
        messages.empty("Everything is settled", sentence, ":material/done_all:")
        st.page_link("views/export.py", label="Export", icon=":material/arrow_forward:")
        return
    messages.empty("Nothing is left to ask but what you skipped", "Look at it again, or leave it undecided.")
    with st.container(horizontal=True):
        st.button("Ask the skipped ones again", type="primary", key="review:again", on_click=whole(reviewing.clear))
        st.page_link("views/export.py", label="Export", icon=":material/arrow_forward:")


def _tools(view: View) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"**{safe.markdown(view.name, 60)}** · {safe.markdown(reviewing.progress(view))}", width="content")
        decks.choice(view)
        if current().may(Right.COMPUTE) and reviewing.may_look_for_names(view):
            st.button(
                "Suggest names",
                icon=":material/sell:",
                type="tertiary",
                key="review:names",
                on_click=whole(messages.attempt),
                args=(lambda: reviewing.look_for_names(view.name), False),
                help="Reads the words to name by once for this collection; that takes up to a minute.",
            )


# An answer runs this again, and nothing around it.
st.fragment(guarded.page)(draw, tools=_tools)
