"""Who you are on this server, who else is here, and the way out."""

from __future__ import annotations

from functools import cache
from typing import Any

import streamlit as st

from app.server.door import door
from app.server.identity import Identity, current
from core import safe

_EVERY = 20.0  # seconds between two looks at who is here, where there are several people

# A form of the page itself: the session ends on the server, whatever becomes of the answer.
_LEAVE = '<form action="/logout" method="post"><button>Log out</button></form>'
_STYLE = """
form { margin: 0; }
button { font: inherit; color: inherit; background: transparent; cursor: pointer; padding: 0.35rem 0.9rem;
  border: 1px solid var(--st-border-color); border-radius: var(--st-base-radius); }
button:hover, button:focus-visible { border-color: var(--st-primary-color); color: var(--st-primary-color); }
"""


def has_login() -> bool:
    """Whether people log in here."""
    return bool(door().settings.login)


def title() -> str:
    """“Ann · viewer”, for the navigation."""
    who = current()
    return safe.markdown(f"{who.name} · {who.role}", 40) if who.role else "Nobody"


def leave() -> None:
    """Draw the way out; where a proxy logs people in, the way out is the proxy's."""
    if door().settings.login in ("passwords", "oidc"):
        _leave()(key="taxon:leave")


def presence(project: str) -> None:
    """Draw who else looks at this project; nothing when nobody does, or where there is only one person."""
    if has_login():
        st.fragment(_presence, run_every=_EVERY)(project)


def _presence(project: str) -> None:
    who, here = current(), door().presence
    here.shows(who.connection, project)
    others = here.others(who.connection, project)
    told = also_here(who, others)
    with st.container(width="content", key="presence"):
        if told:
            with st.popover(f"+{sum(others.values())}", icon=":material/group:", type="tertiary"):
                st.markdown(safe.markdown(told))


def also_here(who: Identity, others: dict[str, int]) -> str:
    """“Also here: Ben, Cleo”; one's own other pages come last."""
    names = [name for name in others if name != who.name]
    own = others.get(who.name, 0)
    if own:
        names.append(f"{own} other tab{'s' if own > 1 else ''} of yours")
    return "Also here: " + ", ".join(names) if names else ""


@cache
def _leave() -> Any:
    return st.components.v2.component("taxon_leave", html=_LEAVE, css=_STYLE)
