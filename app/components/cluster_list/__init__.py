"""The list of clusters: find one, focus it, tick several."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.components import beside, events
from app.components.size import PLAIN, Height, css
from app.components.source import mount
from app.palette import CATEGORIES, Palette
from core import safe


@dataclass(frozen=True)
class Row:
    """A cluster as the list shows it.

    Attributes
    ----------
    id
        Of the cluster; 0 = undecided, shown last and never ticked.
    title
        `Partition.title`: its name, or “Cluster 12”.
    named
        Whether a person named it.
    size, settled
        Number of items; share of them that is settled, 0 to 1.
    colour
        The palette's code, −1 = grey.
    selected
        How many of its items are in the selection.
    """

    id: int
    title: str
    size: int
    settled: float = 0.0
    named: bool = False
    colour: int = -1
    selected: int = 0


def show(
    rows: Sequence[Row],
    *,
    key: str,
    focus: int | None = None,
    ticked: Iterable[int] = (),
    on_focus: Callable[[int | None], None],
    on_tick: Callable[[tuple[int, ...]], None] | None = None,
    height: Height = PLAIN,
    palette: Palette = CATEGORIES,
    empty: str = "No clusters yet.",
) -> None:
    """Draw the list.

    Parameters
    ----------
    rows
        All clusters; the person searches and sorts them in the browser, without a rerun.
    key
        Names this list; its events survive reruns under it.
    focus
        Id of the cluster that the page is about; None = all items.
    ticked
        Ids of ticked clusters.
    on_focus
        Called before the next run with the id that was clicked, None when the focused one was clicked again.
    on_tick
        Called with all ticked ids in the order of the list; None = the list has no boxes to tick.
    height
        In pixels, or what the window leaves; scrolling inside.
    empty
        What to say when there are no rows.
    """
    known = {row.id for row in rows}

    def answer(event: Mapping[str, Any]) -> None:
        if event.get("kind") == "focus":
            named = events.integers([event.get("id")])
            on_focus(named[0] if named and named[0] in known else None)
        elif event.get("kind") == "tick" and on_tick is not None:
            wanted = set(events.integers(event.get("ids"))) & known - {0}
            on_tick(tuple(row.id for row in rows if row.id in wanted))

    data = {
        **events.heard(key),
        "focus": focus,
        "ticked": [int(cluster_id) for cluster_id in ticked],
        "ticks": on_tick is not None,
        "height": css(height),
        "empty": empty,
    }
    data = beside.split(data, rows=[_plain(row) for row in rows], palette=palette.to_json())
    mount("cluster_list")(key=key, data=data, on_event_change=events.call(key, answer))


def _plain(row: Row) -> dict[str, Any]:
    return {
        "id": int(row.id),
        "title": safe.plain(row.title, 120),
        "named": bool(row.named),
        "size": int(row.size),
        "settled": float(row.settled),
        "colour": int(row.colour),
        "selected": int(row.selected),
    }
