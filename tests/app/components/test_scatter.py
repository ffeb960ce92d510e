"""What is drawn on the map, what an outline selects, and what of it reaches the browser."""

from __future__ import annotations

import json

import numpy as np
import pytest

from app.components import scatter
from app.components.scatter.canvas import ABSENT, STEPS, answer, coded, packed, sheet_of
from app.components.scatter.plain import figure, outlined

XY = np.array([[0, 0], [1, 0], [1, 1], [5, 5], [np.nan, 0]], dtype=np.float32)
POINTS = scatter.Points(XY, rows=np.array([10, 11, 12, 13, 14]), view="one")
ROUND = [[-1, -1], [2, -1], [2, 2], [-1, 2]]


def test_pick_of__outline_and_item():
    found = scatter.pick_of({"kind": "outline", "polygon": ROUND, "how": "add"}, POINTS)
    assert found.rows.tolist() == [10, 11, 12] and found.how == "add"
    assert scatter.pick_of({"kind": "item", "row": 13}, POINTS).rows.tolist() == [13]
    assert scatter.pick_of({"kind": "nothing"}, POINTS).rows.tolist() == []


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"kind": "item", "row": 5},
        {"kind": "item", "row": -1},
        {"kind": "item", "row": 10**15},
        {"kind": "point", "index": 1},
        {"kind": "outline"},
        {"kind": "outline", "polygon": [[0, 0], [1, 1]]},
        {"kind": "outline", "polygon": [[0, 0], [1, 1], [None, 2]]},
        {"kind": "outline", "polygon": [[0, 0], [1, 1], [2]]},
        {"kind": "outline", "polygon": [[0, 0], [1, 1], [float("inf"), 1]]},
    ],
)
def test_pick_of__nonsense_is_nothing(event):
    assert scatter.pick_of(event, POINTS) is None


@pytest.fixture
def heard():
    """What a listener was told, in order."""
    return []


def listener(heard, now="one"):
    def note(name):
        return lambda *told: heard.append((name, *told))

    names = ("select", "open", "verb", "cluster", "restore", "stale", "plain")
    return scatter.Listener(**{name: note(name) for name in names}, view=lambda: now)


TOLD = scatter.Told(verbs=[scatter.Verb("grow", "Grow 3", "e")])


def test_answer__an_outline_on_the_layout_that_is_there_selects(heard):
    answer({"kind": "outline", "polygon": ROUND, "view": "one"}, POINTS, TOLD, listener(heard))
    assert [(name, told.rows.tolist()) for name, told in heard] == [("select", [10, 11, 12])]


@pytest.mark.parametrize(("drawn_on", "now"), [("old", "one"), ("one", "new"), (None, "one")])
def test_answer__an_outline_on_another_layout_is_not_applied(heard, drawn_on, now):
    answer({"kind": "outline", "polygon": ROUND, "view": drawn_on}, POINTS, TOLD, listener(heard, now))
    assert heard == [("stale",)]


def test_answer__clicks_words_verbs_and_what_a_reloaded_tab_asks(heard):
    for event in (
        {"kind": "open", "row": 12},
        {"kind": "cluster", "cluster": 7, "how": "add", "revision": 3},
        {"kind": "verb", "name": "grow"},
        {"kind": "restore", "selection": "abc"},
        {"kind": "plain"},
    ):
        answer(event, POINTS, TOLD, listener(heard))
    assert heard == [("open", 12), ("cluster", 7, "add", 3), ("verb", "grow"), ("restore", "abc"), ("plain",)]


@pytest.mark.parametrize(
    "event",
    [
        {"kind": "open", "row": 99},
        {"kind": "cluster", "cluster": 7},
        {"kind": "cluster", "cluster": "7", "revision": 1},
        {"kind": "verb", "name": "drop everything"},
        {"kind": "verb", "name": ["grow"]},
        {"kind": "restore", "selection": 3},
        {"kind": "lost"},
        {"kind": ["outline"]},
        {},
    ],
)
def test_answer__what_makes_no_sense_means_nothing(heard, event):
    answer(event, POINTS, TOLD, listener(heard))
    assert heard == []


