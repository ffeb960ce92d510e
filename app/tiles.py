"""Items as the gallery shows them, and the route from which the browser fetches the few that it sees."""

from __future__ import annotations

import json

import numpy as np
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from app import orders, resources, routes
from app.components import gallery
from app.components.gallery import Tile
from app.orders import Order
from app.palette import CATEGORIES
from app.shelf import packed
from core.items.table import Items, Kind
from core.partition.partition import Partition

MOST = 200  # tiles in one answer


def of(project: str, items: Items, partition: Partition, order: Order) -> list[Tile]:
    """A tile of each item, in this order; an item that was imported after the partition is undecided."""
    rows = order.rows
    pictured = np.isin(items.kind[rows], (Kind.PICTURE, Kind.BOTH))
    texts, ids = items.some("text", rows), items.some("item_id", rows)
    found = []
    for place, row in enumerate(rows.tolist()):
        cluster = partition.clusters.get(int(partition.cluster_of[row])) if row < len(partition) else None
        score = float("nan") if order.scores is None else float(order.scores[place])
        found.append(
            Tile(
                row=row,
                picture=routes.thumb_url(project, row) if pictured[place] else "",
                text=texts[place],
                title=ids[place],
                cluster=(cluster.name or f"Cluster {cluster.id}") if cluster else "Undecided",
                colour=cluster.colour if cluster else -1,
                mark="" if np.isnan(score) else f"{score:.2f}",
            )
        )
    return found


def window(handle: str, begin: int, count: int) -> bytes | None:
    """JSON of the tiles from a place on, as they are now, with the palette; None for what this server did not sign."""
    found = orders.get(handle)
    if found is None:
        return None
    name, order = found
    part = slice(begin, begin + min(count, MOST))
    seen = Order(order.rows[part], None if order.scores is None else order.scores[part])
    project = resources.open_project(name)
    items = project.items.load()
    tiles = of(name, items, project.partition(), seen) if (seen.rows < len(items)).all() else []
    told = {"tiles": [gallery.plain(tile) for tile in tiles], "palette": CATEGORIES.to_json()}
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()


async def _tiles(request: Request) -> Response:
    asked = request.path_params

    def work() -> tuple[bytes, bool] | None:
        data = window(asked["handle"], asked["begin"], asked["count"])
        if data is None:
            return None
        small = packed(data) if "gzip" in request.headers.get("accept-encoding", "") else None
        return (data, False) if small is None else (small, True)

    told = await run_in_threadpool(routes.quietly, work)
    if told is None:
        return routes.nothing()
    body, is_packed = told
    headers = {**routes.HEADERS, "Cache-Control": "no-store", "Vary": "Accept-Encoding"}
    if is_packed:
        headers["Content-Encoding"] = "gzip"
    return Response(body, media_type="application/json", headers=headers)


ROUTES = [Route("/tiles/{handle}/{begin:int}/{count:int}", _tiles)]
