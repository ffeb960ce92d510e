"""What a person on a server may do: three roles, each of which may do what the one before it may."""

from __future__ import annotations

from enum import StrEnum


class Role(StrEnum):
    """Who somebody is to a server.

    Attributes
    ----------
    VIEWER
        Looks and searches.
    LABELLER
        Edits too: names, merges, splits, moves, answers, takes back.
    OWNER
        Imports, exports, starts jobs and forgets items too.
    """

    VIEWER = "viewer"
    LABELLER = "labeller"
    OWNER = "owner"


class Right(StrEnum):
    """What can be asked for; the value completes “Ann may not …”."""

    LOOK = "look at this"
    EDIT = "edit"
    IMPORT = "import"
    EXPORT = "export"
    COMPUTE = "start or stop jobs"
    FORGET = "forget items for good"


_LOWEST = {
    Right.LOOK: Role.VIEWER,
    Right.EDIT: Role.LABELLER,
    Right.IMPORT: Role.OWNER,
    Right.EXPORT: Role.OWNER,
    Right.COMPUTE: Role.OWNER,
    Right.FORGET: Role.OWNER,
}
_ORDER = tuple(Role)


def may(role: Role, right: Right) -> bool:
    """Whether a role includes a right."""
    return _ORDER.index(role) >= _ORDER.index(_LOWEST[right])
