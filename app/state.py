"""What a person looks at, in one value under one session key; and her selection, which stays on the server.

`UiState` is small and plain. The selection may hold a million rows, so they never travel: they stay in this process,
and in the project under a key, by which a session that is new (a reload) gets them back.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import streamlit as st

from core import hot_keys, safe, selections
from core.browse import Filter
from core.limits import DEFAULT
from core.partition.partition import Partition

_KEY = "taxon"
_SESSION = "taxon:session"
_IGNORED = "taxon:ignored"
_ROWS = "taxon:selection"
_LOOKED_AT = "taxon:looked-at"
_COMPARED = "taxon:compared"
_LETTERS = "taxon:letters"
_STEP, _STEPPED = "step", "taxon:stepped"
_SHOWN = ("project", "cluster", "item", "q")
SIZES = (72, 112, 160, 240)  # pixels of a tile's side


@dataclass(frozen=True)
class UiState:
    """Everything a page needs to draw itself.

    Attributes
    ----------
    project
        Name of the open project's folder without `.taxon`; empty = none.
    cluster
        Id of the focused cluster, 0 = the undecided, None = all items.
    item
        Row of the item in the big view; None = closed.
    query, alike
        Typed words searched for; row whose look-alikes are shown. At most one is set.
    colour_by
        “cluster”, “origin”, or a column's name after “column:”.
    filters
        On the user's own columns.
    size
        Side of a tile in the gallery, in pixels.
    order
        Of the gallery: a key of `core.arranging.TITLES`.
    ticked
        Ids of the clusters ticked for a merge.
    scope
        What the gallery shows when neither a query nor a cluster says it: “all” or “selection” (`looked_at`).
    deck
        What the Review page asks (`core.decks.names`); empty = the queue.
    """

    project: str = ""
    cluster: int | None = None
    item: int | None = None
    query: str = ""
    alike: int | None = None
    colour_by: str = "cluster"
    filters: tuple[Filter, ...] = ()
    size: int = SIZES[1]
    order: str = ""
    ticked: tuple[int, ...] = ()
    scope: str = "all"
    deck: str = ""


@dataclass(frozen=True)
class Picked:
    """The selection of this session.

    Attributes
    ----------
    rows
        (k,) int64, ascending, read-only.
    origin
        How it came about, in words: “drawn on the map”, “picked in the gallery”; may be empty.
    """

    rows: np.ndarray = field(default_factory=lambda: _frozen(np.empty(0, dtype=np.int64)), repr=False)
    origin: str = ""

    @cached_property
    def key(self) -> str:
        """Names this selection where it is kept (`core.selections`); empty when nothing is selected."""
        return selections.key_of(self.rows, self.origin) if len(self) else ""

    def __len__(self) -> int:
        return len(self.rows)

    def sentence(self, of: int, noun: str = "items") -> str:
        """“47 of 412 items selected”."""
        return f"{len(self):,} of {of:,} {noun} selected"


def session() -> str:
    """Names this session, and with it the tab that it serves; hard to guess."""
    return st.session_state.setdefault(_SESSION, secrets.token_hex(8))


def get() -> UiState:
    """The state of this session; a new one begins with what the address says."""
    if _KEY not in st.session_state:
        st.session_state[_KEY], st.session_state[_IGNORED] = from_address(st.query_params)
    return st.session_state[_KEY]


def set(**changes: Any) -> UiState:
    """Replace some fields and show them in the address. Another project begins anew."""
    before = get()
    if "project" in changes and changes["project"] != before.project:
        changes = {**UiState(size=before.size).__dict__, **changes}
        for kept in (_ROWS, _LOOKED_AT, _COMPARED, _LETTERS):
            st.session_state.pop(kept, None)
    state = replace(before, **changes)
    st.session_state[_KEY] = state
    return state


def to_address(state: UiState) -> dict[str, str]:
    """What the address says about a state, so that it can be kept and sent."""
    told = {"project": state.project, "q": state.query}
    if state.cluster is not None:
        told["cluster"] = str(state.cluster)
    if state.item is not None:
        told["item"] = str(state.item)
    return {name: value for name, value in told.items() if value}


def show_address() -> None:
    """Write the state into the address. To be called by a page, not in a callback."""
    told = to_address(get())
    if {name: value for name, value in st.query_params.items() if name in _SHOWN} != told:
        for name in _SHOWN:
            st.query_params.pop(name, None)
        st.query_params.update(told)


def follow() -> None:
    """Go to what the address says, if the browser's Back or Forward led to it; one without a project changes nothing.

    `app/server/early.js` marks such an address with the time of the step. To be called before anything is drawn.
    """
    step = st.query_params.get(_STEP)
    if step is None:
        return
    there, _ = from_address(st.query_params)
    if there.project and step != st.session_state.get(_STEPPED):
        set(project=there.project)
        set(cluster=there.cluster, item=there.item, query=there.query, alike=None)
    st.session_state[_STEPPED] = step
    del st.query_params[_STEP]


def from_address(parameters: Mapping[str, str]) -> tuple[UiState, list[str]]:
    """A state from the address, and a sentence for everything in it that makes no sense.

    Parameters
    ----------
    parameters
        project, cluster, item, q; anything else is not ours.
    """
    state, ignored = UiState(), []
    name = parameters.get("project", "")
    if name and name == safe.file_name(name):
        state = replace(state, project=name)
    elif name:
        ignored.append(f"“{safe.plain(name, 60)}” cannot be the name of a project.")
    for field_name, noun in (("cluster", "cluster"), ("item", "item")):
        written = parameters.get(field_name, "")
        if written.isascii() and written.isdigit() and len(written) <= 9:
            state = replace(state, **{field_name: int(written)})
        elif written:
            ignored.append(
                f"“{safe.plain(written, 60)}” is not the number of {'an' if noun == 'item' else 'a'} {noun}."
            )
    words = safe.plain(parameters.get("q", "")).strip()[: DEFAULT.query_chars]
    return replace(state, query=words), ignored


def ignored_in_address() -> list[str]:
    """Sentences about the parts of the address that were ignored; empty after the first time in a session."""
    get()
    return st.session_state.pop(_IGNORED, [])


def selection() -> Picked:
    """What is selected in this session."""
    return st.session_state.get(_ROWS, Picked())


def select(rows: np.ndarray, origin: str = "") -> Picked:
    """Replace the selection."""
    picked = Picked(_frozen(np.unique(np.asarray(rows, dtype=np.int64))), origin)
    st.session_state[_ROWS] = picked
    return picked


def clear_selection() -> None:
    """Select nothing, and look at nothing that was selected."""
    st.session_state[_ROWS] = Picked()
    st.session_state.pop(_LOOKED_AT, None)


def look_at_selection() -> None:
    """The gallery shows what is selected now, whatever is picked from it later, until something else is asked for."""
    st.session_state[_LOOKED_AT] = selection()
    set(scope="selection", cluster=None, query="", alike=None)


def looked_at() -> Picked:
    """What was selected when `look_at_selection` was called last."""
    return st.session_state.get(_LOOKED_AT, Picked())


def compare_with_selection() -> None:
    """What is selected now is what others are compared with, whatever is picked later."""
    st.session_state[_COMPARED] = selection()


def compared() -> Picked:
    """What was selected when `compare_with_selection` was called last."""
    return st.session_state.get(_COMPARED, Picked())


def letters(partition: Partition) -> dict[str, int]:
    """Letter → id of the cluster that it stands for in this session."""
    found = hot_keys.letters(partition, st.session_state.get(_LETTERS, {}))
    st.session_state[_LETTERS] = found
    return found


def never_selected() -> bool:
    """Whether this session is so new that nobody has selected or cleared anything in it."""
    return _ROWS not in st.session_state


def _frozen(rows: np.ndarray) -> np.ndarray:
    rows.flags.writeable = False
    return rows
