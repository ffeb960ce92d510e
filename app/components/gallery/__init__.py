"""Tiles of pictures and texts: any number of items, of which the browser holds those that are seen."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from app import orders, routes
from app.components import beside, events
from app.components.picks import HOWS, Pick
from app.components.size import Height, css
from app.components.source import mount
from app.orders import Order
from app.palette import CATEGORIES
from core import safe

TEXT_CHARS = 400  # of a text on its tile; the big view has all of it
_MOST_BLOCKS = 20


@dataclass(frozen=True)
class Tile:
    """One item as the gallery shows it.

    Attributes
    ----------
    row
        Of the item.
    picture
        URL of the thumbnail (`app.routes.thumb_url`); empty for a text.
    text
        Shown when there is no picture, and as a caption when there is one.
    title
        The item's id or file name, for screen readers and the tooltip.
    cluster, colour
        Name of its cluster and the palette's code (−1 = undecided).
    mark
        A word in the corner, such as a score or “undecided”; may be empty.
    """

    row: int
    picture: str = ""
    text: str = ""
    title: str = ""
    cluster: str = ""
    colour: int = -1
    mark: str = ""


@dataclass(frozen=True)
class Strip:
    """Items of a project in an order; the browser fetches the tiles that it shows.

    Attributes
    ----------
    project
        In whose name they are fetched.
    order
        All of them.
    revision
        Of the partition: tiles are fetched again when it changes.
    view
        Names what is shown: place and focus stay as long as this does, whatever comes in or goes out.
    cards
        Whether these are texts without pictures, which need broad tiles.
    captions
        Whether pictures may have a text below them.
    """

    project: str
    order: Order
    revision: int = 0
    view: str = ""
    cards: bool = False
    captions: bool = False


@dataclass(frozen=True)
class Listener:
    """Who hears what the person does, before the next run.

    Attributes
    ----------
    select
        Items were picked: by a plain click or a drawn box these and no others, with Ctrl more or fewer, with Shift
        everything between, with Ctrl+A all that the gallery holds, with Escape none.
    open
        The row that was opened by a double click or Enter.
    name
        A letter was pressed that stands for a cluster: its id, and the row of the item that has the focus.
    """

    select: Callable[[Pick], None] | None = None
    open: Callable[[int], None] | None = None
    name: Callable[[int, int], None] | None = None


def show(
    what: Sequence[Tile] | Strip,
    selected: np.ndarray,
    *,
    key: str,
    listener: Listener = Listener(),
    keys: Sequence[tuple[str, int, str]] = (),
    size: int = 112,
    height: Height | None = None,
    words: Sequence[str] = (),
    empty: str = "Nothing to show here.",
) -> None:
    """Draw the gallery.

    Parameters
    ----------
    what
        A few tiles, which travel with the page; or any number of items, which do not.
    selected
        (k,) rows of the whole selection, shown here or not.
    key
        Names this gallery; its events survive reruns under it.
    listener
        Hears what was done. One without `select` makes a gallery that is only looked at.
    keys
        Letters that give a name: (letter, cluster id, name).
    size
        Side of a tile in pixels.
    height
        Of the gallery, scrolling inside, in pixels or what the window leaves; None = as tall as its tiles.
    words
        Marked in texts.
    empty
        What to say when there are no tiles.
    """
    data: dict[str, Any] = {
        **events.heard(key),
        "size": int(size),
        "height": css(height),
        "words": [str(word).casefold() for word in words if str(word).strip()],
        "keys": [(letter, cluster, safe.plain(name, 40)) for letter, cluster, name in keys],
        "looks": listener.select is None,
        "empty": empty,
    }
    if isinstance(what, Strip):
        rows = what.order.rows
        data |= _fetched(what, selected)
    else:
        rows = np.array([tile.row for tile in what], dtype=np.int64)
        told = {"tiles": [plain(tile) for tile in what], "palette": CATEGORIES.to_json()}
        captions = any(tile.picture and tile.text for tile in what)
        data |= {"n": len(what), "picked": _marked(rows, selected, ""), "captions": captions}
        data = beside.split(data, **told)

    def answer(event: Mapping[str, Any]) -> None:
        _answer(event, what, rows, listener, [cluster for _, cluster, _ in keys])

    mount("gallery")(key=key, data=data, on_event_change=events.call(key, answer))


def _fetched(strip: Strip, selected: np.ndarray) -> dict[str, Any]:
    order = orders.put(strip.project, strip.order)
    return {
        "n": len(strip.order.rows),
        "order": order,
        "windows": f"/tiles/{order}",
        "revision": strip.revision,
        "view": strip.view,
        "cards": strip.cards,
        "captions": strip.captions,
        "picked": _marked(strip.order.rows, selected, strip.project),
    }


def _marked(rows: np.ndarray, selected: np.ndarray, project: str) -> str | None:
    """Address of one bit a place, set where the item is selected; None where none is."""
    if not len(selected) or not len(rows):
        return None
    of_row = np.zeros(int(max(rows.max(), selected.max())) + 1, dtype=bool)
    of_row[selected] = True
    marks = of_row[rows]
    return routes.points_url(project, np.packbits(marks, bitorder="little").tobytes()) if marks.any() else None


def _answer(
    event: Mapping[str, Any],
    what: Sequence[Tile] | Strip,
    rows: np.ndarray,
    listener: Listener,
    clusters: Sequence[int],
) -> None:
    """Tell the listener what an event means. Places are those of the order that the browser showed, which it names."""
    if isinstance(what, Strip):
        seen = orders.get(str(event.get("order", "")))
        if seen is None or seen[0] != what.project:
            return
        rows = seen[1].rows
    if event.get("kind") == "pick":
        pick = pick_of(event, rows)
        if listener.select is not None and pick is not None:
            listener.select(pick)
        return
    places = [place for place in events.integers([event.get("place")]) if place < len(rows)]
    if not places:
        return
    row = int(rows[places[0]])
    if event.get("kind") == "open" and listener.open is not None:
        listener.open(row)
    elif event.get("kind") == "name" and listener.name is not None and event.get("cluster") in clusters:
        listener.name(int(event["cluster"]), row)


def pick_of(event: Mapping[str, Any], rows: np.ndarray) -> Pick | None:
    """What was picked in the gallery; None when that makes no sense.

    Parameters
    ----------
    event
        {"how": one of `HOWS`, "blocks": [[first, wide, high, columns], …]}. A block is a rectangle of tiles: `high`
        rows of `wide` places, `columns` apart.
    rows
        (n,) of the items in the order in which they were shown.
    """
    if event.get("how") not in HOWS:
        return None
    return Pick(np.unique(rows[_places(event.get("blocks"), len(rows))]), event["how"])


def _places(blocks: Any, n: int) -> np.ndarray:
    """(k,) int64 places below `n` that lie in some rectangles; one that makes no sense holds none."""
    meant = np.zeros(n, dtype=bool)
    for block in blocks[:_MOST_BLOCKS] if isinstance(blocks, list) else ():
        numbers = events.integers(block)
        if len(numbers) != 4 or len(block) != 4:
            continue
        first, wide, high, columns = (min(number, n) for number in numbers)
        if first >= n or not wide or not high or (high > 1 and wide > columns):
            continue
        high = min(high, -(-(n - first) // max(columns, 1)))
        places = first + np.arange(high)[:, None] * columns + np.arange(wide)
        meant[places[places < n]] = True
    return np.flatnonzero(meant)


def plain(tile: Tile) -> dict[str, Any]:
    """A tile as it travels: short, visible text."""
    return {
        "row": int(tile.row),
        "picture": tile.picture,
        "text": safe.plain(tile.text, TEXT_CHARS),
        "title": safe.plain(tile.title, 200),
        "cluster": safe.plain(tile.cluster, 80),
        "colour": int(tile.colour),
        "mark": safe.plain(tile.mark, 24),
    }
