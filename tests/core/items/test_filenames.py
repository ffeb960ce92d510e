from __future__ import annotations

import os

from hypothesis import example, given
from hypothesis import strategies as st

from core.items import filenames


@given(st.binary(max_size=30).filter(lambda name: b"\0" not in name))
@example(b"50%25.png")
@example(b"\xff%FF%25")
@example(b"%%\xe9")
def test_to_text__any_bytes_are_found_again(raw):
    name = os.fsdecode(raw)
    text = filenames.to_text(name)
    text.encode("utf-8")
    assert os.fsencode(filenames.from_text(text)) == raw


@given(st.lists(st.binary(max_size=6).filter(lambda name: b"\0" not in name), min_size=2, max_size=2, unique=True))
def test_to_text__two_names_never_become_one(names):
    first, second = (filenames.to_text(os.fsdecode(name)) for name in names)
    assert first != second


def test_to_text__ordinary_names_stay():
    for name in ("a b.png", "100% sure.png", "日本.png", "😀.png", "line\nbreak.png", "a%20b.png"):
        assert filenames.to_text(name) == name


def test_valid__lone_surrogates_become_marks():
    assert filenames.valid("a\ud800b") == "a�b"
    assert filenames.valid("plain") == "plain"