def sent(points, colours, selection, emphasis=None):
    """The message with every address replaced by what lies there."""
    shelf = []

    def address(data):
        shelf.append(data)
        return f"#{len(shelf) - 1}"

    message = packed(points, colours, np.asarray(selection), emphasis, address, scatter.Told())
    assert len(json.dumps(message)) < 2000, "nothing big travels in the message"
    return {
        name: shelf[int(value[1:])] if isinstance(value, str) and value.startswith("#") else value
        for name, value in message.items()
    }


def bits(data, n):
    return np.unpackbits(np.frombuffer(data, np.uint8), bitorder="little", count=n).tolist()


def test_packed__places_codes_and_marks():
    colours = scatter.Colours(np.array([0, 23, -1, 25, 2]))
    found = sent(POINTS, colours, [11, 13, 99], np.array([10, 11]))
    places = np.frombuffer(found["places"], "<u2").reshape(-1, 2)
    back = np.array(found["low"]) + places / STEPS * found["side"]
    assert np.allclose(back[:4], XY[:4], atol=5 / STEPS) and places[4].tolist() == [ABSENT, ABSENT]
    assert places[:4].max() <= STEPS
    assert list(found["codes"]) == [0, 23, 255, 1, 2]
    assert bits(found["picked"], 5) == [0, 1, 0, 1, 0] and bits(found["strong"], 5) == [1, 1, 0, 0, 0]
    assert np.cumsum(np.frombuffer(found["rows"], "<u4")).tolist() == [10, 11, 12, 13, 14]


def test_packed__what_is_not_there_is_not_sent():
    found = sent(scatter.Points(XY), scatter.Colours(np.zeros(5, np.int16)), [])
    assert found["picked"] is None and found["strong"] is None and found["rows"] is None


@pytest.mark.parametrize("xy", [np.empty((0, 2)), np.zeros((3, 2)), np.full((2, 2), np.nan)])
def test_packed__degenerate(xy):
    found = sent(scatter.Points(xy), scatter.Colours(np.zeros(len(xy), int)), [0, 1])
    assert found["n"] == len(xy) and found["side"] == 1.0 and len(found["places"]) == 4 * len(xy)


def test_packed__labels_are_short_finite_and_not_too_many():
    labels = [scatter.Label(0, 0, "x" * 500), scatter.Label(np.nan, 0, "lost")]
    labels += [scatter.Label(1, 1, "n\u202e<b>")] * (2 * scatter.MOST_LABELS)
    words = json.loads(sent(POINTS, scatter.Colours(np.zeros(5, int), labels), [])["labels"])
    assert len(words[0][2]) == 40 and len(words) == scatter.MOST_LABELS - 1
    assert all("lost" not in one[2] and "\u202e" not in one[2] for one in words)


def test_coded__more_codes_than_colours_begin_again():
    many = scatter.Colours(np.arange(-1, 120, dtype=np.int64))
    assert list(coded(many)) == [255, *(code % 24 for code in range(120))]


def test_sheet__a_layout_far_from_zero_keeps_its_shape():
    xy = np.array([[1000, -500], [1000.5, -499], [1001, -498]], dtype=np.float32)
    sheet = sheet_of(scatter.Points(xy))
    places = np.frombuffer(sheet.places, "<u2").reshape(-1, 2)
    assert np.allclose(np.array(sheet.low) + places / STEPS * sheet.side, xy, atol=1e-3)


def test_plain__draws_a_sample_and_selects_among_all():
    xy = np.random.default_rng(0).uniform(0, 1, (30_000, 2))
    points, drawn = scatter.Points(xy), scatter.sample(30_000)
    assert len(drawn) == 20_000 and np.array_equal(drawn, scatter.sample(30_000))
    label = scatter.Label(0.5, 0.5, "<b>%{x} $y$")
    plot = figure(points, scatter.Colours(np.zeros(30_000, int), [label]), np.array([1, 2]), drawn, "dark", 400)
    assert len(plot.data[0].x) == 20_000 and plot.layout.uirevision == "map"
    assert "<b>" not in plot.layout.annotations[0].text and "%{" not in plot.layout.annotations[0].text
    half = {"selection": {"box": [{"x": [0, 0.5], "y": [-1, 2]}], "lasso": [], "point_indices": [1]}}
    assert outlined(half, points).rows.tolist() == np.flatnonzero(xy[:, 0] < 0.5).tolist()
    assert outlined({"selection": {"box": [], "lasso": []}}, points) is None and outlined(None, points) is None
