"""The map of a project, with what can be done on it: draw around points, take whole clusters, turn around, grow."""

from __future__ import annotations

import numpy as np
import streamlit as st

from app import routes, state
from app.components import messages, scatter
from app.components.picks import Pick
from app.components.scatter import Listener, Told, Verb
from app.components.size import Height
from app.view import View, title
from core import browse, pipeline, selections
from core.errors import BadInput, TaxonError
from core.structure.map_quality import badge

_PLAIN = "taxon:plain"
WHOLE, INVERT, GROW = "whole", "invert", "grow"
_NAME_CHARS = 24


def show(view: View, height: Height, emphasis: np.ndarray | None) -> None:
    """Draw the map; `emphasis` = (k,) rows that stay strong while all others fade, None = all are."""
    picked = state.selection()
    told = Told(
        project=view.name,
        of=len(view.items.rows),
        revision=view.partition.revision,
        verbs=verbs(view, picked.rows),
        tips=routes.point_url(view.name),
        selection=selections.keep(view.project.path, picked.rows, picked.origin) if len(picked) else "",
        fresh=state.never_selected(),
        badge=_badge(view),
    )
    scatter.show(
        view.points(),
        view.colours(state.get().colour_by),
        picked.rows,
        key=f"explore:map:{view.name}",
        height=height,
        told=told,
        listener=_listener(view),
        emphasis=emphasis,
        plain=bool(st.session_state.get(_PLAIN)),
    )


def _badge(view: View) -> tuple[str, ...]:
    told = badge(view.found.artifact("map").meta)
    return tuple(part for part in (told.words, told.sentence, told.detail) if part)


def verbs(view: View, rows: np.ndarray) -> list[Verb]:
    """What can be done with a selection of (k,) rows, each verb with its scope."""
    of, count = len(view.items.rows), len(rows)
    found = []
    ids = browse.clusters_of(view.partition, rows) if count else _focused(view)
    if ids:
        size = sum(view.partition.size(one) for one in ids)
        name = title(view.partition, ids[0]) if len(ids) == 1 else f"{len(ids):,} clusters"
        short = name if len(name) <= _NAME_CHARS else name[: _NAME_CHARS - 1] + "…"
        found.append(Verb(WHOLE, f"All {size:,} of {short}", "w", f"Select every item of {name}"))
    if count:
        hint = f"Select the {of - count:,} items that are not selected"
        found.append(Verb(INVERT, f"Other {of - count:,}", "i", hint))
        if view.found.has("graph"):
            hint = f"Add the nearest neighbours of each of the {count:,} selected items"
            found.append(Verb(GROW, f"Grow {count:,}", "e", hint))
    return found


def _focused(view: View) -> list[int]:
    cluster_id = state.get().cluster
    return [cluster_id] if cluster_id in view.partition.clusters else []


def _listener(view: View) -> Listener:
    return Listener(
        select=_drawn,
        open=lambda row: state.set(item=row),
        verb=lambda name: _do(view, name),
        cluster=lambda cluster_id, how, revision: _of_cluster(view, cluster_id, how, revision),
        restore=lambda key: _restore(view, key),
        view=lambda: pipeline.structure(view.project).active.get("map", ""),
        stale=_stale,
        plain=lambda: st.session_state.update({_PLAIN: True}),
    )


def _drawn(pick: Pick, origin: str = "drawn on the map") -> None:
    state.select(pick.applied_to(state.selection().rows), origin)
    state.look_at_selection()


def _do(view: View, name: str) -> None:
    rows, partition = state.selection().rows, view.project.partition()
    if name == INVERT:
        _drawn(Pick(browse.inverted(rows, view.items.rows)), "the others")
    elif name == GROW:
        try:
            _drawn(Pick(browse.grown(view.found, rows)), "grown by neighbours")
        except TaxonError as error:
            messages.refused(error)
    elif len(rows):
        _drawn(Pick(browse.whole_clusters(partition, rows)), "whole clusters")
    else:
        for cluster_id in _focused(view):
            _of_cluster(view, cluster_id, "set", view.partition.revision)


def _of_cluster(view: View, cluster_id: int, how: str, revision: int) -> None:
    # As it is now, which another tab may have changed since this page was drawn.
    partition = view.project.partition()
    cluster = partition.clusters.get(cluster_id)
    if cluster is None or cluster.version > revision:
        _stale()
    else:
        _drawn(Pick(partition.members(cluster_id), how), title(partition, cluster_id))


def _restore(view: View, key: str) -> None:
    found = selections.kept(view.project.path, key, len(view.items))
    if found is not None and state.never_selected():
        state.select(found.rows, found.origin)
        if state.get().cluster is None and not state.get().query:
            state.look_at_selection()


def _stale() -> None:
    messages.refused(
        BadInput(
            "Nothing was selected.",
            "The map or this cluster has changed since the page was drawn; it shows them as they are now.",
            "Select again.",
        )
    )
