"""The file of users: names, roles and hashes. It is read again whenever it has changed, so a removal holds at once."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path

from core import safe
from core.errors import BadInput, NotFound, StorageFailed
from core.limits import DEFAULT
from core.users import passwords, private
from core.users.roles import Role


@dataclass(frozen=True)
class User:
    """Somebody who may log in.

    Attributes
    ----------
    name, role
        As the history and the page say it; what she may do.
    since
        Seconds since 1970: a session that is older than this is void, because the password was changed then.
    password
        Hash of it; empty = she comes through OIDC or a proxy, never with a password.
    """

    name: str
    role: Role
    since: float
    password: str = ""


class Users:
    """The users in `FOLDER/users.json`. May be used from several threads."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "users.json"
        self._lock = threading.Lock()
        self._seen: tuple[int, int, int] | None = None
        self._users: dict[str, User] = {}
        # What an unknown name is compared with, so that it takes as long as a known one.
        self._nobody = passwords.hashed(passwords.generated())

    def all(self) -> list[User]:
        """Everybody, by name. Raises `StorageFailed` when the file is damaged or open to others."""
        return sorted(self._read().values(), key=lambda user: user.name.casefold())

    def find(self, name: str) -> User | None:
        """The user of this name; capitals do not matter."""
        return self._read().get(name.casefold())

    def check(self, name: str, password: str) -> User | None:
        """The user, if the password is hers; an unknown name takes as long and says no more."""
        user = self.find(name)
        right = passwords.fits(password, user.password if user and user.password else self._nobody)
        return user if user and user.password and right else None

    def add(self, name: str, role: Role, password: str | None) -> User:
        """Store a user, or change one of this name; None = without a password. Raises `BadInput`, `StorageFailed`."""
        if not name or name != safe.name(name) or len(name) > DEFAULT.user_name_chars:
            raise BadInput(
                f"“{safe.plain(name, 60)}” cannot be a name.",
                f"A name is one line of at most {DEFAULT.user_name_chars} characters without blanks at its ends.",
            )
        stored = "" if password is None else passwords.hashed(passwords.acceptable(name, password))
        user = User(name, Role(role), time.time(), stored)
        self._write({**self._read(), name.casefold(): user})
        return user

    def remove(self, name: str) -> None:
        """Take a user away; her sessions end with her next click. Raises `NotFound`."""
        users = dict(self._read())
        if users.pop(name.casefold(), None) is None:
            raise NotFound(f"There is no user “{safe.plain(name, 60)}”.")
        self._write(users)

    def _read(self) -> dict[str, User]:
        with self._lock:
            try:
                found = self.path.stat()
                seen = (found.st_ino, found.st_mtime_ns, found.st_size)
            except FileNotFoundError:
                seen = None
            if seen != self._seen:
                self._users = self._parsed()
                self._seen = seen
            return self._users

    def _parsed(self) -> dict[str, User]:
        data = private.read(self.path)
        if data is None:
            return {}
        try:
            users = [User(**{**told, "role": Role(told["role"])}) for told in json.loads(data)["users"]]
        except (ValueError, KeyError, TypeError) as error:
            raise StorageFailed(f"“{self.path}” is damaged.", f"{error}", "Mend it or remove it.") from error
        return {user.name.casefold(): user for user in users}

    def _write(self, users: dict[str, User]) -> None:
        told = {"users": [asdict(user) for user in users.values()]}
        private.write(self.path, json.dumps(told, ensure_ascii=False, indent=1).encode())
