"""A callback is done whole, though the next event waits; and every callback of the app is such a one."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path
from types import SimpleNamespace

import pytest
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.testing.v1 import AppTest

from app import callbacks

APP = Path(__file__).resolve().parents[2] / "app"
HANDLERS = ("on_click", "on_change", "on_select", "on_event_change", "on_dismiss", "on_submit")


def page():
    import streamlit as st
    from streamlit.runtime.scriptrunner import get_script_run_ctx
    from streamlit.runtime.scriptrunner_utils.script_requests import RerunData

    from app.callbacks import whole

    def act():
        # As a second click of a quick hand.
        get_script_run_ctx().script_requests.request_rerun(RerunData())
        st.session_state["first"] = True
        st.session_state["second"] = True

    st.button("plain", key="plain", on_click=act)
    st.button("whole", key="whole", on_click=whole(act))
    st.text("drawn")


@pytest.mark.parametrize(("button", "done"), [("plain", False), ("whole", True)])
def test_whole__the_next_event_waits_until_it_is_done(button, done):
    at = AppTest.from_function(page).run()
    at = at.button(key=button).click().run()
    assert ("second" in at.session_state) is done, "without it the callback is ended at its first look at the state"
    assert at.text[0].value == "drawn"


def test_whole__gives_back_what_it_took_away_even_when_it_fails(monkeypatch):
    def waits():
        return None

    state = SimpleNamespace(_yield_callback=waits)
    monkeypatch.setattr(callbacks, "get_script_run_ctx", lambda **_: SimpleNamespace(session_state=state))
    seen = []
    with pytest.raises(ZeroDivisionError):
        callbacks.whole(lambda: (seen.append(state._yield_callback), 1 / 0))()
    assert seen != [waits] and state._yield_callback is waits


def test_whole__takes_what_it_wraps_and_works_without_a_session():
    assert get_script_run_ctx(suppress_warning=True) is None
    told = []
    callbacks.whole(lambda one, two=0: told.append((one, two)))(1, two=2)
    assert told == [(1, 2)]


def test_app__every_callback_is_done_whole():
    found, naked = 0, []
    for path in sorted(APP.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            for word in node.keywords if isinstance(node, ast.Call) else ():
                if word.arg not in HANDLERS or isinstance(word.value, ast.Constant):
                    continue
                found += 1
                maker = word.value.func if isinstance(word.value, ast.Call) else None
                if ast.unparse(maker) not in ("whole", "events.call") if maker else True:
                    naked.append(f"{path.relative_to(APP)}:{word.value.lineno} {ast.unparse(word.value)}")
    assert found > 40 and not naked, naked


def test_app__two_runs_never_share_a_session():
    told = tomllib.loads((APP.parent / ".streamlit" / "config.toml").read_text("utf-8"))
    assert told["runner"]["fastReruns"] is False
