"""What takes longer than a page may wait: computed beside it, the latest few results kept."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as NotYet
from threading import Lock
from typing import Any

_KEPT = 6
_PATIENCE = 0.4  # seconds that a page waits before it says that it waits


class Later:
    """Results by key. May be used from several threads."""

    def __init__(self, workers: int = 1) -> None:
        self._pool = ThreadPoolExecutor(workers, thread_name_prefix="later")
        self._lock = Lock()
        self._begun: OrderedDict[str, Future[Any]] = OrderedDict()

    def take(self, key: str, compute: Callable[[], Any], patience: float = _PATIENCE) -> Any:
        """What `compute` returns, once for this key; None while it is at work. Raises what it raised, once."""
        with self._lock:
            work = self._begun.get(key)
            if work is None:
                work = self._begun[key] = self._pool.submit(compute)
            self._begun.move_to_end(key)
            # What is at work stays, or whoever waits for it would begin it anew at each look.
            others = [name for name, one in self._begun.items() if name != key and one.done()]
            for name in others[: max(0, len(others) - _KEPT + 1)]:
                del self._begun[name]
        try:
            return work.result(patience)
        except NotYet:
            return None
        except BaseException:
            with self._lock:
                self._begun.pop(key, None)
            raise

    def hand_over(self, key: str, compute: Callable[[], Any], patience: float = _PATIENCE) -> Any:
        """As `take`, for one who keeps the result: it is not kept here, and the next who asks gets another."""
        found = self.take(key, compute, patience)
        if found is not None:
            with self._lock:
                self._begun.pop(key, None)
        return found

    def clear(self) -> None:
        """Forget all results."""
        with self._lock:
            self._begun.clear()

    def close(self) -> None:
        """Begin nothing more."""
        self._pool.shutdown(wait=False, cancel_futures=True)
