"""What is computed beside the page."""

from __future__ import annotations

import threading

import pytest

from app.later import Later


def test_later__once_and_none_until_it_is_there():
    later, go, calls = Later(), threading.Event(), []

    def slow():
        calls.append(1)
        go.wait(20)
        return "done"

    assert later.take("a", slow, 0.01) is None and later.take("a", slow, 0.01) is None
    go.set()
    assert later.take("a", slow, 20) == "done" == later.take("a", slow, 0) and calls == [1]
    later.close()


def test_later__a_failure_is_raised_and_tried_again():
    later = Later()
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            later.take("a", lambda: 1 / 0, 20)
    assert later.take("a", lambda: 3, 20) == 3
    later.close()


def test_hand_over__is_not_kept_and_made_anew_for_the_next():
    later, go, calls = Later(), threading.Event(), []

    def slow():
        calls.append(1)
        go.wait(20)
        return object()

    assert later.hand_over("a", slow, 0.01) is None and calls == [1]
    go.set()
    first = later.hand_over("a", slow, 20)
    assert calls == [1] and later.hand_over("a", slow, 20) is not first and calls == [1, 1]
    later.close()


def test_later__what_is_at_work_is_not_begun_anew_however_many_wait():
    later, go, calls = Later(workers=2), threading.Event(), []
    keys = [str(number) for number in range(9)]
    for key in keys * 2:
        assert later.take(key, lambda key=key: (go.wait(20), calls.append(key), key)[2], 0.001) is None
    go.set()
    later._pool.shutdown(wait=True)
    assert sorted(calls) == keys


def test_later__keeps_the_latest_few():
    later, calls = Later(), []
    for key in "abcdefgacdefga":
        later.take(key, lambda key=key: calls.append(key) or key, 20)
    assert calls == list("abcdefga"), "the six that were asked for last are there"
    later.clear()
    assert later.take("a", lambda: "new", 20) == "new"
    later.close()
