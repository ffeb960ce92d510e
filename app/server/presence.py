"""Who else is here: open pages by project, for as long as their connection is open."""

from __future__ import annotations

import threading


class Presence:
    """Which connection shows which project. May be used from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._open: dict[str, str] = {}
        self._shown: dict[str, tuple[str, str]] = {}

    def came(self, connection: str, who: str) -> None:
        """A page was opened."""
        with self._lock:
            self._open[connection] = who

    def left(self, connection: str) -> None:
        """A page was closed."""
        with self._lock:
            self._open.pop(connection, None)
            self._shown.pop(connection, None)

    def shows(self, connection: str, project: str) -> None:
        """An open page shows a project now, instead of what it showed before."""
        with self._lock:
            if connection in self._open:
                self._shown[connection] = (project, self._open[connection])

    def others(self, connection: str, project: str) -> dict[str, int]:
        """Name → how many pages, of everybody else's pages and one's own other ones that show the project."""
        found: dict[str, int] = {}
        with self._lock:
            for name, (shown, who) in self._shown.items():
                if shown == project and name != connection:
                    found[who] = found.get(who, 0) + 1
        return dict(sorted(found.items()))
