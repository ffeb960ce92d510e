"""Refusals in plain words, and the word that an edit is done, with the way back."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import streamlit as st

from app import state
from core import safe
from core.errors import Conflict, TaxonError

_NOTICE = "taxon:notice"


@contextmanager
def guard() -> Iterator[None]:
    """Show a refusal of `core` where it happens and go on with the page. Reruns and our own mistakes pass through."""
    try:
        yield
    except TaxonError as error:
        show(error)


def show(error: TaxonError) -> None:
    """A refusal: what, why, and what to do now."""
    parts = [f"**{safe.markdown(error.what)}**", safe.markdown(error.why), safe.markdown(error.next_step)]
    st.error("  \n".join(part for part in parts if part.strip("*")), icon=":material/error:")


def attempt(act: Callable[[], str], undo: bool = True, conflicts: bool = False) -> None:
    """Do an edit in a callback, where nothing can be drawn; `notice` says the outcome at the top of the next run.

    Parameters
    ----------
    act
        Does it and returns what it did, in a sentence.
    undo
        Whether the word comes with the way back.
    conflicts
        Whether a `Conflict` is the caller's to settle, and passes through.
    """
    try:
        st.session_state[_NOTICE] = ("done", act(), undo)
    except TaxonError as error:
        if conflicts and isinstance(error, Conflict):
            raise
        refused(error)


def refused(error: TaxonError) -> None:
    """Say at the top of the next run what was refused."""
    st.session_state[_NOTICE] = ("refused", error, False)


def notice(undo: Callable[[], None] | None = None, undo_key: str = "Ctrl+Z") -> None:
    """Say once what `attempt` did: a toast for what is done, a box for what was refused.

    Parameters
    ----------
    undo
        Takes the latest edit back; None = no button, only the key is named.
    """
    told = st.session_state.pop(_NOTICE, None)
    if told is None:
        return
    kind, outcome, undoable = told
    if kind == "refused":
        show(outcome)
        return
    way_back = f"  \n{undo_key} takes it back." if undoable else ""
    st.toast(safe.markdown(outcome) + way_back, icon=":material/check:", duration="long")


def ignored() -> None:
    """Say once which parts of the address made no sense."""
    for sentence in state.ignored_in_address():
        st.warning(safe.markdown(sentence))


def empty(title: str, what_to_do: str, icon: str = ":material/inbox:") -> None:
    """A place with nothing in it yet, and what to do about that. Both are our own words."""
    with st.container(border=True, horizontal_alignment="center"):
        st.markdown(f"#### {icon} {title}", text_alignment="center")
        st.caption(what_to_do, text_alignment="center")
