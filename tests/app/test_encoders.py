import threading
from types import SimpleNamespace

import pytest

from app import encoders
from app.encoders import EncoderShelf
from core.errors import NotAvailable


@pytest.fixture
def shelf():
    made = EncoderShelf()
    yield made
    made.close()


def vectors(key):
    return SimpleNamespace(key=key)


def settled(shelf, key):
    """Wait for the loading thread."""
    shelf._loading[key].exception()


def test_take__none_while_loading_then_the_encoder(shelf, monkeypatch):
    go_on = threading.Event()
    monkeypatch.setattr(encoders, "load_encoder", lambda artifact: go_on.wait(30) and f"encoder {artifact.key}")
    assert shelf.take(vectors("a")) is None
    assert shelf.take(vectors("a")) is None
    go_on.set()
    settled(shelf, "a")
    assert shelf.take(vectors("a")) == "encoder a"


def test_take__loads_once_and_keeps_the_latest_two(shelf, monkeypatch):
    loaded = []
    monkeypatch.setattr(encoders, "load_encoder", lambda artifact: loaded.append(artifact.key) or artifact.key)
    for key in "aabbccba":
        shelf.take(vectors(key))
        settled(shelf, key)
    assert loaded == ["a", "b", "c", "a"]


def test_take__a_failure_is_told_and_tried_again(shelf, monkeypatch):
    go_on = threading.Event()

    def fail(artifact):
        go_on.wait(30)
        raise NotAvailable("The weights are gone.")

    monkeypatch.setattr(encoders, "load_encoder", fail)
    assert shelf.take(vectors("a")) is None
    loading = shelf._loading["a"]
    go_on.set()
    loading.exception()
    with pytest.raises(NotAvailable):
        shelf.take(vectors("a"))
    assert "a" not in shelf._loading


def test_wait__returns_what_take_began_to_load(shelf, monkeypatch):
    monkeypatch.setattr(encoders, "load_encoder", lambda artifact: object())
    shelf.take(vectors("a"))
    assert shelf.wait(vectors("a")) is shelf.wait(vectors("a"))
