from __future__ import annotations

import numpy as np
import pytest

from app.components import gallery

NOBODY = np.empty(0, dtype=np.int64)


class CalledAway(BaseException):
    """As Streamlit ends a callback."""


def sent(*numbers):
    """An event with these acts: act k toggles place k."""
    return {"seq": max(numbers), "acts": [{"seq": k, "how": "toggle", "blocks": [[k, 1, 1, 1]]} for k in numbers]}


def test_picks__of_a_callback_that_was_ended_are_taken_from_the_next_event():
    taken, stored = {"seq": 0}, []

    def ended(picks):
        raise CalledAway

    rows = np.arange(10)
    with pytest.raises(CalledAway):
        gallery._answer(sent(1, 2), [], rows, gallery.Listener(select=ended), [], taken)
    assert taken == {"seq": 0}, "so the browser keeps them"
    listener = gallery.Listener(select=stored.append)
    gallery._answer(sent(1, 2, 3), [], rows, listener, [], taken)
    assert stored[0].applied_to(NOBODY).tolist() == [1, 2, 3] and taken == {"seq": 3}
    gallery._answer(sent(2, 3, 4), [], rows, listener, [], taken)
    assert stored[1].applied_to(stored[0].applied_to(NOBODY)).tolist() == [1, 2, 3, 4], "and none of them twice"


def test_picks__of_an_order_that_is_not_kept_any_more_are_not_asked_for_again():
    taken = {"seq": 0}
    strip = object.__new__(gallery.Strip)
    gallery._answer({**sent(1), "order": "no such"}, strip, np.arange(3), gallery.Listener(), [], taken)
    assert taken == {"seq": 1}
