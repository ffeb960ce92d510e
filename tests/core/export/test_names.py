"""core.export.names: safe everywhere, and never the same twice."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.export.names import Names, picture_name

ALIKE = st.sampled_from(["Cat", "cat", "ＣＡＴ", "é", "e\u0301", "ß", "SS"])


@given(st.lists(st.text(st.characters(), max_size=90) | ALIKE))
def test_free__no_two_the_same_on_any_file_system(stems):
    names = Names("labels.csv")
    given_ = [names.free(stem, ".png") for stem in stems]
    seen = {unicodedata.normalize("NFD", name.casefold()) for name in given_}
    assert len(seen) == len(given_)
    assert all(name.endswith(".png") and len(name.encode()) <= 80 and "/" not in name for name in given_)


def test_free__numbers_what_is_taken():
    names = Names("cat")
    assert [names.free("cat"), names.free("CAT"), names.free("cat (2)"), names.free("dog", ".png")] == [
        "cat (2)", "CAT (3)", "cat (2) (2)", "dog.png"
    ]  # fmt: skip


def test_free__stays_quick_with_many_of_one_name():
    names = Names()
    assert len({names.free("x" * 100) for _ in range(20_000)}) == 20_000


@pytest.mark.parametrize(
    ("file_name", "data", "expected"),
    [
        ("a/b/cat.JPG", b"", ("cat", ".JPG")),
        ("a\\b\\cat.jpeg", b"", ("cat", ".jpeg")),
        ("cat", b"\xff\xd8\xff", ("cat", ".jpg")),
        ("cat.old", b"\x89PNG\r\n\x1a\n", ("cat.old", ".png")),
        ("", b"GIF89a", ("id 1", ".gif")),
        ("cat", b"nothing known", ("cat", "")),
    ],
)
def test_picture_name__keeps_its_own_or_gets_what_it_is(file_name, data, expected):
    assert picture_name(file_name, "id 1", data) == expected
