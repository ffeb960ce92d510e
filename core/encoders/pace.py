"""How fast encoding goes and how long it will still take, in a few words."""

from __future__ import annotations

import time

from core.progress import Progress

_FORGET = 30.0  # seconds over which the speed is averaged


class Pace:
    """Counts finished items and reports them with speed and time left."""

    def __init__(self, total: int, progress: Progress) -> None:
        self._total, self._progress = total, progress
        self._done = 0
        self._marks = [(time.monotonic(), 0)]
        progress(0, total, "encoding")

    def tick(self, count: int) -> None:
        """`count` more items are finished. May raise `Cancelled`."""
        self._done += count
        now = time.monotonic()
        self._marks = [mark for mark in self._marks[1:] if now - mark[0] < _FORGET] or self._marks[-1:]
        self._marks.append((now, self._done))
        self._progress(self._done, self._total, self.note())

    def note(self) -> str:
        """“encoding, 157 items/s, 2 min left”."""
        (began, first), (now, last) = self._marks[0], self._marks[-1]
        if now <= began or last <= first:
            return "encoding"
        speed = (last - first) / (now - began)
        return f"encoding, {speed:,.0f} items/s, {duration((self._total - self._done) / speed)} left"


def duration(seconds: float) -> str:
    """“40 s”, “3 min”, “2 h 5 min”."""
    if seconds < 90:
        return f"{max(0, round(seconds))} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60} min"
