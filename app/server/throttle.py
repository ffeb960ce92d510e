"""How often a wrong password may be tried: a window per address and per name, the same for names that do not exist."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Callable

WINDOW = 15 * 60  # seconds
_MOST_KEYS = 10_000


class Throttle:
    """Counts failures by key. May be used from several threads.

    Parameters
    ----------
    most
        Failures in `WINDOW`, after which a key waits.
    """

    def __init__(self, most: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._clock = clock
        self._failures: OrderedDict[str, deque[float]] = OrderedDict()
        self._lock = threading.Lock()

    def wait(self, key: str) -> int:
        """Seconds until the key may try again; 0 = now."""
        with self._lock:
            failures = self._recent(key)
            return 0 if len(failures) < self._most else max(1, int(failures[0] + WINDOW - self._clock()) + 1)

    def failed(self, key: str) -> None:
        """Note a failure. It is to be noted before the password is compared, so that tries at once do not slip by."""
        with self._lock:
            failures = self._recent(key)
            failures.append(self._clock())
            self._failures[key] = failures
            self._failures.move_to_end(key)
            # Keys are chosen by strangers: the oldest ones make room.
            while len(self._failures) > _MOST_KEYS:
                self._failures.popitem(last=False)

    def succeeded(self, key: str) -> None:
        """Take the latest failure back: it was none."""
        with self._lock:
            failures = self._failures.get(key)
            if failures:
                failures.pop()

    def _recent(self, key: str) -> deque[float]:
        failures = self._failures.get(key) or deque(maxlen=self._most)
        while failures and failures[0] <= self._clock() - WINDOW:
            failures.popleft()
        return failures
