"""The windows that a gallery fetches."""

from __future__ import annotations

import json

import numpy as np
import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from app import orders, resources, tiles
from app.orders import Order
from core.partition.edits import Rename


@pytest.fixture
def client(planted_copy):
    return TestClient(Starlette(routes=tiles.ROUTES))


def test_window__holds_the_items_of_its_places_as_they_are_now(client, planted_copy):
    rows = np.array([7, 3, 100, 5])
    address = f"/tiles/{orders.put(planted_copy, Order(rows, np.array([0.9, np.nan, 0.5, 0.1])))}"
    told = client.get(f"{address}/1/2").json()
    assert [tile["row"] for tile in told["tiles"]] == [3, 100]
    assert [tile["mark"] for tile in told["tiles"]] == ["", "0.50"]
    assert told["tiles"][0]["title"] == "disc-03" and told["tiles"][0]["picture"].startswith("/thumb/")
    project = resources.open_project(planted_copy)
    project.apply(Rename(int(project.partition().cluster_of[3]), "discs"))
    assert client.get(f"{address}/1/1").json()["tiles"][0]["cluster"] == "discs"
    assert client.get(f"{address}/4/48").json()["tiles"] == []


def test_window__is_never_longer_than_a_few_hundred(client, planted_copy):
    address = f"/tiles/{orders.put(planted_copy, Order(np.zeros(5000, dtype=np.int64)))}"
    assert len(client.get(f"{address}/0/4000").json()["tiles"]) == tiles.MOST


def test_window__is_packed_where_the_browser_takes_that(client, planted_copy):
    address = f"/tiles/{orders.put(planted_copy, Order(np.arange(144)))}/0/48"
    plain = client.get(address, headers={"accept-encoding": "identity"})
    small = client.get(address, headers={"accept-encoding": "gzip"})
    assert "content-encoding" not in plain.headers and small.headers["content-encoding"] == "gzip"
    assert json.loads(plain.content) == small.json() and small.headers["cache-control"] == "no-store"
    assert int(small.headers["content-length"]) < len(plain.content) / 2


def test_window__wrong_addresses_say_nothing(client, planted_copy):
    good = orders.put(planted_copy, Order(np.arange(4)))
    elsewhere = orders.put("no such project", Order(np.arange(4)))
    for address in (f"{good[:-3]}AAA/0/48", f"{elsewhere}/0/48", f"{good}/-1/4", f"{good}/x/4", "x/0/1"):
        answer = client.get(f"/tiles/{address}")
        assert answer.status_code == 404 and answer.content in (b"", b"Not Found"), address


def test_window__rows_that_are_not_there_are_not_shown(client, planted_copy):
    address = f"/tiles/{orders.put(planted_copy, Order(np.array([1, 4000])))}"
    assert client.get(f"{address}/0/48").json()["tiles"] == []
