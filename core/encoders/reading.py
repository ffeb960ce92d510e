"""Reading pictures ahead of the model: fetched, decoded in processes of their own, prepared while it works."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core.encoders.base import Encoder, PreparesPictures
from core.encoders.precision import usable_cores
from core.errors import NotAvailable, TaxonError

if TYPE_CHECKING:
    from core.items.decoding import Pixels
    from core.items.store import ItemStore

_ELONGATED = 4  # a picture is shrunk while decoding to this many times what the model sees, so 1:4 loses nothing
_LEAST_SIDE = 512  # pixels; below this shrinking saves no time


@dataclass(frozen=True)
class Ready:
    """One picture on its way to the model: `value` is prepared, or `refusal` says in a sentence why it is not."""

    row: int
    value: Any = None
    refusal: str = ""


def read_ahead(rows: Sequence[int], store: ItemStore, encoder: Encoder, ahead: int) -> Iterator[Ready]:
    """Yield the pictures of `rows` in their order, never holding more than `ahead` of them.

    Nothing is read after the iterator is closed, and no process of it is left. Raises `NotAvailable` when no process
    for decoding can be started.
    """
    from core.items.decoding import Pixels

    workers = max(1, min(4, usable_cores() + 1, len(rows)))
    waiting: deque[Future[Ready]] = deque()
    with ThreadPoolExecutor(workers, "pictures") as threads, closing(Pixels(workers)) as pixels:
        try:
            for row in rows:
                waiting.append(threads.submit(_read, row, store, encoder, pixels))
                if len(waiting) >= max(1, ahead):
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            threads.shutdown(wait=False, cancel_futures=True)


def _read(row: int, store: ItemStore, encoder: Encoder, pixels: Pixels) -> Ready:
    """Fetch, decode and prepare one picture; whatever is wrong with it becomes the refusal."""
    from core.items.report import Unreadable

    try:
        if not isinstance(encoder, PreparesPictures):
            return Ready(row, pixels.decode(store.picture(row)))
        side = max(_LEAST_SIDE, _ELONGATED * encoder.picture_side) if encoder.picture_side else None
        return Ready(row, encoder.prepare(pixels.decode(store.picture(row), side)))
    except Unreadable as error:
        return Ready(row, refusal=error.sentence)
    except NotAvailable:
        raise
    except TaxonError as error:
        return Ready(row, refusal=str(error))
    except MemoryError:
        return Ready(row, refusal="Decoding it needs more memory than there is.")
    except Exception as error:  # one picture must not stop a million
        return Ready(row, refusal=f"It could not be read ({type(error).__name__}).")
