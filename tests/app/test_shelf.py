"""Columns that browsers fetch: the same bytes in one place, old ones gone, and the way from one to the next."""

from __future__ import annotations

import gzip

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from app.shelf import Shelf, difference, packed


def test_shelf__the_same_content_stays_where_it_is():
    shelf = Shelf()
    first, other = shelf.put(b"abc"), shelf.put(b"abd")
    assert first != other and shelf.put(bytes(bytearray(b"abc"))) == first
    assert shelf.get(first).data == b"abc" and shelf.get(first).digest != shelf.get(other).digest
    assert shelf.get(99) is None


def test_shelf__what_was_not_asked_for_longest_goes_and_its_number_is_not_used_again():
    shelf = Shelf(most_bytes=250)
    one, two = shelf.put(b"1" * 100), shelf.put(b"2" * 100)
    shelf.get(one)
    three = shelf.put(b"3" * 100)
    assert shelf.get(two) is None and shelf.get(one) is not None and shelf.get(three) is not None
    assert shelf.put(b"2" * 100) not in (one, two, three)


def test_shelf__one_column_that_is_too_big_is_kept_all_the_same():
    shelf = Shelf(most_bytes=10)
    assert shelf.get(shelf.put(b"x" * 100)).data == b"x" * 100


COLUMN = st.binary(min_size=0, max_size=300)


@given(COLUMN, st.lists(st.tuples(st.integers(0, 299), st.integers(0, 255)), max_size=40))
def test_difference__leads_from_the_older_column_to_the_newer(older, changes):
    newer = bytearray(older)
    for place, value in changes:
        if place < len(newer):
            newer[place] = value
    newer = bytes(newer)
    step = difference(older, newer)
    assert difference(older, step) == newer and difference(newer, step) == older
    assert sum(byte > 0 for byte in step) == sum(one != other for one, other in zip(older, newer, strict=True))


def test_difference__of_few_changes_is_small():
    random = np.random.default_rng(0)
    older = random.integers(0, 24, 1_000_000, dtype=np.uint8)
    newer = older.copy()
    newer[random.choice(len(newer), 10_000, replace=False)] = 5
    step = packed(difference(older.tobytes(), newer.tobytes()))
    assert len(step) < 40_000 < len(packed(newer.tobytes())) / 10
    back = np.frombuffer(gzip.decompress(step), np.uint8) ^ older
    assert np.array_equal(back, newer)


def test_packed__leaves_alone_what_would_not_shrink():
    noise = np.random.default_rng(0).integers(0, 256, 200_000, dtype=np.uint8).tobytes()
    assert packed(noise) is None
    assert gzip.decompress(packed(noise[:100])) == noise[:100]
    assert len(packed(bytes(1_000_000))) < 10_000
