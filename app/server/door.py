"""What the server remembers about people: settings, users, sessions, tries, who is here. One for the process."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from secrets import token_bytes

from app.server.presence import Presence
from app.server.sessions import Session, Sessions
from app.server.settings import Settings
from app.server.throttle import Throttle
from core.limits import DEFAULT
from core.users.file import User, Users
from core.users.private import secret


@dataclass(frozen=True)
class Door:
    """Everything that is needed to let somebody in and to know who she is.

    Attributes
    ----------
    settings, users, sessions
        As they say. Sessions are signed with the secret in the configuration folder.
    by_address, by_name
        Wrong passwords from one address, and for one name from anywhere.
    presence
        Who looks at which project.
    """

    settings: Settings
    users: Users
    sessions: Sessions
    by_address: Throttle
    by_name: Throttle
    presence: Presence

    def user(self, session: Session) -> User | None:
        """Whose session it is; None once she was taken away, changed her password, logged out, or time is up."""
        user = self.users.find(session.user)
        return user if user and session.issued >= user.since and self.sessions.is_alive(session) else None


def build(settings: Settings) -> Door:
    """A door for these settings. Raises `StorageFailed` when the secret cannot be kept."""
    return Door(
        settings,
        Users(settings.config),
        # Without a login nothing is signed that outlives the process, and nothing is written for it.
        Sessions(secret(settings.config) if settings.login else token_bytes(32), settings.config),
        Throttle(DEFAULT.login_tries),
        Throttle(3 * DEFAULT.login_tries),
        Presence(),
    )


@cache
def door() -> Door:
    """The door of this process."""
    return build(Settings.read())
