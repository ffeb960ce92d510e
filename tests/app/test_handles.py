"""app.handles: an address holds for a while, for one row, one use and one server."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.handles import Handles
from core.limits import DEFAULT

DAY = 3600 * DEFAULT.handle_hours
START = 1_800_000_000


@given(st.integers(0, 10 * DAY), st.integers(0, DAY), st.integers(0, 10 * DAY))
def test_handles__hold_for_a_period_at_least_and_for_two_at_most(begun, within, more):
    now = [START + begun]
    handles = Handles(clock=lambda: now[0])
    handle = handles.sign("thumb", "birds", 12)
    now[0] += within
    assert handles.read("thumb", handle) == ("birds", 12)
    now[0] = START + begun + 2 * DAY + more
    assert handles.read("thumb", handle) is None


def test_handles__stay_the_same_within_a_period():
    now = [START // DAY * DAY]
    handles = Handles(clock=lambda: now[0])
    first = handles.sign("thumb", "birds", 1)
    now[0] += DAY - 1
    assert handles.sign("thumb", "birds", 1) == first
    now[0] += 1
    assert handles.sign("thumb", "birds", 1) != first


@given(st.binary(max_size=40))
def test_handles__what_was_not_signed_is_nothing(data):
    import base64

    assert Handles().read("thumb", base64.urlsafe_b64encode(data).decode()) is None
