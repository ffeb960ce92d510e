"""What travels with a message and what lies beside it."""

from __future__ import annotations

import json

from starlette.applications import Starlette
from starlette.testclient import TestClient

from app import routes
from app.components.beside import SMALL, split


def test_split__little_goes_with_the_message():
    assert split({"seq": 1}, rows=[{"id": 1}]) == {"seq": 1, "rows": [{"id": 1}]}


def test_split__much_lies_beside_it_at_an_address_that_stays_while_it_is_the_same():
    rows = [{"id": number, "title": "<b>käse 猫</b>"} for number in range(100)]
    told = split({"seq": 1}, rows=rows)
    assert set(told) == {"seq", "beside"} and len(json.dumps(told)) < 100 < SMALL
    client = TestClient(Starlette(routes=routes.ROUTES))
    assert json.loads(client.get(told["beside"]).content) == {"rows": rows}
    assert split({"seq": 2}, rows=rows)["beside"] == told["beside"] != split({}, rows=rows[1:])["beside"]
