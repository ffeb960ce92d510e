"""One item, big, with its columns and why it is where it is; and the lines around the gallery."""

from __future__ import annotations

import numpy as np
import streamlit as st

from app import acts, routes, state
from app.callbacks import whole
from app.components import gallery, look_again, order_menu, pager, waiting
from app.components.gallery import Tile
from app.components.size import Height
from app.server.identity import current
from app.view import View, title
from core import browse, explanation, safe
from core.browse import Scope
from core.errors import TaxonError
from core.items.table import Kind
from core.look_again import KIND
from core.partition.partition import Origin
from core.users.roles import Right

_NEAREST = 12
_BIG = 420  # pixels
_TITLE, _NOTE = 50, 54  # pixels
_BECAUSE = {
    Origin.NONE: "Nobody decided yet.",
    Origin.MACHINE: "The machine put it here.",
    Origin.CLUSTER: "Its cluster was named.",
    Origin.SPREAD: "Its label was spread from its neighbours.",
    Origin.PERSON: "A person decided.",
    Origin.GROUP: "A person said it of the group that this was shown with.",
}
_NONE = np.empty(0, dtype=np.int64)


def title_height(scope: Scope) -> int:
    """Pixels that `gallery_title` takes."""
    return _TITLE + (_NOTE if scope.kind == KIND else 0)


def gallery_title(view: View, scope: Scope, look: bool = True) -> None:
    """What the gallery shows, and how many of how many; with `look` the choice of what to look at again."""
    with st.container(horizontal=True, vertical_alignment="center", height=40, border=False):
        share = f"{len(scope):,} of {len(view.items.rows):,}"
        st.markdown(f"**{safe.markdown(scope.title, 60)}** · {share}", width="content")
        if scope.kind != "all":
            st.button(
                "Show all", key="gallery:all", type="tertiary", on_click=whole(_everything), icon=":material/close:"
            )
        if len(scope) and not (scope.kind == "selection" and len(scope) == len(state.selection())):
            st.button(
                f"Select all {len(scope):,}",
                key="gallery:select",
                type="tertiary",
                on_click=whole(state.select),
                args=(scope.rows, scope.title),
                icon=":material/select_all:",
                shortcut="a",
            )
        if len(scope) > 1:
            order_menu.show(view)
        if look:
            look_again.show()
    if scope.kind == KIND:
        with st.container(height=_NOTE - 10, border=False):
            look_again.note(view)


def items(view: View, key: str, height: Height) -> None:
    """The gallery: what is picked in it is the selection, what is opened is in the big view."""
    if view.arranged() is None:
        waiting.show("Arranging the items …", lambda: view.arranged() is not None)
        return
    gallery.show(
        view.strip(),
        state.selection().rows,
        key=key,
        listener=gallery.Listener(select=acts.pick, open=lambda row: state.set(item=row), name=acts.name_by_key),
        keys=view.letters() if current().may(Right.EDIT) else (),
        size=state.get().size,
        height=height,
        words=view.words(),
        empty="Nothing matches. Take a filter away or search for something else.",
    )


@st.dialog("Item", width="large", on_dismiss=whole(lambda: state.set(item=None)))
def show(view: View) -> None:
    """The big view of the item that was opened."""
    row = state.get().item
    # A dialog runs alone when something in it is used; what closes it is for the page.
    if row is None:
        st.rerun()
    if row >= len(view.items) or view.items.kind[row] == Kind.GONE:
        st.caption(safe.markdown(f"There is no item {row}."))
        return
    _pager(view, row)
    items, partition = view.items, view.partition
    cluster_id = int(partition.cluster_of[row])
    picture, facts = st.columns([2, 3])
    with picture:
        if items.kind[row] in (Kind.PICTURE, Kind.BOTH):
            tile = Tile(row, routes.picture_url(view.name, row), title=str(items.item_id[row]))
            gallery.show([tile], _NONE, key="item:picture", size=_BIG)
        if items.text[row]:
            st.text(safe.plain(str(items.text[row]), 5000))
    with facts:
        st.text(safe.plain(str(items.item_id[row]), 200))
        st.markdown(f"**{safe.markdown(title(partition, cluster_id), 80)}**")
        st.caption(_BECAUSE[Origin(int(partition.origins()[row]))])
        for column in items.columns:
            st.caption(f"{safe.markdown(column, 60)}: {safe.markdown(browse.shown(items.column(column)[row]), 300)}")
        st.button(
            "Find look-alikes", icon=":material/search:", key="item:alike", on_click=whole(_look_alikes), args=(row,)
        )
        look_again.doubt(view, row)
    _why_here(view, row)


def _pager(view: View, row: int) -> None:
    """The way to the items before and after this one in the gallery; nothing for one that the gallery does not show."""
    try:
        rows = (view.arranged() or view.scope).rows
    except TaxonError:
        return
    found = np.flatnonzero(rows == row)
    if not len(found) or len(rows) < 2:
        return
    place = int(found[0])
    near = [int(one) for one in rows[max(0, place - 1) : place + 3] if one != row]
    pictured = [one for one in near if view.items.kind[one] in (Kind.PICTURE, Kind.BOTH)]
    pager.show(
        place,
        len(rows),
        key="item:pager",
        on_turn=lambda to: state.set(item=int(rows[to])),
        ahead=[routes.picture_url(view.name, one) for one in pictured],
    )


def _why_here(view: View, row: int) -> None:
    """The item's neighbours with their labels, and what they and the middles say, in sentences."""
    st.markdown("**Why is this here?**")
    try:
        reason = explanation.of_item(view.partition, view.found, row, view.middles())
    except TaxonError as error:
        st.caption(safe.markdown(f"{error.what} {error.why}"))
        return
    for sentence in reason.sentences:
        st.caption(safe.markdown(sentence, 400))
    gallery.show(
        view.tiles(reason.neighbours[:_NEAREST], reason.cosines[:_NEAREST]),
        _NONE,
        key="item:neighbours",
        listener=gallery.Listener(open=lambda chosen: state.set(item=chosen)),
        size=72,
    )


def _look_alikes(row: int) -> None:
    state.set(alike=row, query="", item=None)


def _everything() -> None:
    state.set(cluster=None, query="", alike=None, scope="all")
