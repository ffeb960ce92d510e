"""What is done in the gallery makes of the selection, and what reaches the browser."""

from __future__ import annotations

import numpy as np
import pytest

from app import orders
from app.components import gallery
from app.components.gallery import Listener, Strip, Tile, pick_of, plain
from app.orders import Order

ROWS = np.array([40, 10, 30, 20])


def applied(event, rows, selected):
    pick = pick_of(event, rows)
    return None if pick is None else pick.applied_to(selected).tolist()


def picked(how, *blocks):
    return {"how": how, "blocks": [list(block) for block in blocks]}


@pytest.mark.parametrize(
    ("how", "expected"),
    [("set", [10]), ("add", [7, 10, 40]), ("remove", [7, 40]), ("toggle", [7, 10, 40]), ("within", [])],
)
def test_applied__one_place(how, expected):
    assert applied(picked(how, (1, 1, 1, 1)), ROWS, np.array([7, 40])) == expected


def test_applied__a_range_and_nothing():
    assert applied(picked("set", (1, 3, 1, 1)), ROWS, np.array([7])) == [10, 20, 30]
    assert applied(picked("set"), ROWS, np.array([7])) == []
    assert applied(picked("toggle", (0, 2, 1, 1)), ROWS, np.array([40])) == [10]


def test_applied__a_box_holds_its_columns_only():
    # Three columns: places 1, 2 and 4, 5 of 0 … 10, and none of what would lie behind the end.
    assert applied(picked("set", (1, 2, 2, 3)), np.arange(11), ROWS[:0]) == [1, 2, 4, 5]
    assert applied(picked("set", (7, 2, 9, 3)), np.arange(11), ROWS[:0]) == [7, 8, 10]


def test_applied__a_million_in_one_gesture():
    rows = np.arange(1_000_000)
    assert len(pick_of(picked("set", (0, 1_000_000, 1, 1)), rows).rows) == 1_000_000


@pytest.mark.parametrize("event", [{}, {"how": None}, {"how": []}, picked("forget", (0, 1, 1, 1))])
def test_applied__nonsense_from_the_browser_does_nothing(event):
    assert applied(event, ROWS, np.array([7])) is None


@pytest.mark.parametrize(
    "block",
    [[4, 1, 1, 1], [-1, 1, 1, 1], [0, 0, 1, 1], [0, 1, 0, 1], [0, 3, 2, 1], [0, 1, 1], [0.5, 1, 1, 1], "0", [None] * 4],
)
def test_applied__a_block_that_makes_no_sense_holds_nothing(block):
    assert applied({"how": "set", "blocks": [block]}, ROWS, np.array([7])) == []


def test_plain__text_is_one_short_visible_line():
    tile = Tile(np.int64(3), text="a\u202e\nb" + "x" * 10_000, title="t" * 999, cluster="\0c", colour=np.int16(-1))
    sent = plain(tile)
    assert sent["text"].startswith("a· b") and len(sent["text"]) == 400 and len(sent["title"]) == 200
    assert sent["cluster"] == "·c" and (type(sent["row"]), type(sent["colour"])) == (int, int)


def heard(event, strip, clusters=(3,)):
    told = []
    listener = Listener(
        select=lambda pick: told.append(("select", pick.applied_to(ROWS[:0]).tolist())),
        open=lambda row: told.append(("open", row)),
        name=lambda cluster, row: told.append(("name", cluster, row)),
    )
    gallery._answer(event, strip, strip.order.rows, listener, clusters)
    return told


def test_answer__places_are_those_of_the_order_that_was_seen():
    strip = Strip("birds", Order(np.array([5, 6, 7])))
    seen = orders.put("birds", Order(np.array([9, 8])))
    event = {"kind": "pick", "order": seen, **picked("set", (1, 1, 1, 1))}
    assert heard(event, strip) == [("select", [8])]
    assert heard({"kind": "open", "order": seen, "place": 0}, strip) == [("open", 9)]
    assert heard({**event, "order": orders.put("fish", Order(np.array([9, 8])))}, strip) == []
    for order in ("", "x" * 40, None, seen[:-2]):
        assert heard({**event, "order": order}, strip) == []


def test_answer__a_letter_names_what_has_the_focus():
    strip = Strip("birds", Order(np.array([5, 6, 7])))
    event = {"kind": "name", "order": orders.put("birds", strip.order), "cluster": 3, "place": 2}
    assert heard(event, strip) == [("name", 3, 7)]
    assert heard({**event, "cluster": 4}, strip) == [] == heard({**event, "cluster": [3]}, strip)
    assert heard({**event, "place": 3}, strip) == []


def test_orders__come_back_as_they_were():
    scores = np.array([0.5, np.nan, 0.25], dtype=np.float32)
    name, order = orders.get(orders.put("birds", Order(np.array([5, 2, 9]), scores)))
    assert (name, order.rows.tolist()) == ("birds", [5, 2, 9])
    assert np.array_equal(order.scores, scores, equal_nan=True)
    assert orders.get(orders.put("birds", Order(np.array([5]))))[1].scores is None
