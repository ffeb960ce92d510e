"""Tiles of pictures and texts: what the selection is made of, one page at a time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from app.components import beside, events
from app.components.size import Height, css
from app.components.source import mount
from app.palette import CATEGORIES, Palette
from core import safe

TEXT_CHARS = 400  # of a text on its tile; the big view has all of it
MOST_TILES = 500


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


def show(
    tiles: Sequence[Tile],
    selected: np.ndarray,
    *,
    key: str,
    on_select: Callable[[np.ndarray], None],
    on_open: Callable[[int], None],
    size: int = 112,
    height: Height | None = None,
    words: Sequence[str] = (),
    palette: Palette = CATEGORIES,
    empty: str = "Nothing to show here.",
) -> None:
    """Draw one page of the gallery.

    Parameters
    ----------
    tiles
        At most `MOST_TILES`, in order of display.
    selected
        (k,) rows of the whole selection, on this page or not.
    key
        Names this gallery; its events survive reruns under it.
    on_select
        Called before the next run with the rows of the whole new selection: a plain click selects one item, Ctrl or
        Cmd adds it or takes it out, Shift takes everything between, Ctrl+A the page, Escape nothing.
    on_open
        Called with the row that was opened by a double click or Enter.
    size
        Side of a tile in pixels.
    height
        Of the gallery, scrolling inside, in pixels or what the window leaves; None = as tall as its tiles.
    words
        Marked in texts.
    empty
        What to say when there are no tiles.
    """
    shown = list(tiles[:MOST_TILES])
    page = np.array([tile.row for tile in shown], dtype=np.int64)
    data = {
        "seq": events.seen(key),
        "selected": np.flatnonzero(np.isin(page, selected)).tolist(),
        "others": int(len(selected) - np.isin(selected, page).sum()),
        "size": int(size),
        "height": css(height),
        "words": [str(word).casefold() for word in words if str(word).strip()],
        "empty": empty,
    }

    def answer(event: Mapping[str, Any]) -> None:
        if event.get("kind") == "select":
            on_select(chosen(event, page, selected))
        elif event.get("kind") == "open":
            for row in events.integers([event.get("row")]):
                if row in page:
                    on_open(row)

    data = beside.split(data, tiles=[_plain(tile) for tile in shown], palette=palette.to_json())
    mount("gallery")(key=key, data=data, on_event_change=events.call(key, answer))


def chosen(event: Mapping[str, Any], page: np.ndarray, selected: np.ndarray) -> np.ndarray:
    """The whole selection after an event: what is off the page stays unless the person began anew.

    Parameters
    ----------
    event
        `places` on the page that are selected now; `keep` = whether to keep what is selected elsewhere.
    page, selected
        Rows on the page, rows selected so far.
    """
    places = [place for place in events.integers(event.get("places")) if place < len(page)]
    on_page = page[np.unique(np.array(places, dtype=np.int64))]
    if not event.get("keep"):
        return np.unique(on_page)
    return np.union1d(np.setdiff1d(selected, page), on_page)


def _plain(tile: Tile) -> dict[str, Any]:
    return {
        "row": int(tile.row),
        "picture": tile.picture,
        "text": safe.plain(tile.text, TEXT_CHARS),
        "title": safe.plain(tile.title, 200),
        "cluster": safe.plain(tile.cluster, 80),
        "colour": int(tile.colour),
        "mark": safe.plain(tile.mark, 24),
    }
