"""core.fingerprint: equal means equal, and nothing else does."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from pathlib import PurePosixPath

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.fingerprint import digest_bytes, fingerprint

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text() | st.binary()
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4), max_leaves=8
)


class Colour(enum.IntEnum):
    RED = 1


@dataclass
class Point:
    x: int
    y: float


def canonical(value):
    """What a fingerprint may depend on, as something that compares by it: type, content, not the order of keys."""
    if isinstance(value, dict):
        return ("map", frozenset((key, canonical(item)) for key, item in value.items()))
    if isinstance(value, list):
        return ("seq", tuple(canonical(item) for item in value))
    return (type(value).__name__, value.hex() if isinstance(value, float) else value)


@given(VALUES, VALUES)
def test_fingerprint__same_exactly_when_the_values_are(one, other):
    assert (fingerprint(one) == fingerprint(other)) == (canonical(one) == canonical(other))


@given(st.dictionaries(st.text(), SCALARS, min_size=2))
def test_fingerprint__does_not_depend_on_the_order_of_keys(mapping):
    assert fingerprint(mapping) == fingerprint(dict(reversed(mapping.items())))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("ab", "c"), ("a", "bc")),
        ((1,), (1.0,)),
        ((1,), (True,)),
        ((0.0,), (-0.0,)),
        (([1, 2],), (1, 2)),
        (("1",), (1,)),
        ((b"a",), ("a",)),
        ((PurePosixPath("a"),), ("a",)),
        ((Colour.RED,), (1,)),
        (([],), ({},)),
        ((set(),), ({},)),
        ((None,), ("",)),
        ((np.zeros(3, np.float32),), (np.zeros(3, np.float64),)),
        ((np.zeros((2, 3)),), (np.zeros((3, 2)),)),
        ((np.zeros(0, np.int32),), (np.zeros(0, np.int64),)),
        ((np.array(1),), (np.array([1]),)),
        ((np.zeros(1, [("a", "i4")]),), (np.zeros(1, [("b", "i4")]),)),
        ((np.array(["2020"], "M8[D]"),), (np.array(["2020"], "M8[D]").astype(np.int64),)),
    ],
)
def test_fingerprint__tells_apart_what_differs_in_type_or_shape(one, other):
    assert fingerprint(*one) != fingerprint(*other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (1, np.int64(1)),
        (1.5, np.float64(1.5)),
        (True, np.bool_(True)),
        ([1, 2], (1, 2)),
        ({1, 2}, frozenset({2, 1})),
        (b"a", bytearray(b"a")),
        (Point(1, 2.0), Point(1, 2.0)),
        (np.arange(6).reshape(2, 3), np.asfortranarray(np.arange(6).reshape(2, 3))),
        (np.arange(10)[::2], np.array([0, 2, 4, 6, 8])),
    ],
)
def test_fingerprint__same_for_two_forms_of_one_value(one, other):
    assert fingerprint(one) == fingerprint(other)


@pytest.mark.parametrize("value", [lambda: 1, object(), np.array([object()]), Point])
def test_fingerprint__refuses_what_has_no_canonical_form(value):
    with pytest.raises(TypeError):
        fingerprint(value)


def test_fingerprint__stays_the_same_between_versions():
    # Changing this throws every stored artifact away.
    value = {"k": 15, "names": ["a", "é"], "x": np.arange(3, dtype=np.float32), "none": None, "f": 0.1}
    assert fingerprint("graph", 1, value) == "5ec656123b5fdbba3ca401fc57108953"


@given(st.binary())
def test_digest_bytes__is_32_hexadecimal_digits_of_the_content(content):
    assert len(digest_bytes(content)) == 32
    assert int(digest_bytes(content), 16) >= 0
    assert digest_bytes(content) != digest_bytes(content + b"\0")
