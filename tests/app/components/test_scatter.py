"""What is drawn on the map, and what an outline selects."""

from __future__ import annotations

import base64

import numpy as np
import pytest

from app.components import scatter
from app.components.scatter.canvas import packed
from app.components.scatter.plain import figure, outlined

XY = np.array([[0, 0], [1, 0], [1, 1], [5, 5], [np.nan, 0]], dtype=np.float32)
POINTS = scatter.Points(XY, rows=np.array([10, 11, 12, 13, 14]))
ROUND = [[-1, -1], [2, -1], [2, 2], [-1, 2]]


def test_selection_of__outline_and_point():
    found = scatter.selection_of({"kind": "outline", "polygon": ROUND, "how": "add"}, POINTS)
    assert found.rows.tolist() == [10, 11, 12] and found.how == "add"
    assert scatter.selection_of({"kind": "point", "index": 3}, POINTS).rows.tolist() == [13]
    assert scatter.selection_of({"kind": "nothing"}, POINTS).rows.tolist() == []


@pytest.mark.parametrize(
    "event",
    [
        {},
        {"kind": "point", "index": 5},
        {"kind": "point", "index": -1},
        {"kind": "outline"},
        {"kind": "outline", "polygon": [[0, 0], [1, 1]]},
        {"kind": "outline", "polygon": [[0, 0], [1, 1], [None, 2]]},
        {"kind": "outline", "polygon": [[0, 0], [1, 1], [2]]},
        {"kind": "outline", "polygon": [[0, 0], [1, 1], [float("inf"), 1]]},
    ],
)
def test_selection_of__nonsense_is_nothing(event):
    assert scatter.selection_of(event, POINTS) is None


def test_selection__applied():
    selected = np.array([1, 2, 3])
    assert scatter.Selection(np.array([3, 4]), "add").applied_to(selected).tolist() == [1, 2, 3, 4]
    assert scatter.Selection(np.array([3, 4]), "remove").applied_to(selected).tolist() == [1, 2]
    assert scatter.Selection(np.array([3, 4])).applied_to(selected).tolist() == [3, 4]


def arrays(sent):
    kinds = {"xy": "<u2", "codes": np.uint8, "flags": np.uint8, "rows": "<u4"}
    return {name: np.frombuffer(base64.b64decode(sent[name]), kind) for name, kind in kinds.items() if sent[name]}


def test_packed__places_codes_and_marks():
    colours = scatter.Colours(np.array([0, 23, -1, 25, 2]))
    sent = packed(POINTS, colours, np.array([11, 13, 99]), np.array([10, 11]))
    found = arrays(sent)
    back = np.array(sent["low"]) + found["xy"].reshape(-1, 2) / 65535 * sent["side"]
    assert np.allclose(back[:4], XY[:4], atol=5 / 65535)
    assert found["codes"].tolist() == [0, 23, 255, 1, 2]
    assert found["flags"].tolist() == [0, 1, 2, 3, 6]  # 1 = selected, 2 = faded, 4 = has no place
    assert found["rows"].tolist() == [10, 11, 12, 13, 14]


@pytest.mark.parametrize("xy", [np.empty((0, 2)), np.zeros((3, 2)), np.full((2, 2), np.nan)])
def test_packed__degenerate(xy):
    sent = packed(scatter.Points(xy), scatter.Colours(np.zeros(len(xy), int)), np.array([0, 1]), None)
    assert sent["n"] == len(xy) and sent["side"] == 1.0 and sent["rows"] is None


def test_packed__labels_are_short_and_finite():
    labels = [scatter.Label(0, 0, "x" * 500), scatter.Label(np.nan, 0, "lost"), *[scatter.Label(1, 1, "n")] * 200]
    sent = packed(POINTS, scatter.Colours(np.zeros(5, int), labels), np.array([]), None)["labels"]
    assert len(sent[0]["text"]) == 40 and len(sent) == 79 and "lost" not in [label["text"] for label in sent]


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
