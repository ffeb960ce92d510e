"""The state of a session and what the address may say about it."""

from __future__ import annotations

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from app import state
from app.state import UiState, from_address, to_address


def test_address__there_and_back():
    wanted = UiState(project="birds 2", cluster=0, item=17, query="a red fish")
    assert from_address(to_address(wanted)) == (wanted, [])


@pytest.mark.parametrize(
    ("parameters", "ignored"),
    [
        ({"project": "../etc"}, 1),
        ({"project": "a/b", "cluster": "-1", "item": "1e3"}, 3),
        ({"cluster": "9" * 40}, 1),
        ({"cluster": "²"}, 1),
        ({"item": "<img src=x onerror=alert(1)>"}, 1),
        ({"view": "whatever"}, 0),
    ],
)
def test_address__what_makes_no_sense_is_ignored_in_a_sentence(parameters, ignored):
    found, sentences = from_address(parameters)
    assert found == UiState() and len(sentences) == ignored


def test_address__long_and_invisible_words():
    found, _ = from_address({"q": "\u202e" + "x" * 5000})
    assert "\u202e" not in found.query and len(found.query) == 1000


def script():
    import numpy as np
    import streamlit as st

    from app import state

    state.get()
    if st.button("focus"):
        state.set(cluster=3)
        state.select(np.array([5, 2, 2]), "drawn on the map")
    if st.button("other"):
        state.set(project="other")
    state.show_address()
    st.text(f"{state.get()}|{state.selection().sentence(9)}|{state.ignored_in_address()}")


def stepping():
    import streamlit as st

    from app import state

    state.follow()
    if st.button("look"):
        state.set(cluster=1, alike=4)
    st.text(f"{state.get()}")


@pytest.mark.parametrize(
    ("address", "there"),
    [
        ({"project": "birds", "cluster": "3", "q": "red fish"}, UiState(project="birds", cluster=3, query="red fish")),
        ({"project": "birds"}, UiState(project="birds")),
        ({"project": "cats", "item": "2"}, UiState(project="cats", item=2)),
        ({"project": "birds", "cluster": "x", "item": "-1"}, UiState(project="birds")),
        ({"cluster": "3"}, UiState(project="birds", cluster=1, alike=4)),
        ({"project": "../etc", "cluster": "3"}, UiState(project="birds", cluster=1, alike=4)),
        ({}, UiState(project="birds", cluster=1, alike=4)),
    ],
)
def test_follow__goes_where_back_and_forward_lead(address, there):
    page = AppTest.from_function(stepping)
    page.query_params["project"] = "birds"
    page.run().button[0].click().run()
    page.query_params.clear()
    page.query_params.update(address)
    # Any other address may be older than what was clicked.
    assert page.run().text[0].value == f"{UiState(project='birds', cluster=1, alike=4)}"
    page.query_params["step"] = "17"
    assert page.run().text[0].value == f"{there}" and "step" not in page.query_params
    page.button[0].click().run()
    page.query_params["step"] = "17"
    assert "cluster=1" in page.run().text[0].value, "a step that is told twice is taken once"


def test_session__begins_with_the_address_and_keeps_it_up_to_date():
    page = AppTest.from_function(script)
    page.query_params["project"] = "birds"
    page.query_params["item"] = "no"
    page.run()
    assert "project='birds'" in page.text[0].value and "is not the number of an item" in page.text[0].value
    page.button[0].click().run()
    assert "cluster=3" in page.text[0].value
    assert "2 of 9 items selected" in page.text[0].value and page.text[0].value.endswith("[]")
    assert page.query_params["cluster"] == "3" and "item" not in page.query_params


def test_session__another_project_begins_anew():
    page = AppTest.from_function(script).run()
    page.button[0].click().run()
    page.button[1].click().run()
    assert "project='other', cluster=None" in page.text[0].value and "0 of 9 items selected" in page.text[0].value


def test_selection__is_sorted_and_cannot_be_changed():
    page = AppTest.from_function(script).run()
    page.button[0].click().run()
    rows = page.session_state["taxon:selection"].rows
    assert rows.tolist() == [2, 5] and rows.dtype == np.int64
    with pytest.raises(ValueError, match="read-only"):
        rows[0] = 1
    assert state.Picked().sentence(1234) == "0 of 1,234 items selected"
