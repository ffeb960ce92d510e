"""core.export.contents: types and names of the columns that leave."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.export.contents import OURS, Collection, contents, unique_names

NAMES = st.lists(st.sampled_from(["label", "label_yours", "label_yours_yours", "x", "own", "é", ""]), max_size=6)


@given(NAMES)
def test_unique_names__none_twice_and_none_of_ours(names):
    fresh = unique_names(names, OURS)
    assert len({*fresh, *OURS}) == len(fresh) + len(OURS)
    assert all(new.startswith(old or "column") for old, new in zip(names, fresh, strict=True))


def test_unique_names__a_free_name_stays_wherever_it_stands():
    assert unique_names(["label", "label_yours"], ["label"]) == ["label_yours_yours", "label_yours"]


def test_contents__absent_columns_are_empty():
    table = contents(Collection(pd.DataFrame({"item_id": ["a"]}))).table
    row = table.to_pylist()[0]
    assert tuple(row) == tuple(OURS)
    assert row == dict.fromkeys(OURS) | {"item_id": "a", "file_name": "", "text": "", "label": "", "origin": ""} | {
        "undecided": True
    }


def test_contents__takes_arrow_and_pandas_alike():
    frame = pd.DataFrame({"item_id": ["a", "b"], "cluster_id": [3, 0], "x": [0.5, np.nan], "mine": [1, 2]})
    one = contents(Collection(frame)).table
    other = contents(Collection(pa.Table.from_pandas(frame, preserve_index=False))).table
    assert one.equals(other)
    assert one.column("cluster_id").to_pylist() == [3, None]
    assert one.column("mine").type == pa.int64()


@pytest.mark.parametrize(
    ("values", "expected", "kind"),
    [
        (np.array([True, None], object), [True, None], pa.bool_()),
        (np.array([1.5, np.nan]), [1.5, None], pa.float64()),
        (np.array([1, "two"], object), ["1", "two"], pa.large_string()),
        (np.array(["a", None], object), ["a", ""], pa.large_string()),
        (np.array([[1], {"a": 2}], object), ["[1]", "{'a': 2}"], pa.large_string()),
        (np.array(["\ud800", "b"], object), ["�", "b"], pa.large_string()),
        (np.array([10**30, 1], object), [str(10**30), "1"], pa.large_string()),
        (np.array([None, None], object), ["", ""], pa.large_string()),
        (np.array(["2020-01-01", "2021-01-01"], "M8[D]"), ["2020-01-01", "2021-01-01"], pa.large_string()),
    ],
)
def test_contents__own_values_keep_what_they_are_or_become_text(values, expected, kind):
    column = contents(Collection(pd.DataFrame({"item_id": ["a", "b"]}), {"own": values})).table.column("own")
    assert column.to_pylist() == expected
    assert column.type == kind


def test_contents__columns_of_another_length_are_refused():
    with pytest.raises(ValueError, match="3 values beside 1 rows"):
        contents(Collection(pd.DataFrame({"item_id": ["a"]}), {"own": np.arange(3)}))
