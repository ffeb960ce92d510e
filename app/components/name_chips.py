"""Names that a cluster could have, one click each, beside the field where it is named."""

from __future__ import annotations

import streamlit as st

from app import acts, resources
from app.callbacks import whole
from app.components import messages
from app.server.identity import require
from app.view import View
from core import naming, safe
from core.assist.names.suggestion import Suggestion
from core.fingerprint import fingerprint
from core.partition.edits import Rename
from core.users.roles import Right

MOST = 3
_LONGEST = 28  # characters on a button


def show(view: View, cluster_id: int) -> None:
    """The suggested names of a cluster that has none, or the button that looks for names first."""
    if view.partition.clusters[cluster_id].name or not view.found.has("features"):
        return
    if not naming.prepared(view.project, view.found):
        _offer_to_look(view.name)
        return
    found = suggestions(view, cluster_id)[:MOST]
    for place, one in enumerate(found):
        st.button(
            safe.markdown(one.name, _LONGEST),
            icon=":material/sell:",
            key=f"names:{cluster_id}:{place}:{fingerprint(one.name)}",
            on_click=whole(acts.do),
            args=(Rename(cluster_id, one.name),),
            help=safe.markdown(f"{one.why} It tells them from the nearest clusters {one.score:.0%} of the time.", 400),
        )
    if not found:
        st.caption("?", help="No word stands for this cluster clearly enough to suggest it.")


def suggestions(view: View, cluster_id: int) -> list[Suggestion]:
    """What is suggested for a cluster, best first; computed once a revision."""
    key = naming.key(view.project, view.found)
    given = resources.derived("name inputs", key, lambda: naming.inputs(view.project, view.found))
    of_this = fingerprint(key, str(view.project.path), view.partition.revision, cluster_id)
    return resources.derived(
        "names", of_this, lambda: naming.names(view.project, given, of=[cluster_id]).get(cluster_id, [])
    )


def _offer_to_look(name: str) -> None:
    running = any(status.stage == naming.STAGE for status in resources.jobs(name).unfinished())
    st.button(
        "Looking for names …" if running else "Suggest names",
        icon=":material/sell:",
        type="tertiary",
        key="names:look",
        disabled=running,
        on_click=whole(messages.attempt),
        args=(lambda: _begin(name), False),
        help="Reads the words to name by once for this collection; that takes up to a minute.",
    )


def _begin(name: str) -> str:
    require(Right.COMPUTE)
    resources.jobs(name).start(naming.STAGE, {}, resources.standby())
    return "Looking for names; they appear beside the name when that is done."
