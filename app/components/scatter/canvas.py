"""The map drawn by our own component: its columns go on the shelf, their addresses and the words go to the browser."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from app import resources, routes
from app.components import events, scatter
from app.components.picks import HOWS
from app.components.size import Height, css
from app.components.source import mount

STEPS = 65_534  # positions travel as unsigned 16-bit: a 65,534th of the map's side
ABSENT = 65_535


@dataclass(frozen=True)
class Sheet:
    """A layout as it travels.

    Attributes
    ----------
    low
        Left and lower end, in the map's coordinates.
    side
        Length of its longer side.
    places
        (m, 2) little-endian uint16, `ABSENT` twice for a point without a place.
    rows
        (m,) little-endian uint32, each less the one before it; None = position i is row i.
    """

    low: tuple[float, float]
    side: float
    places: bytes = field(repr=False)
    rows: bytes | None = field(default=None, repr=False)


def show_canvas(
    points: scatter.Points,
    colours: scatter.Colours,
    selection: np.ndarray,
    emphasis: np.ndarray | None,
    *,
    key: str,
    height: Height,
    told: scatter.Told,
    listener: scatter.Listener,
) -> None:
    """See `app.components.scatter.show`."""

    def address(data: bytes) -> str:
        return routes.points_url(told.project, data)

    data = packed(points, colours, selection, emphasis, address, told)
    data |= events.heard(key) | {"height": css(height)}

    def hear(event: Mapping[str, Any]) -> None:
        answer(event, points, told, listener)

    mount("scatter")(key=key, data=data, on_event_change=events.call(key, hear))


def answer(event: Mapping[str, Any], points: scatter.Points, told: scatter.Told, listener: scatter.Listener) -> None:
    """Tell the listener what an event from the browser means; what makes no sense means nothing."""
    kind, name = event.get("kind"), event.get("name")
    there = points.view if listener.view is None else listener.view()
    if kind == "outline" and not event.get("view", "") == there == points.view:
        _call(listener.stale)
    elif kind == "open":
        opened = scatter.pick_of({"kind": "item", "row": event.get("row")}, points)
        if opened is not None:
            _call(listener.open, int(opened.rows[0]))
    elif kind == "verb" and name in [verb.name for verb in told.verbs]:
        _call(listener.verb, name)
    elif kind == "cluster":
        how = event["how"] if event.get("how") in HOWS else "set"
        asked = events.integers([event.get("cluster"), event.get("revision")])
        if len(asked) == 2:
            _call(listener.cluster, asked[0], how, asked[1])
    elif kind == "restore" and isinstance(event.get("selection"), str):
        _call(listener.restore, event["selection"])
    elif kind == "plain":
        _call(listener.plain)
    else:
        done = scatter.pick_of(event, points)
        if done is not None:
            _call(listener.select, done)


def _call(heard: Callable[..., None] | None, *told: Any) -> None:
    if heard is not None:
        heard(*told)


def packed(
    points: scatter.Points,
    colours: scatter.Colours,
    selection: np.ndarray,
    emphasis: np.ndarray | None,
    address: Callable[[bytes], str],
    told: scatter.Told,
) -> dict[str, Any]:
    """What the message says: addresses of the columns, and a few words."""
    sheet = _sheet(points, told.project)
    words = [[one.x, one.y, one.text, one.colour, one.cluster, one.size] for one in scatter.shown_labels(colours)]
    return {
        "n": len(points.xy),
        "low": sheet.low,
        "side": sheet.side,
        "view": points.view,
        "places": address(sheet.places),
        "rows": None if sheet.rows is None else address(sheet.rows),
        "codes": address(coded(colours)),
        "picked": address(_bits(points.marks(selection))) if len(selection) else None,
        "strong": None if emphasis is None else address(_bits(points.marks(emphasis))),
        "labels": address(json.dumps(words, ensure_ascii=False).encode()),
        "palette": colours.palette.to_json(),
        "chosen": len(selection),
        "of": told.of or len(points.xy),
        "revision": told.revision,
        "verbs": [[verb.name, verb.label, verb.key, verb.hint] for verb in told.verbs],
        "tips": told.tips,
        "project": told.project,
        "selection": told.selection,
        "fresh": told.fresh,
        "badge": list(told.badge),
    }


def coded(colours: scatter.Colours) -> bytes:
    """(m,) uint8: the palette's index of each point, 255 = grey."""
    codes = np.asarray(colours.codes)
    wide = len(colours.palette.light)
    if len(codes) and codes.max() >= wide:
        codes = np.where(codes < 0, codes, codes % wide)
    return codes.astype(np.int8).tobytes()  # whose −1 reads 255 as an unsigned byte


def sheet_of(points: scatter.Points) -> Sheet:
    """Positions as they travel; the map keeps its shape."""
    xy = np.asarray(points.xy, dtype=np.float32).reshape(-1, 2)
    placed = np.isfinite(xy).all(axis=1)
    whole = placed.all()
    seen = xy if whole else xy[placed]
    low = seen.min(axis=0).astype(np.float64) if len(seen) else np.zeros(2)
    side = float((seen.max(axis=0) - low).max()) if len(seen) else 0.0
    side = side or 1.0
    with np.errstate(invalid="ignore"):
        steps = np.rint((xy - low.astype(np.float32)) * np.float32(STEPS / side))
        steps = np.where(placed[:, None], np.clip(steps, 0, STEPS), ABSENT).astype("<u2")
    rows = None
    if points.rows is not None:
        rows = np.diff(np.asarray(points.rows, dtype=np.int64), prepend=0).astype("<u4").tobytes()
    return Sheet((float(low[0]), float(low[1])), side, steps.tobytes(), rows)


def _sheet(points: scatter.Points, project: str) -> Sheet:
    if not points.view:
        return sheet_of(points)
    # The same layout may be that of another project, in which other items have a vector.
    return resources.derived("sheet", f"{project}:{points.view}:{len(points.xy)}", lambda: sheet_of(points))


def _bits(marks: np.ndarray) -> bytes:
    return np.packbits(marks, bitorder="little").tobytes()
