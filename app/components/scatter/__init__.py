"""The map: every item a point, the selection drawn on it. This module is the interface; how it is drawn may change.

`show` sends positions, colours and the selection to the browser and gets an outline back; which points lie inside is
decided here, over all points, so nothing big ever travels with a click.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from app.components import events
from app.components.size import PLAIN, Height, pixels
from app.palette import CATEGORIES, Palette
from core import safe
from core.limits import DEFAULT
from core.structure.polygon import inside

MOST_LABELS = 80
_HOWS = ("set", "add", "remove")


@dataclass(frozen=True)
class Points:
    """What the map shows.

    Attributes
    ----------
    xy
        (m, 2) float32 positions.
    rows
        (m,) int64 of the items; None = position i is row i.
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
        if self.rows is not None:
            return np.isin(self.rows, rows)
        marked = np.zeros(len(self.xy), dtype=bool)
        marked[rows[(rows >= 0) & (rows < len(marked))]] = True
        return marked


@dataclass(frozen=True)
class Label:
    """Words on the map, such as a cluster's name at its middle, with the palette's code."""

    x: float
    y: float
    text: str
    colour: int = -1


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
class Selection:
    """What the person did on the map.

    Attributes
    ----------
    rows
        (k,) int64, ascending, of the items that she drew around or clicked.
    how
        "set" = the selection is these now; "add", "remove" = with Shift, with Alt.
    """

    rows: np.ndarray = field(repr=False)
    how: str = "set"

    def applied_to(self, selected: np.ndarray) -> np.ndarray:
        """The whole selection afterwards, ascending."""
        if self.how == "add":
            return np.union1d(selected, self.rows)
        if self.how == "remove":
            return np.setdiff1d(selected, self.rows)
        return self.rows


def show(
    points: Points,
    colours: Colours,
    selection: np.ndarray,
    *,
    key: str,
    height: Height = PLAIN,
    on_select: Callable[[Selection], None] | None = None,
    on_open: Callable[[int], None] | None = None,
    emphasis: np.ndarray | None = None,
    tips: str = "",
    plain: bool = False,
) -> Selection | None:
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
    on_select
        Called before the next run with what was drawn, so that everything on the page sees the new selection at once.
    on_open
        Called with the row of a point that was double-clicked.
    emphasis
        (k,) rows that stay strong while all others fade, such as a focused cluster; None = all are strong.
    tips
        Address of `app.routes.point_url`: what a point is, asked for when the pointer rests on it; empty = no tips.
    plain
        Draw with Plotly, with no code of ours in the browser: at most `limits.plotly_points` points, lasso and box.

    Returns
    -------
    Selection or None
        What the person did since the last run; None when it was nothing here. `on_select` has heard of it already.
    """
    if plain:
        from app.components.scatter.plain import show_plain

        return show_plain(points, colours, selection, key=key, height=pixels(height), on_select=on_select)
    from app.components.scatter.canvas import show_canvas

    return show_canvas(
        points,
        colours,
        selection,
        key=key,
        height=height,
        on_select=on_select,
        on_open=on_open,
        emphasis=emphasis,
        tips=tips,
    )


def selection_of(event: Mapping[str, Any], points: Points) -> Selection | None:
    """What an event from the browser selects; None when it makes no sense.

    Parameters
    ----------
    event
        {"kind": "outline", "polygon": [[x, y], …]} or {"kind": "point", "index": i} or {"kind": "nothing"}, and "how".
    points
        All points; corners are in their coordinates.
    """
    how = event.get("how") if event.get("how") in _HOWS else "set"
    if event.get("kind") == "nothing":
        return Selection(np.empty(0, dtype=np.int64))
    if event.get("kind") == "point":
        found = [index for index in events.integers([event.get("index")]) if index < len(points.xy)]
        return Selection(points.rows_at(np.array(found)), how) if found else None
    if event.get("kind") == "outline":
        corners = _corners(event.get("polygon"))
        if corners is not None:
            return Selection(np.sort(points.rows_at(np.flatnonzero(inside(points.xy, corners)))), how)
    return None


def _corners(value: Any) -> np.ndarray | None:
    if not isinstance(value, list) or not 3 <= len(value) <= 10_000:
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


def shown_labels(colours: Colours) -> list[dict[str, Any]]:
    """The labels as plain JSON types, safe to draw as text."""
    return [
        {"x": float(label.x), "y": float(label.y), "text": safe.plain(label.text, 40), "colour": int(label.colour)}
        for label in list(colours.labels)[:MOST_LABELS]
        if np.isfinite(label.x) and np.isfinite(label.y)
    ]
