"""The map drawn by our own component: WebGL where the browser has it, else a canvas."""

from __future__ import annotations

import base64
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import streamlit as st

from app.components import events, scatter
from app.components.size import Height, css
from app.components.source import mount

_STEPS = 65_535  # positions travel as unsigned 16-bit: a 65,535th of the map's side
_GREY_CODE = 255


def show_canvas(
    points: scatter.Points,
    colours: scatter.Colours,
    selection: np.ndarray,
    *,
    key: str,
    height: Height,
    on_select: Callable[[scatter.Selection], None] | None,
    on_open: Callable[[int], None] | None,
    emphasis: np.ndarray | None,
    tips: str,
) -> scatter.Selection | None:
    """See `app.components.scatter.show`."""
    outcome = key + ":selection"

    def answer(event: Mapping[str, Any]) -> None:
        if event.get("kind") == "open":
            opened = scatter.selection_of({"kind": "point", "index": event.get("index")}, points)
            if opened is not None and on_open is not None:
                on_open(int(opened.rows[0]))
            return
        done = scatter.selection_of(event, points)
        if done is not None:
            st.session_state[outcome] = done
            if on_select is not None:
                on_select(done)

    data = {"seq": events.seen(key), "height": css(height), "tips": tips, "view": points.view}
    data |= packed(points, colours, selection, emphasis)
    mount("scatter")(key=key, data=data, on_event_change=events.call(key, answer))
    return st.session_state.pop(outcome, None)


def packed(
    points: scatter.Points, colours: scatter.Colours, selection: np.ndarray, emphasis: np.ndarray | None
) -> dict[str, Any]:
    """Positions, codes and marks as base64 of little-endian arrays; a point without a place is not drawn."""
    xy = np.asarray(points.xy, dtype=np.float64).reshape(-1, 2)
    placed = np.isfinite(xy).all(axis=1)
    low = xy[placed].min(axis=0) if placed.any() else np.zeros(2)
    side = float(np.ptp(xy[placed], axis=0).max()) if placed.any() else 0.0
    side = side or 1.0
    steps = np.where(placed[:, None], (xy - low) / side * _STEPS, 0).round().astype("<u2")
    codes = np.asarray(colours.codes)
    flags = points.marks(selection).astype(np.uint8)
    if emphasis is not None:
        flags |= (~points.marks(emphasis)).astype(np.uint8) << 1
    flags |= (~placed).astype(np.uint8) << 2
    # Selected points and those of the focus are asked for by row, so rows travel only where they differ from positions.
    rows = None if points.rows is None else _text(np.asarray(points.rows).astype("<u4"))
    return {
        "n": len(xy),
        "xy": _text(steps),
        "low": low.tolist(),
        "side": side,
        "codes": _text(np.where(codes < 0, _GREY_CODE, codes % len(colours.palette.light)).astype(np.uint8)),
        "flags": _text(flags),
        "rows": rows,
        "labels": scatter.shown_labels(colours),
        "palette": colours.palette.to_json(),
    }


def _text(array: np.ndarray) -> str:
    return base64.b64encode(np.ascontiguousarray(array).tobytes()).decode("ascii")
