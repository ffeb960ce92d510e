"""Running a model in batches that shrink when memory runs out, so that one item never costs more than itself."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from core.encoders.base import unit_rows
from core.errors import TaxonError

_MEMORY = ("out of memory", "allocate memory", "defaultcpuallocator", "bad_alloc", "cannot allocate")
NO_DIRECTION = "The encoder found nothing in it to go by."


class Batches:
    """Encodes inputs in order.

    Parameters
    ----------
    run
        (b,) inputs → (b, d) vectors.
    size
        Inputs a batch at first. Halved for good when memory runs out; halved for a batch in which an input fails.
    tick
        Called after each batch with the number of inputs it had; may raise to stop.
    """

    def __init__(self, run: Callable[[Sequence[Any]], np.ndarray], size: int, tick: Callable[[int], None]) -> None:
        self._run = run
        self.size = max(1, size)
        self._tick = tick

    def encode(self, inputs: Sequence[Any], dim: int) -> tuple[np.ndarray, dict[int, str]]:
        """(n, dim) float32 unit rows, zero where refused, and {position: sentence} of the refused."""
        vectors = np.zeros((len(inputs), dim), np.float32)
        refused: dict[int, str] = {}
        start = 0
        while start < len(inputs):
            stop = min(len(inputs), start + self.size)
            self._some(inputs, start, stop, vectors, refused)
            self._tick(stop - start)
            start = stop
        for position in np.flatnonzero(~vectors.any(axis=1)):
            refused.setdefault(int(position), NO_DIRECTION)
        return vectors, refused

    def _some(self, inputs: Sequence[Any], start: int, stop: int, vectors: np.ndarray, refused: dict[int, str]) -> None:
        try:
            made = unit_rows(self._run(inputs[start:stop]))
            if made.shape != (stop - start, vectors.shape[1]):
                raise ValueError(f"the encoder returned {made.shape}")
            vectors[start:stop] = made
            return
        except TaxonError:
            raise
        except Exception as error:  # any failure of a model ends as a gap of the items that cause it
            failure = _sentence(error)
            short = _is_memory(error)
        if stop - start == 1:
            refused[start] = failure
            return
        half = (stop - start) // 2
        if short:
            self.size = min(self.size, max(1, half))
        self._some(inputs, start, start + half, vectors, refused)
        self._some(inputs, start + half, stop, vectors, refused)


def _is_memory(error: Exception) -> bool:
    return isinstance(error, MemoryError) or any(word in str(error).lower() for word in _MEMORY)


def _sentence(error: Exception) -> str:
    if _is_memory(error):
        return "It could not be encoded: there is not enough memory for even one at a time."
    return f"It could not be encoded ({type(error).__name__})."
