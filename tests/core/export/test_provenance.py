"""core.export.provenance: gives nothing of the machine away."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.export.provenance import without_paths


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("/home/jane roe/models/a.bin", "…/a.bin"),
        ("clip:/home/jane/model/", "clip:…/model"),
        ("C:\\Users\\jane\\a.bin", "…/a.bin"),
        ("file:///home/jane/a.bin", "…/a.bin"),
        ("~/models/a.bin", "…/a.bin"),
        ("\\\\server\\jane\\a.bin", "…/a.bin"),
        ("read '/home/jane/a.bin", "read '…/a.bin"),
        ("https://example.org/a/b", "https://example.org/a/b"),
        ("ViT-B-32/datacomp_xl", "ViT-B-32/datacomp_xl"),
        ("40 pictures / s", "40 pictures / s"),
        ("", ""),
    ],
)
def test_without_paths__cuts_paths_of_the_machine_and_nothing_else(text, expected):
    assert without_paths(text) == expected


@given(st.text(max_size=30), st.sampled_from(["", "clip:", "see ", "x=", "("]))
def test_without_paths__no_folder_survives(rest, before):
    assert "jane" not in str(without_paths({"a": [f"{before}/home/jane/x{rest}"]}))


def test_without_paths__keeps_plain_values():
    value = {"n": 1, "f": 0.5, "b": True, "none": None, "list": [1, "a"]}
    assert without_paths(value) == value
    assert without_paths({"f": math.nan, "g": math.inf}) == {"f": None, "g": None}
