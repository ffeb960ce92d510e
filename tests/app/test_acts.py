import numpy as np
import pytest

from app import acts, state
from core.errors import BadInput


class Refusing:
    def apply(self, edit, **_):
        raise BadInput("Not now.")


@pytest.fixture
def refused(monkeypatch):
    monkeypatch.setattr(acts.st, "session_state", {})
    monkeypatch.setattr(acts, "_project", Refusing)


def test_set_aside__a_refusal_keeps_the_selection(refused):
    state.select(np.array([1, 2]), "picked")
    acts.set_selection_aside()
    assert state.selection().rows.tolist() == [1, 2]


def test_merge__a_refusal_keeps_what_was_ticked(refused, monkeypatch):
    changed = []
    monkeypatch.setattr(acts.state, "set", lambda **changes: changed.append(changes))
    acts.merge((1, 2))
    assert changed == []
