"""What can be done now: with the selection, the ticked clusters, the focused cluster. Each verb says its scope."""

from __future__ import annotations

import streamlit as st

from app import acts, state
from app.callbacks import whole
from app.components import forget_dialog, name_chips, split_dialog
from app.server.identity import current
from app.view import View, title
from core import browse, safe
from core.fingerprint import fingerprint
from core.limits import DEFAULT
from core.partition.partition import UNDECIDED
from core.users.roles import Right


def show(view: View, *, progress: bool = True) -> None:
    """Draw the verbs that fit what is selected, ticked or in focus.

    `progress` says how much is settled, for a page whose header has its tools in that place.
    """
    if not progress:
        _fitting(view)
        return
    verbs, told = st.columns([11, 1], vertical_alignment="center")
    with verbs:
        _fitting(view)
    done = browse.progress(view.partition)
    share = done["settled"] / max(done["items"], 1)
    told.caption(f"{share:.0%} settled", text_alignment="right")


def _fitting(view: View) -> None:
    ui, picked = state.get(), state.selection()
    if len(picked):
        _of_selection(view, len(picked))
    elif len(ui.ticked) > 1:
        _of_ticked(view, ui.ticked)
    elif ui.cluster is not None and ui.cluster != UNDECIDED and ui.cluster in view.partition.clusters:
        _of_cluster(view, ui.cluster)
    else:
        st.caption(
            "Choose a cluster to name, merge or split it. Draw around points or over tiles to move items, "
            "or click them: Ctrl adds one, Shift takes a range."
        )


def _of_selection(view: View, count: int) -> None:
    items = f"{count:,} item" if count == 1 else f"{count:,} items"
    ids = [one.id for one in sorted(view.partition.clusters.values(), key=lambda one: -view.partition.size(one.id))]
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        st.markdown(f"**{state.selection().sentence(len(view.items.rows))}**", width="content")
        target = st.selectbox(
            "Move to",
            ids,
            index=None,
            format_func=lambda one: safe.plain(f"{title(view.partition, one)} ({view.partition.size(one):,})", 60),
            placeholder="Move to cluster …",
            label_visibility="collapsed",
            key="verbs:target",
            width=160,
        )
        st.button(
            f"Move {items}",
            icon=":material/drive_file_move:",
            type="primary",
            disabled=target is None,
            on_click=whole(acts.move_selection),
            args=(target,),
            shortcut="m",
            key="verbs:move",
        )
        for label, icon, act, arguments, shortcut, help_ in (
            (f"New cluster of {count:,}", "add_circle", acts.move_selection, (None,), "n", None),
            ("Confirm", "check", acts.confirm_selection, (), "y", f"{items} belong where they are; no run moves them."),
            ("Undecided", "help", acts.move_selection, (UNDECIDED,), "u", f"Take {items} out of their clusters."),
            ("Set aside", "archive", acts.set_selection_aside, (), "x", f"Put {items} away: in no cluster."),
            ("Show", "grid_view", state.look_at_selection, (), "g", None),
            ("Clear", "close", state.clear_selection, (), "Escape", None),
        ):
            st.button(
                label,
                icon=f":material/{icon}:",
                type="secondary" if icon == "add_circle" else "tertiary",
                on_click=whole(act),
                args=arguments,
                shortcut=shortcut,
                help=help_,
                key=f"verbs:{icon}",
            )
        if current().may(Right.FORGET):
            with st.popover("More", icon=":material/more_horiz:", type="tertiary"):
                asked = st.button(f"Forget {items} …", icon=":material/delete_forever:", key="verbs:forget")
            if asked:
                forget_dialog.show(view)


def _of_ticked(view: View, ticked: tuple[int, ...]) -> None:
    ids = [one for one in ticked if one in view.partition.clusters]
    if len(ids) < 2:
        return
    biggest = max(ids, key=lambda one: (bool(view.partition.clusters[one].name), view.partition.size(one)))
    others = [one for one in ids if one != biggest]
    moved = sum(view.partition.size(one) for one in others)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.markdown(f"**{len(ids)} clusters ticked**", width="content")
        into = safe.markdown(f"{title(view.partition, biggest)} ({view.partition.size(biggest):,})", 60)
        st.button(
            f"Merge {moved:,} items of {len(others)} into {into}",
            icon=":material/merge:",
            type="primary",
            on_click=whole(acts.merge),
            args=(tuple(ids), biggest),
            shortcut="m",
            key="verbs:merge",
        )
        st.button("Untick", icon=":material/close:", on_click=whole(_untick), shortcut="Escape", key="verbs:untick")


def _of_cluster(view: View, cluster_id: int) -> None:
    partition = view.partition
    cluster, size = partition.clusters[cluster_id], partition.size(cluster_id)
    others = [one for one in sorted(partition.clusters, key=lambda one: -partition.size(one)) if one != cluster_id]
    # A field lives as long as what it shows: a rerun for another reason must not take away what is being typed.
    name_key = f"verbs:name:{cluster_id}:{fingerprint(cluster.name)}"
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.text_input(
            "Name",
            value=cluster.name,
            key=name_key,
            placeholder=f"Name these {size:,} items, then Enter",
            max_chars=DEFAULT.name_chars,
            on_change=whole(acts.rename),
            args=(cluster_id, name_key),
            label_visibility="collapsed",
            icon=":material/edit:",
            width=300,
        )
        name_chips.show(view, cluster_id)
        target = st.selectbox(
            "Merge into",
            others,
            index=None,
            format_func=lambda one: safe.plain(f"{title(partition, one)} ({partition.size(one):,})", 60),
            placeholder="Merge into …",
            label_visibility="collapsed",
            key="verbs:into",
            width=200,
        )
        st.button(
            f"Merge {size:,} items",
            icon=":material/merge:",
            disabled=target is None,
            on_click=whole(acts.merge),
            args=((cluster_id, target or 0), target),
            shortcut="m",
            key="verbs:merge-one",
        )
        if st.button("Split …", icon=":material/call_split:", shortcut="s", key="verbs:split", disabled=size < 2):
            split_dialog.show(view, cluster_id)
        with st.popover("Note", icon=":material/sticky_note_2:"):
            note_key = f"verbs:note:{cluster_id}:{fingerprint(cluster.note)}"
            st.text_area(
                "Note",
                value=cluster.note,
                key=note_key,
                max_chars=DEFAULT.note_chars,
                on_change=whole(acts.note),
                args=(cluster_id, note_key),
            )


def _untick() -> None:
    state.set(ticked=())
