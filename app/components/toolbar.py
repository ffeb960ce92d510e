"""The row above the map: search, colours, filters, the size of the tiles."""

from __future__ import annotations

import streamlit as st

from app import state
from app.callbacks import whole
from app.palette import CATEGORIES, STEPS
from app.view import COLUMN, View
from core import colouring, safe
from core.browse import Filter
from core.limits import DEFAULT

_QUERY, _COLOUR, _SIZE = "toolbar:query", "toolbar:colour", "toolbar:size"


def show(view: View) -> None:
    """Draw the toolbar; what is chosen goes to the state."""
    ui = state.get()
    search, colour, filters, size = st.columns([4, 2, 1.5, 1.5], vertical_alignment="bottom")
    st.session_state[_QUERY] = ui.query
    search.text_input(
        "Search",
        key=_QUERY,
        placeholder="Search by meaning, or in “quotes” literally",
        max_chars=DEFAULT.query_chars,
        on_change=whole(_search),
        label_visibility="collapsed",
        icon=":material/search:",
    )
    ways = [colouring.CLUSTER, colouring.ORIGIN, *(COLUMN + column for column in view.items.columns)]
    colour.selectbox(
        "Colours",
        ways,
        index=ways.index(ui.colour_by) if ui.colour_by in ways else 0,
        format_func=lambda way: "Colour: " + safe.plain(way.removeprefix(COLUMN), 30),
        key=_COLOUR,
        on_change=whole(lambda: state.set(colour_by=st.session_state[_COLOUR])),
        label_visibility="collapsed",
    )
    with filters:
        _filters(view)
    size.select_slider(
        "Size of the tiles",
        state.SIZES,
        value=ui.size,
        key=_SIZE,
        on_change=whole(lambda: state.set(size=st.session_state[_SIZE])),
        format_func=lambda pixels: f"{pixels} px",
        label_visibility="collapsed",
    )


def legend(view: View) -> None:
    """What the map's colours stand for, when they are not the clusters of the list."""
    ui = state.get()
    chosen = view.colouring(ui.colour_by)
    if not chosen.legend:
        return
    palette = STEPS if chosen.steps else CATEGORIES
    theme = st.context.theme.type or "light"
    entries = [
        f':color[●]{{foreground="{palette.of(code, theme)}"}} {safe.markdown(word, 30)} {count:,}'
        for code, word, count in chosen.legend[:12]
    ]
    st.caption("  ".join(entries))


def _search() -> None:
    state.set(query=st.session_state[_QUERY].strip(), alike=None, item=None)


def _filters(view: View) -> None:
    facets = view.facets()
    active = {chosen.column: chosen for chosen in state.get().filters}
    label = f"Filter ({len(active)})" if active else "Filter"
    with st.popover(label, icon=":material/filter_alt:", width="stretch", disabled=not facets):
        for facet in facets:
            chosen = active.get(facet.column)
            key = f"filter:{view.name}:{facet.column}"
            if facet.values:
                st.multiselect(
                    safe.markdown(facet.column, 60),
                    [value for value, _ in facet.values],
                    default=list(chosen.values) if chosen else [],
                    key=key,
                    on_change=whole(_choose),
                    args=(facet.column, key),
                )
            else:
                st.slider(
                    safe.markdown(facet.column, 60),
                    facet.low,
                    facet.high,
                    value=(chosen.low, chosen.high) if chosen else (facet.low, facet.high),
                    key=key,
                    on_change=whole(_choose),
                    args=(facet.column, key),
                )


def _choose(column: str, key: str) -> None:
    value = st.session_state[key]
    others = tuple(chosen for chosen in state.get().filters if chosen.column != column)
    if isinstance(value, tuple):
        state.set(filters=(*others, Filter(column, low=float(value[0]), high=float(value[1]))))
    else:
        state.set(filters=(*others, Filter(column, values=tuple(value))) if value else others)
