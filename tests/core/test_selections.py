"""Selections that outlive a page: there and back, the latest few, and nothing from outside the folder."""

from __future__ import annotations

import os

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.selections import KEPT, keep, kept, key_of

ROWS = np.array([0, 3, 4, 90])


def test_kept__there_and_back(tmp_path):
    key = keep(tmp_path, ROWS, "drawn on the map")
    found = kept(tmp_path, key, 100)
    assert found.rows.tolist() == ROWS.tolist() and found.origin == "drawn on the map" and found.rows.dtype == np.int64
    assert key == key_of(ROWS, "drawn on the map") != key_of(ROWS, "picked") and keep(tmp_path, ROWS, "picked") != key


@given(st.sets(st.integers(0, 5000), max_size=60))
def test_kept__any_rows(tmp_path_factory, rows):
    folder = tmp_path_factory.mktemp("p")
    wanted = np.array(sorted(rows), dtype=np.int64)
    assert kept(folder, keep(folder, wanted, ""), 10_000).rows.tolist() == wanted.tolist()


def test_kept__rows_beyond_the_collection_are_left_out(tmp_path):
    assert kept(tmp_path, keep(tmp_path, ROWS, ""), 50).rows.tolist() == [0, 3, 4]


def test_kept__a_key_cannot_lead_out_of_the_folder(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "theirs").mkdir()
    keep(tmp_path / "mine", ROWS, "")
    key = keep(tmp_path / "theirs", ROWS, "")
    assert kept(tmp_path / "mine", f"../../theirs/selections/{key}", 100) is None


@pytest.mark.parametrize("key", ["", "../../etc/passwd", "A" * 32, "0" * 32, "0" * 31 + "/", "0" * 33])
def test_kept__a_key_that_names_nothing_is_nothing(tmp_path, key):
    assert kept(tmp_path, key, 10) is None


DAMAGE = (b"", b"{}\n", b'{"rows": 5, "origin": ""}\nnot packed', b"[1]\n", b'{"rows": "x"}\n')


@pytest.mark.parametrize("damage", DAMAGE)
def test_kept__a_damaged_one_is_nothing(tmp_path, damage):
    key = keep(tmp_path, ROWS, "")
    (tmp_path / "selections" / key).write_bytes(damage)
    assert kept(tmp_path, key, 100) is None


def test_keep__only_the_latest_stay(tmp_path):
    keys = []
    for number in range(KEPT + 5):
        keys.append(keep(tmp_path, np.array([number]), ""))
        os.utime(tmp_path / "selections" / keys[-1], ns=(number, number))
    assert len(list((tmp_path / "selections").iterdir())) == KEPT
    assert kept(tmp_path, keys[0], 100) is None and kept(tmp_path, keys[-1], 100) is not None


def test_keep__where_nothing_can_be_written_nothing_happens(tmp_path):
    (tmp_path / "selections").write_text("a file where the folder should be")
    assert keep(tmp_path, ROWS, "") == key_of(ROWS, "") and kept(tmp_path, key_of(ROWS, ""), 100) is None
