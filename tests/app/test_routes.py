"""What the browser can fetch beside the page, and what it cannot."""

from __future__ import annotations

import base64
import io

import pytest
from PIL import Image
from starlette.applications import Starlette
from starlette.testclient import TestClient

from app import resources, routes
from app.components import source
from app.handles import Handles
from app.shelf import Shelf
from core.items.importer import import_source
from core.items.sources import open_source
from core.partition.edits import Move


@pytest.fixture
def project(tmp_path, monkeypatch, picture_folder):
    monkeypatch.setenv("TAXON_PROJECTS", str(tmp_path / "projects"))
    made = resources.create_project("birds")
    exif = Image.Exif()
    exif[0x010E] = "where the person lives"
    Image.new("RGB", (2400, 1200), "red").save(picture_folder / "wide.jpg", exif=exif)
    import_source(made.items, made.thumbnails, open_source(picture_folder))
    yield made
    resources._opened.clear()


@pytest.fixture
def client():
    return TestClient(Starlette(routes=routes.ROUTES))


def test_thumb__is_a_small_webp_that_may_be_kept(project, client):
    answer = client.get(routes.thumb_url("birds", 0))
    assert answer.status_code == 200 and answer.headers["content-type"] == "image/webp"
    assert "immutable" in answer.headers["cache-control"] and "private" in answer.headers["cache-control"]
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert max(Image.open(io.BytesIO(answer.content)).size) <= 192


def test_thumb__is_made_again_when_it_is_lost(project, client):
    project.thumbnails.keep_only(set())
    assert client.get(routes.thumb_url("birds", 3)).status_code == 200


def test_picture__is_shrunk_and_says_nothing_about_where_it_was_taken(project, client):
    row = project.items.load().row_of("wide.jpg")
    answer = client.get(routes.picture_url("birds", row))
    image = Image.open(io.BytesIO(answer.content))
    assert answer.status_code == 200 and image.format == "WEBP" and image.size == (1600, 800)
    assert not image.getexif() and b"where the person lives" not in answer.content


def test_point__says_what_an_item_is(project, client):
    project.apply(Move(item_ids=("wide.jpg",), cluster_id=None))
    items = project.items.load()
    row = items.row_of("wide.jpg")
    told = client.get(f"{routes.point_url('birds')}/{row}").json()
    assert told["title"] == "wide.jpg" and told["cluster"] == "Cluster 1"
    assert client.get(told["picture"]).status_code == 200
    assert client.get(f"{routes.point_url('birds')}/0").json()["cluster"] == "Undecided"


def test_wrong_addresses__say_nothing(project, client):
    good = routes.thumb_url("birds", 0).removeprefix("/thumb/")
    raw = bytearray(base64.urlsafe_b64decode(good))
    raw[7] ^= 1  # the row
    other_row = base64.urlsafe_b64encode(raw).decode()
    last = "A" if good[-1] != "A" else "B"
    wrong = [
        *(f"/thumb/{handle}" for handle in (other_row, good[:-1] + last, good[:-4], "x", "%00", "é", "A" * 5000)),
        f"/picture/{good}",
        f"/point/{good}/0",
        routes.thumb_url("birds", 4_000_000),
        routes.thumb_url("no such project", 0),
        f"{routes.point_url('birds')}/4000000",
    ]
    for address in wrong:
        answer = client.get(address)
        assert (answer.status_code, answer.content) == (404, b""), address


def test_code__is_fetched_by_its_digest_and_nothing_else_is(client):
    name = next(name for name in source.modules() if name.startswith("scatter-"))
    answer = client.get(f"/code/{name}")
    assert answer.status_code == 200 and answer.headers["content-type"].startswith("text/javascript")
    assert "immutable" in answer.headers["cache-control"]
    for wrong in ("scatter.js", "scatter-000000000000.js", "..%2f..%2fmain.py", "%2e%2e/main.py", name + "x"):
        assert client.get(f"/code/{wrong}").status_code == 404


