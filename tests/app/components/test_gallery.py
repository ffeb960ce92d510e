"""What a click in the gallery makes of the selection, and what reaches the browser."""

from __future__ import annotations

import numpy as np

from app.components.gallery import Tile, _plain, chosen

PAGE = np.array([40, 10, 30, 20])


def test_chosen__a_plain_click_begins_anew():
    assert chosen({"places": [1], "keep": False}, PAGE, np.array([7, 40])).tolist() == [10]


def test_chosen__what_is_off_the_page_stays():
    assert chosen({"places": [1, 2], "keep": True}, PAGE, np.array([7, 40, 90])).tolist() == [7, 10, 30, 90]


def test_chosen__nonsense_from_the_browser_selects_nothing():
    for places in ([4, -1, 99], "0", None, [True], [0.5], [{"row": 1}]):
        assert chosen({"places": places, "keep": False}, PAGE, np.array([7])).tolist() == []


def test_plain__text_is_one_short_visible_line():
    tile = Tile(np.int64(3), text="a\u202e\nb" + "x" * 10_000, title="t" * 999, cluster="\0c", colour=np.int16(-1))
    sent = _plain(tile)
    assert sent["text"].startswith("a· b") and len(sent["text"]) == 400 and len(sent["title"]) == 200
    assert sent["cluster"] == "·c" and (type(sent["row"]), type(sent["colour"])) == (int, int)
