"""Who is behind the page that runs now, and whether she may do what she asks for: the one place that decides it."""

from __future__ import annotations

from dataclasses import dataclass

import streamlit as st

from app.server.door import door
from core.errors import NotAllowed
from core.users.roles import Right, Role, may

# Set by the gate on every connection; what a browser sends under these names is thrown away.
SESSION_HEADER, CONNECTION_HEADER, USER_HEADER = "x-taxon-session", "x-taxon-connection", "x-taxon-user"
NOBODY = ""
# Without a login the person at this machine is meant; the history has called her so from the start.
ALONE = "browser"


@dataclass(frozen=True)
class Identity:
    """Somebody.

    Attributes
    ----------
    name, role
        As the history says it; None = nobody, who may do nothing.
    connection
        Names this open page.
    """

    name: str
    role: Role | None
    connection: str = ""

    def may(self, right: Right) -> bool:
        """Whether she may do it."""
        return self.role is not None and may(self.role, right)


def current() -> Identity:
    """Who is behind the running page, as of now: a role that was taken away holds no longer."""
    entrance, given = door(), st.context.headers
    connection = given.get(CONNECTION_HEADER) or ""
    if not entrance.settings.login:
        return Identity(ALONE, Role.OWNER, connection)
    session = entrance.sessions.read(given.get(SESSION_HEADER) or "")
    user = session and entrance.user(session)
    return Identity(user.name, user.role, connection) if user else Identity(NOBODY, None)


def require(right: Right) -> Identity:
    """Who asks, if she may. Raises `NotAllowed`."""
    who = current()
    if who.may(right):
        return who
    if who.role is None:
        raise NotAllowed("You are not logged in any more.", next_step="Load the page again and log in.")
    raise NotAllowed(
        f"You may not {right}.", f"Here you are a {who.role}.", "Ask an owner of this server for another role."
    )
