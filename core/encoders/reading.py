"""Reading pictures ahead of the model: fetched, decoded in processes of their own, prepared while it works."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from core.encoders.base import Encoder, PreparesPictures
from core.encoders.precision import usable_cores
from core.errors import TaxonError

if TYPE_CHECKING:
    from PIL.Image import Image as Picture

    from core.items.decoding import Pixels
    from core.items.store import ItemStore

_ELONGATED = 4  # a picture is shrunk while decoding to this many times what the model sees, so 1:4 loses nothing
_LEAST_SIDE = 512  # pixels; below this shrinking saves no time
_SOME = 8  # pictures that go to a process at once; one by one cost a sixth more


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
    prepares = isinstance(encoder, PreparesPictures)
    side = max(_LEAST_SIDE, _ELONGATED * encoder.picture_side) if prepares and encoder.picture_side else None
    some = min(_SOME, max(1, ahead)) if side else 1  # whole pictures may be large: one at a time
    waiting: deque[Future[list[Ready]]] = deque()
    with ThreadPoolExecutor(workers, "pictures") as threads, closing(Pixels(workers)) as pixels:
        read = partial(_read, store=store, pixels=pixels, side=side, prepare=encoder.prepare if prepares else None)
        try:
            for start in range(0, len(rows), some):
                waiting.append(threads.submit(read, rows[start : start + some]))
                if some * len(waiting) >= max(1, ahead):
                    yield from waiting.popleft().result()
            while waiting:
                yield from waiting.popleft().result()
        finally:
            threads.shutdown(wait=False, cancel_futures=True)


def _read(
    rows: Sequence[int], store: ItemStore, pixels: Pixels, side: int | None, prepare: Callable[[Picture], Any] | None
) -> list[Ready]:
    """Fetch, decode and prepare some pictures; whatever is wrong with one becomes its refusal."""
    fetched = [_tried(row, store.picture, row) for row in rows]
    decoded = iter(pixels.decode_all([one.value for one in fetched if not one.refusal], side))
    found = [one if one.refusal else _tried(one.row, next(decoded)) for one in fetched]
    return [one if one.refusal or prepare is None else _tried(one.row, prepare, one.value) for one in found]


def _tried(row: int, work: Callable[..., Any], *given: Any) -> Ready:
    from core.items.report import Unreadable

    try:
        return Ready(row, work(*given))
    except Unreadable as error:
        return Ready(row, refusal=error.sentence)
    except TaxonError as error:
        return Ready(row, refusal=str(error))
    except MemoryError:
        return Ready(row, refusal="Decoding it needs more memory than there is.")
    except Exception as error:  # one picture must not stop a million
        return Ready(row, refusal=f"It could not be read ({type(error).__name__}).")
