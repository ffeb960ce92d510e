"""Orders of items that the browser pages through: kept on the shelf, named by an address, never sent as a whole."""

from __future__ import annotations

import struct
from dataclasses import dataclass, field

import numpy as np

from app import routes

_HEAD = struct.Struct("<I")  # how many items


@dataclass(frozen=True)
class Order:
    """Items in the order in which a page shows them.

    Attributes
    ----------
    rows
        (k,) int64.
    scores
        (k,) float32, NaN = none; None when nothing scored them.
    """

    rows: np.ndarray = field(repr=False)
    scores: np.ndarray | None = field(default=None, repr=False)


def put(project: str, order: Order) -> str:
    """A signed name under which `get` finds this order again, as long as it is kept."""
    rows = np.asarray(order.rows, dtype="<u4")
    data = _HEAD.pack(len(rows)) + rows.tobytes()
    if order.scores is not None:
        data += np.asarray(order.scores, dtype="<f4").tobytes()
    return routes.handles().sign("order", project, routes.shelf().put(data))


def get(handle: str) -> tuple[str, Order] | None:
    """(project, order) of a name that this server gave; None when it did not, or does not keep it any more."""
    found = routes.handles().read("order", handle)
    column = routes.shelf().get(found[1]) if found else None
    if found is None or column is None:
        return None
    (length,) = _HEAD.unpack_from(column.data)
    rows = np.frombuffer(column.data, "<u4", length, _HEAD.size).astype(np.int64)
    rest = _HEAD.size + 4 * length
    scores = np.frombuffer(column.data, "<f4", length, rest) if len(column.data) > rest else None
    return found[0], Order(rows, scores)
