"""Reading pictures ahead of the model: threads fetch, decode and prepare while it works on those before."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from core.encoders.base import Encoder, PreparesPictures
from core.encoders.precision import usable_cores
from core.errors import TaxonError

if TYPE_CHECKING:
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

    Nothing is read after the iterator is closed.
    """
    pool = ThreadPoolExecutor(min(4, usable_cores() + 1), thread_name_prefix="pictures")
    waiting: deque[Future[Ready]] = deque()
    left = iter(rows)
    try:
        for row in left:
            waiting.append(pool.submit(read, row, store, encoder))
            if len(waiting) >= max(1, ahead):
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def read(row: int, store: ItemStore, encoder: Encoder) -> Ready:
    """Fetch, decode and prepare one picture; whatever is wrong with it becomes the refusal."""
    from core.items.pictures import decode
    from core.items.report import Unreadable

    try:
        if not isinstance(encoder, PreparesPictures):
            return Ready(row, decode(store.picture(row)))
        side = max(_LEAST_SIDE, _ELONGATED * encoder.picture_side) if encoder.picture_side else None
        return Ready(row, encoder.prepare(decode(store.picture(row), max_side=side)))
    except Unreadable as error:
        return Ready(row, refusal=error.sentence)
    except TaxonError as error:
        return Ready(row, refusal=str(error))
    except MemoryError:
        return Ready(row, refusal="Decoding it needs more memory than there is.")
    except Exception as error:  # one picture must not stop a million
        return Ready(row, refusal=f"It could not be read ({type(error).__name__}).")
