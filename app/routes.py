"""What the browser fetches beside the page: thumbnails, pictures, what a point on the map is, and our own scripts.

Every address of a person's data carries a handle signed for this server's life; a wrong one gets a 404 that says
nothing. Pictures are re-encoded by us, so no byte of a stranger's file reaches the browser.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

import streamlit as st
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from app import resources
from app.components import source
from app.handles import Handles
from app.shelf import Column, Shelf, difference, packed
from core import safe
from core.errors import TaxonError
from core.items.report import Unreadable
from core.items.table import Kind
from core.limits import DEFAULT
from core.partition.partition import UNDECIDED
from core.project import Project

PICTURE_SIDE = 1600  # pixels of the big view
_TIP_CHARS = 240
_LOG = logging.getLogger(__name__)
HEADERS = {
    # A row is never used for another item and the address dies with the server, so a picture never changes.
    "Cache-Control": "private, max-age=86400, immutable",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
}


@st.cache_resource(show_spinner=False, max_entries=1)
def handles() -> Handles:
    """Signs addresses for as long as this server lives."""
    return Handles()


@st.cache_resource(show_spinner=False, max_entries=1)
def shelf() -> Shelf:
    """What browsers fetch by number."""
    return Shelf()


def thumb_url(project: str, row: int) -> str:
    """Address of an item's thumbnail; `project` is its name."""
    return f"/thumb/{handles().sign('thumb', project, int(row))}"


def picture_url(project: str, row: int) -> str:
    """Address of an item's picture, at most 1,600 pixels wide and high."""
    return f"/picture/{handles().sign('picture', project, int(row))}"


def point_url(project: str) -> str:
    """Address below which the browser asks what the items of a project are: `…/ROW` answers with JSON."""
    return f"/point/{handles().sign('point', project, 0)}"


def points_url(project: str, data: bytes) -> str:
    """Address of a column of the map: positions, colours, marks. It is put on the shelf; the same bytes stay there."""
    return f"/points/{handles().sign('points', project, shelf().put(data))}"


def thumbnail(project: Project, row: int) -> bytes | None:
    """WebP of an item's picture, made again when it is not stored; None for an item without a picture."""
    items = project.items.load()
    if not 0 <= row < len(items) or items.kind[row] not in (Kind.PICTURE, Kind.BOTH):
        return None
    stored = project.thumbnails.get(items.some("digest", [row])[0])
    return stored or resources.webp(project.items.picture(row), DEFAULT.thumbnail_side)


def picture(project: Project, row: int) -> bytes | None:
    """WebP of an item's picture, upright, at most `PICTURE_SIDE` pixels, without metadata; None when it has none."""
    items = project.items.load()
    if not 0 <= row < len(items) or items.kind[row] not in (Kind.PICTURE, Kind.BOTH):
        return None
    return resources.webp(project.items.picture(row), PICTURE_SIDE)


def point(project: Project, name: str, row: int) -> dict[str, str] | None:
    """What an item is, in words, and where its thumbnail is; None when there is no such row."""
    items = project.items.load()
    if not 0 <= row < len(items):
        return None
    partition = project.partition()
    cluster_id = int(partition.cluster_of[row]) if row < len(partition) else UNDECIDED
    named = partition.clusters[cluster_id].name if cluster_id in partition.clusters else "Undecided"
    pictured = items.kind[row] in (Kind.PICTURE, Kind.BOTH)
    return {
        "title": safe.plain(items.some("item_id", [row])[0], _TIP_CHARS),
        "text": safe.plain(items.some("text", [row])[0], _TIP_CHARS),
        "cluster": safe.plain(named or f"Cluster {cluster_id}", 80),
        "picture": thumb_url(name, row) if pictured else "",
    }


async def _thumb(request: Request) -> Response:
    return await _image(request, "thumb", thumbnail)


async def _picture(request: Request) -> Response:
    return await _image(request, "picture", picture)


async def _image(request: Request, purpose: str, make: Callable[[Project, int], bytes | None]) -> Response:
    found = handles().read(purpose, request.path_params["handle"])
    if found is None:
        return nothing()

    def work() -> bytes | None:
        return make(resources.open_project(found[0]), found[1])

    data = await run_in_threadpool(quietly, work)
    return nothing() if data is None else Response(data, media_type="image/webp", headers=HEADERS)


async def _code(request: Request) -> Response:
    module = source.modules().get(request.path_params["name"])
    return nothing() if module is None else Response(module, media_type="text/javascript", headers=HEADERS)


async def _point(request: Request) -> Response:
    found = handles().read("point", request.path_params["handle"])
    if found is None:
        return nothing()

    def work() -> dict[str, str] | None:
        return point(resources.open_project(found[0]), found[0], request.path_params["row"])

    told = await run_in_threadpool(quietly, work)
    return nothing() if told is None else JSONResponse(told, headers={**HEADERS, "Cache-Control": "no-store"})


async def _points(request: Request) -> Response:
    """A column; with `?from=HANDLE` of an older one of its length only what differs, marked by a header."""
    column = _column(request.path_params["handle"])
    if column is None:
        return nothing()
    older = _column(request.query_params.get("from", ""))
    if older is not None and len(older.data) != len(column.data):
        older = None
    tag = f'"{column.digest}"' if older is None else f'"{older.digest}-{column.digest}"'
    headers = {**HEADERS, "ETag": tag, "Vary": "Accept-Encoding"}
    if older is not None:
        headers["Taxon-Difference"] = "1"
    if tag in [one.strip() for one in request.headers.get("if-none-match", "").split(",")]:
        return Response(status_code=304, headers=headers)

    def work() -> tuple[bytes, bool]:
        data = column.data if older is None else difference(older.data, column.data)
        small = packed(data) if "gzip" in request.headers.get("accept-encoding", "") else None
        return (data, False) if small is None else (small, True)

    body, is_packed = await run_in_threadpool(work)
    if is_packed:
        headers["Content-Encoding"] = "gzip"
    return Response(body, media_type="application/octet-stream", headers=headers)


def _column(handle: str) -> Column | None:
    found = handles().read("points", handle)
    return None if found is None else shelf().get(found[1])


def quietly(work: Callable[[], object]) -> object:
    """A picture that is missing, broken or of a closed project is a 404 here; the page says the reason."""
    try:
        return work()
    except (TaxonError, Unreadable) as error:
        _LOG.info("A picture was not served: %s", error)
        return None


def nothing() -> Response:
    """The answer to a wrong address."""
    return Response(status_code=404, headers={**HEADERS, "Cache-Control": "no-store"})


ROUTES = [
    Route("/code/{name}", _code),
    Route("/thumb/{handle}", _thumb),
    Route("/picture/{handle}", _picture),
    Route("/point/{handle}/{row:int}", _point),
    Route("/points/{handle}", _points),
]
