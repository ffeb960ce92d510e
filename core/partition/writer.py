"""Group commit: edits of many threads, stored in the order of arrival by one thread, many with one synchronisation.

A disk confirms some hundred synchronisations a second, however little each writes. What arrives while one is under way
is therefore stored together by the next (DeWitt et al. 1984, doi:10.1145/602259.602261), and each caller waits for the
one that holds its own edit. Connections that compete for SQLite's lock instead starve each other.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue

from core.errors import StorageFailed
from core.partition.edits import Edit
from core.partition.events import Event

_MOST = 256  # requests looked at together


@dataclass(eq=False)
class Request:
    """An edit on its way to the disk.

    Attributes
    ----------
    edit, revision, who, key
        As of `Journal.append`.
    time
        When it was done, if not now: an edit that is read back from the plain log.
    answer
        The stored event, or why there is none.
    """

    edit: Edit
    revision: int | None = None
    who: str = ""
    key: str | None = None
    time: str | None = None
    answer: Future[Event] = field(default_factory=Future)


class Writer:
    """A thread that stores what any number of threads ask for.

    Parameters
    ----------
    store
        Stores requests from the first on, as many as are not too many for one commit, and answers each of them; gives
        back those that it left for the next.
    rest
        Called when there is nothing to store; returns after how many seconds to call it again, None = not before
        something was stored.
    """

    def __init__(self, store: Callable[[list[Request]], list[Request]], rest: Callable[[], float | None]) -> None:
        self._store, self._rest = store, rest
        self._queue: SimpleQueue[Request | None] = SimpleQueue()
        self._guard = threading.Lock()
        self._thread: threading.Thread | None = None
        self._closed = False
        self._process = os.getpid()

    def start(self) -> None:
        """Begin, unless it has begun: `rest` is called soon."""
        with self._guard:
            if self._thread is None and not self._closed:
                self._thread = threading.Thread(target=self._run, name="journal", daemon=True)
                self._thread.start()

    def submit(self, request: Request) -> Event:
        """Wait until the request is answered. Raises what was answered, `StorageFailed` when nobody can answer."""
        # Neither the thread nor SQLite's locks are in a copy that `fork` made of this process.
        if self._process != os.getpid():
            raise StorageFailed("The edit is not stored.", "Another process opened the project.", "Open it here.")
        self.start()
        with self._guard:
            if self._closed:
                raise StorageFailed("The edit is not stored.", "The project was closed.", "Open it again.")
            self._queue.put(request)
        return request.answer.result()

    def close(self) -> None:
        """Store what was asked for, then end."""
        with self._guard:
            self._closed = True
            thread = self._thread
            self._queue.put(None)
        if thread is not None and self._process == os.getpid():
            thread.join()

    def _run(self) -> None:
        waiting: list[Request] = []
        open_, together, took = True, 1, 0.0
        try:
            while open_ or waiting:
                if not waiting and open_:
                    open_ = self._gather(waiting, 1, self._rest())
                # Who was answered just now asks again at once: without waiting for all of them, those that wake first
                # would always be stored at once, and the others by every second commit.
                open_ = self._gather(waiting, together, took / 4 if open_ and waiting else 0) and open_
                open_ = self._gather(waiting, _MOST, 0) and open_
                if waiting:
                    together, begun = len(waiting), time.monotonic()
                    waiting = self._store(waiting)
                    took = time.monotonic() - begun
        except BaseException as error:
            self._give_up(waiting, error)
            raise

    def _gather(self, waiting: list[Request], wanted: int, seconds: float | None) -> bool:
        """Add what arrives until there are `wanted` or the time is over; False when the end was asked for."""
        end = None if seconds is None else time.monotonic() + seconds
        with suppress(Empty):
            while len(waiting) < wanted:
                request = self._queue.get(timeout=None if end is None else max(0.0, end - time.monotonic()))
                if request is None:
                    return False
                waiting.append(request)
        return True

    def _give_up(self, waiting: list[Request], error: BaseException) -> None:
        with self._guard:
            self._closed = True
        with suppress(Empty):
            while True:
                request = self._queue.get_nowait()
                waiting += [request] if request is not None else []
        for request in waiting:
            if not request.answer.done():
                request.answer.set_exception(error)
