"""What a component told us is heard once, whole and in its order, whatever Streamlit does with the message."""

from __future__ import annotations

from streamlit.testing.v1 import AppTest

KEY = "map"


def page():
    import streamlit as st
    from streamlit.runtime.scriptrunner import get_script_run_ctx
    from streamlit.runtime.scriptrunner_utils.script_requests import RerunData

    from app.components import events

    def answer(event):
        if event["kind"] == "fails":
            raise RuntimeError("a mistake")
        if event["kind"] == "while the next waits":
            get_script_run_ctx().script_requests.request_rerun(RerunData())
        st.session_state["told"] = [*st.session_state.get("told", []), event["kind"]]

    st.session_state["data"] = events.heard("map")
    st.button("send", key="send", on_click=events.call("map", answer))


def send(at, *numbered):
    at.session_state[KEY] = {"event": {"events": [{"seq": seq, "kind": kind} for seq, kind in numbered]}}
    return at.button(key="send").click().run()


def told(at):
    return at.session_state["told"] if "told" in at.session_state else []  # noqa: SIM401 - it has no `get`


def test_call__each_event_is_heard_once_and_in_its_order():
    at = send(AppTest.from_function(page).run(), (2, "b"), (1, "a"))
    assert told(at) == ["a", "b"] and at.session_state["data"]["seq"] == 2
    at = send(at, (1, "a"), (2, "b"), (3, "c"))
    assert told(at) == ["a", "b", "c"] and at.session_state["data"]["seq"] == 3


def test_call__an_event_that_fails_does_not_keep_the_next_from_being_heard():
    at = send(AppTest.from_function(page).run(), (1, "fails"), (2, "b"))
    assert at.exception and told(at) == []
    at = send(at.run(), (1, "fails"), (2, "b"))
    assert not at.exception and told(at) == ["b"]


def test_call__what_is_being_answered_when_the_next_event_comes_is_answered_to_its_end():
    at = send(AppTest.from_function(page).run(), (1, "while the next waits"), (2, "b"))
    assert told(at) == ["while the next waits", "b"] and at.session_state["data"]["seq"] == 2


def test_call__nonsense_from_the_browser_is_no_event():
    at = AppTest.from_function(page).run()
    for state in (None, [], {}, {"event": 3}, {"event": {"events": "x"}}, {"event": {"events": [None, {"seq": True}]}}):
        at.session_state[KEY] = state
        at = at.button(key="send").click().run()
        assert not at.exception and told(at) == []


def test_heard__another_session_is_another():
    sessions = {AppTest.from_function(page).run().session_state["data"]["session"] for _ in range(3)}
    assert len(sessions) == 3
