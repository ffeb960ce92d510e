"""Encoders for typed words, loaded beside the page: importing torch takes seconds, and no page waits that long."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from threading import Lock
from typing import TYPE_CHECKING

from core.encoders.encode import load_encoder
from core.storage import Artifact

if TYPE_CHECKING:
    from core.encoders.base import Encoder

_MOST = 2


class EncoderShelf:
    """The encoders used last, by key of the vectors that they made. May be used from several threads."""

    def __init__(self) -> None:
        self._worker = ThreadPoolExecutor(1, "encoder")
        self._loading: dict[str, Future[Encoder]] = {}
        self._lock = Lock()

    def take(self, vectors: Artifact) -> Encoder | None:
        """The encoder that made `vectors`; None while it is being loaded, which the first call begins.

        Raises
        ------
        NotAvailable
            When it cannot be loaded; the next call tries again.
        """
        with self._lock:
            future = self._loading.pop(vectors.key, None) or self._worker.submit(load_encoder, vectors)
            if not (future.done() and future.exception()):
                self._loading[vectors.key] = future
            while len(self._loading) > _MOST:
                self._loading.pop(next(iter(self._loading)))
        return future.result() if future.done() else None

    def wait(self, vectors: Artifact) -> Encoder:
        """The same, however long it takes."""
        with self._lock:
            future = self._loading.get(vectors.key)
        return future.result() if future else load_encoder(vectors)

    def close(self) -> None:
        """Load nothing any more."""
        self._worker.shutdown(wait=False, cancel_futures=True)
