"""The map: every item a point, the selection drawn on it. This module is the interface; how it is drawn may change.

The browser fetches positions, colours and marks by address and sends an outline back; which points lie inside is
decided here, over all points. So nothing big travels with a click, and no point is forgotten because it was not drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from app.components import events
from app.components.picks import HOWS, Pick
from app.components.size import PLAIN, Height, pixels
from app.palette import CATEGORIES, Palette
from core import safe
from core.limits import DEFAULT
from core.structure.polygon import inside

MOST_LABELS = 400
_MOST_CORNERS = 10_000


@dataclass(frozen=True)
class Points:
    """What the map shows.

    Attributes
    ----------
    xy
        (m, 2) float32 positions.
    rows
        (m,) int64 of the items, ascending; None = position i is row i.
    view
        Names this layout: zoom and place survive as long as it stays the same (the map artifact's key).
    """

    xy: np.ndarray
    rows: np.ndarray | None = None
    view: str = ""

    def rows_at(self, positions: np.ndarray) -> np.ndarray:
        """Rows of the items at some positions."""
        positions = np.asarray(positions, dtype=np.int64)
        return positions if self.rows is None else np.asarray(self.rows, dtype=np.int64)[positions]

    def marks(self, rows: np.ndarray) -> np.ndarray:
        """(m,) bool: the points of some rows."""
        rows = np.asarray(rows, dtype=np.int64)
        length = len(self.xy) if self.rows is None else int(self.rows.max(initial=-1)) + 1
        marked = np.zeros(length, dtype=bool)
        marked[rows[(rows >= 0) & (rows < length)]] = True
        return marked if self.rows is None else marked[self.rows]


@dataclass(frozen=True)
class Label:
    """Words on the map, such as a cluster's name at its middle, with the palette's code.

    `cluster` is its id (0 = of none) and `size` its number of items: a click on the words selects them.
    """

    x: float
    y: float
    text: str
    colour: int = -1
    cluster: int = 0
    size: int = 0


@dataclass(frozen=True)
class Colours:
    """The palette's code of every point, and the words written over them.

    Attributes
    ----------
    codes
        (m,) integers: index into `palette`, −1 = grey.
    labels
        Most important first; those that would overlap are left out.
    """

    codes: np.ndarray
    labels: Sequence[Label] = ()
    palette: Palette = CATEGORIES


@dataclass(frozen=True)
class Verb:
    """A button of the map's own toolbar: what it does, said with its scope, and the key that does the same."""

    name: str
    label: str
    key: str
    hint: str = ""


@dataclass(frozen=True)
class Told:
    """What the map says and remembers beside its points.

    Attributes
    ----------
    project
        In whose name the columns are fetched.
    of
        How many items there are, with a place on the map or not.
    revision
        Of the partition that the colours and names show.
    verbs
        Buttons for the selection.
    tips
        Address of `app.routes.point_url`: what a point is, asked for when the pointer rests on it; empty = no tips.
    selection
        Key under which the selection is kept, so that a reloaded tab can ask for it; empty = there is none.
    fresh
        Whether nobody selected anything in this session yet.
    badge
        How far to trust the map: two words, and sentences for who wants to know more; empty = nothing is said.
    """

    project: str = ""
    of: int = 0
    revision: int = 0
    verbs: Sequence[Verb] = ()
    tips: str = ""
    selection: str = ""
    fresh: bool = False
    badge: tuple[str, ...] = ()


@dataclass(frozen=True)
class Listener:
    """Who hears what the person does, before the next run, so that everything on the page sees it at once.

    Attributes
    ----------
    select
        Points were drawn around or clicked.
    open
        A point was double-clicked: its row.
    verb
        A button of the toolbar, or its key: the verb's name.
    cluster
        The words of a cluster were clicked: its id, how as in `Pick`, and the revision that was seen.
    restore
        A reloaded tab asks for the selection that it had: the key.
    view
        Asks which layout there is now. An outline drawn on another one is not applied: it would hold other items.
    stale
        Such an outline came.
    plain
        This browser has no WebGL.
    """

    select: Callable[[Pick], None] | None = None
    open: Callable[[int], None] | None = None
    verb: Callable[[str], None] | None = None
    cluster: Callable[[int, str, int], None] | None = None
    restore: Callable[[str], None] | None = None
    view: Callable[[], str] | None = None
    stale: Callable[[], None] | None = None
    plain: Callable[[], None] | None = None


def show(
    points: Points,
    colours: Colours,
    selection: np.ndarray,
    *,
    key: str,
    height: Height = PLAIN,
    told: Told = Told(),
    listener: Listener = Listener(),
    emphasis: np.ndarray | None = None,
    plain: bool = False,
) -> None:
    """Draw the map.

    Parameters
    ----------
    points, colours
        Where the items are and what colour they have.
    selection
        (k,) rows that are selected: they get an outline, never another colour.
    key
        Names this map; its events survive reruns under it.
    height
        In pixels, or what the window leaves.
    emphasis
        (k,) rows that stay strong while all others fade, such as a focused cluster; None = all are strong.
    plain
        Draw with Plotly, with no code of ours in the browser: at most `limits.plotly_points` points, lasso and box.
    """
    if plain:
        from app.components.scatter.plain import show_plain

        show_plain(points, colours, selection, key=f"{key}:plain", height=pixels(height), select=listener.select)
        return
    from app.components.scatter.canvas import show_canvas

    show_canvas(points, colours, selection, emphasis, key=key, height=height, told=told, listener=listener)


def pick_of(event: Mapping[str, Any], points: Points) -> Pick | None:
    """What an event from the browser selects; None when it makes no sense.

    Parameters
    ----------
    event
        {"kind": "outline", "polygon": [[x, y], …]} or {"kind": "item", "row": i} or {"kind": "nothing"}, and "how".
    points
        All points; corners are in their coordinates.
    """
    how = event.get("how") if event.get("how") in HOWS else "set"
    if event.get("kind") == "nothing":
        return Pick(np.empty(0, dtype=np.int64))
    if event.get("kind") == "item":
        found = events.integers([event.get("row")])
        known = [row for row in found if row < len(points.xy) or points.rows is not None]
        return Pick(np.array(known), how) if known and points.marks(np.array(known)).any() else None
    if event.get("kind") == "outline":
        corners = _corners(event.get("polygon"))
        if corners is not None:
            return Pick(points.rows_at(np.flatnonzero(inside(points.xy, corners))), how)
    return None


def _corners(value: Any) -> np.ndarray | None:
    if not isinstance(value, list) or not 3 <= len(value) <= _MOST_CORNERS:
        return None
    try:
        corners = np.array(value, dtype=np.float64)
    except (TypeError, ValueError):
        return None
    return corners if corners.shape == (len(value), 2) and np.isfinite(corners).all() else None


def sample(n: int, most: int = DEFAULT.plotly_points) -> np.ndarray:
    """Positions of the points that the plain map draws: all, or `most` of them, always the same ones; ascending."""
    if n <= most:
        return np.arange(n)
    return np.sort(np.random.default_rng(0).choice(n, most, replace=False))


def shown_labels(colours: Colours) -> list[Label]:
    """The labels that have a place, their words short and safe to draw as text."""
    return [
        Label(float(one.x), float(one.y), safe.plain(one.text, 40), int(one.colour), int(one.cluster), int(one.size))
        for one in list(colours.labels)[:MOST_LABELS]
        if np.isfinite(one.x) and np.isfinite(one.y)
    ]
