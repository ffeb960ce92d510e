from __future__ import annotations

import base64
import json
import zlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import BadInput
from core.partition.rows import Rows, pack, unpack

row_lists = st.lists(st.integers(0, 5000), max_size=60)


@given(row_lists)
def test_rows__sorted_unique_and_equal_by_content(values):
    rows = Rows(values)
    assert list(rows) == sorted(set(values))
    assert rows == Rows(reversed(values)) and hash(rows) == hash(Rows(reversed(values)))
    assert not rows.array.flags.writeable


@given(row_lists)
def test_rows__runs_and_json_lead_back(values):
    rows = Rows(values)
    assert [row for start, end in rows.runs() for row in range(start, end)] == list(rows)
    assert Rows.from_runs(rows.runs()) == rows
    assert Rows.from_json(json.loads(json.dumps(rows.to_json()))) == rows


def test_rows__many_scattered_rows_are_packed():
    rows = Rows(np.arange(0, 50_000, 3))
    told = json.dumps(rows.to_json())
    assert len(told) < 1000 and Rows.from_json(json.loads(told)) == rows


@pytest.mark.parametrize("values", [[-1], [1.5], np.zeros((2, 2), int)])
def test_rows__what_is_no_row_is_refused(values):
    with pytest.raises(BadInput):
        Rows(values)


@pytest.mark.parametrize("runs", [[[3, 3]], [[5, 2]], [[-1, 2]], [[0, 10**12]], [[0, 10**8], [0, 10**8], [0, 10**8]]])
def test_rows__runs_that_make_no_sense_are_refused(runs):
    with pytest.raises(BadInput):
        Rows.from_runs(runs)


@pytest.mark.parametrize("dtype", [np.int32, np.int64, np.float32])
@pytest.mark.parametrize("size", [0, 3, 1000])
def test_pack__leads_back(dtype, size):
    array = np.random.default_rng(1).integers(0, 99, size).astype(dtype)
    if dtype == np.float32 and size:
        array[0] = np.nan
    back = unpack(json.loads(json.dumps(pack(array), allow_nan=False)), dtype)
    assert back.dtype == dtype and np.array_equal(back, array, equal_nan=dtype == np.float32)


def test_unpack__a_bomb_is_not_unpacked_further_than_announced():
    bomb = base64.b64encode(zlib.compress(bytes(50_000_000))).decode()
    assert len(unpack({"dtype": "<i4", "count": 4, "zlib": bomb})) == 4
    with pytest.raises(BadInput):
        unpack({"dtype": "<i4", "count": 10**12, "zlib": bomb})


@pytest.mark.parametrize(
    "broken", [{}, {"dtype": "O", "count": 1, "zlib": ""}, {"dtype": "<i4", "count": 3, "zlib": "AA=="}]
)
def test_unpack__damage_is_said(broken):
    with pytest.raises(BadInput):
        unpack(broken)