OLDER, NEWER = bytes(range(200)) * 50, bytes(range(200)) * 49 + bytes(range(1, 201))


def test_points__a_column_is_private_packed_and_named_by_its_content(client):
    address = routes.points_url("birds", OLDER)
    answer = client.get(address)
    assert answer.content == OLDER and answer.headers["content-encoding"] == "gzip"
    assert int(answer.headers["content-length"]) < len(OLDER) / 5
    assert "private" in answer.headers["cache-control"] and "Accept-Encoding" in answer.headers["vary"]
    tag = answer.headers["etag"]
    assert tag.startswith('"') and routes.points_url("birds", OLDER) == address
    again = client.get(address, headers={"If-None-Match": tag})
    assert again.status_code == 304 and again.content == b""
    assert client.get(address, headers={"If-None-Match": '"other"'}).status_code == 200
    assert client.get(routes.points_url("birds", NEWER)).headers["etag"] != tag


def test_points__a_browser_that_cannot_unpack_gets_it_as_it_is(client):
    answer = client.get(routes.points_url("birds", OLDER), headers={"Accept-Encoding": "identity"})
    assert answer.content == OLDER and "content-encoding" not in answer.headers


def test_points__only_what_differs_from_the_column_that_a_browser_has(client):
    older, newer = routes.points_url("birds", OLDER), routes.points_url("birds", NEWER)
    answer = client.get(newer, params={"from": older.removeprefix("/points/")})
    assert answer.headers["taxon-difference"] == "1" and answer.headers["etag"] != client.get(newer).headers["etag"]
    assert bytes(one ^ other for one, other in zip(answer.content, OLDER, strict=True)) == NEWER
    assert int(answer.headers["content-length"]) < 400


@pytest.mark.parametrize("older", ["", "x", "A" * 32])
def test_points__from_a_column_that_is_not_there_the_whole_one_comes(client, older):
    answer = client.get(routes.points_url("birds", NEWER), params={"from": older})
    assert answer.content == NEWER and "taxon-difference" not in answer.headers


def test_points__from_a_column_of_another_length_the_whole_one_comes(client):
    shorter = routes.points_url("birds", OLDER[:-1]).removeprefix("/points/")
    answer = client.get(routes.points_url("birds", NEWER), params={"from": shorter})
    assert answer.content == NEWER and "taxon-difference" not in answer.headers


def test_points__made_up_and_expired_handles_say_nothing(client, monkeypatch):
    address = routes.points_url("birds", OLDER)
    thumb = routes.thumb_url("birds", 0).removeprefix("/thumb/")
    last = "A" if address[-1] != "A" else "B"
    for wrong in (address[:-1] + last, f"/points/{thumb}", "/points/x", "/points/%00", "/points/" + "A" * 5000):
        answer = client.get(wrong)
        assert (answer.status_code, answer.content) == (404, b""), wrong
    small = Shelf(most_bytes=10)
    monkeypatch.setattr(routes, "shelf", lambda: small)
    gone = routes.points_url("birds", OLDER)
    routes.points_url("birds", NEWER)
    assert client.get(gone).status_code == 404


def test_missing_original__is_a_404_for_the_picture_only(project, client, picture_folder):
    row = project.items.load().row_of("wide.jpg")
    (picture_folder / "wide.jpg").unlink()
    assert client.get(routes.picture_url("birds", row)).status_code == 404
    assert client.get(routes.thumb_url("birds", row)).status_code == 200


def test_handles__hold_for_one_server_and_one_purpose():
    ours, theirs = Handles(), Handles()
    handle = ours.sign("thumb", "birds", 12)
    assert ours.read("thumb", handle) == ("birds", 12)
    assert ours.read("picture", handle) is None and theirs.read("thumb", handle) is None
    assert "birds" not in handle and ours.sign("thumb", "birds", 13) != handle
