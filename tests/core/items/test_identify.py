from __future__ import annotations

import numpy as np
import pyarrow as pa
from hypothesis import given
from hypothesis import strategies as st

from core.items.identify import NEW, REPEATED, identify
from core.items.table import Items, fixed_schema

OFFERS = st.lists(st.tuples(st.sampled_from(["a", "b", "a#2", "a#3"]), st.sampled_from(["1", "2", "3"])), max_size=12)


def items_of(pairs):
    count = len(pairs)
    columns = {"item_id": [i for i, _ in pairs], "kind": [1] * count, "source": [1] * count, "file_name": [""] * count,
               "text": [""] * count, "digest": [d for _, d in pairs]}  # fmt: skip
    return Items(pa.table(columns, schema=fixed_schema()))


def settle(offer, items):
    answer = identify([i for i, _ in offer], [d for _, d in offer], items, np.ones(len(items), bool))
    new = [(answer.item_ids[k], offer[k][1]) for k in range(len(offer)) if answer.rows[k] == NEW]
    return answer, new


@given(OFFERS, OFFERS)
def test_identify__ids_stay_unique_and_nothing_is_lost(first, second):
    stored = settle(first, items_of([]))[1]
    answer, new = settle(second, items_of(stored))
    ids = [item_id for item_id, _ in stored + new]
    assert len(set(ids)) == len(ids)
    for index, (item_id, digest) in enumerate(second):
        row = answer.rows[index]
        if row >= 0:
            assert stored[row][1] == digest and stored[row][0].startswith(item_id)
        if row == REPEATED:
            assert (item_id, digest) in second[:index]


@given(OFFERS)
def test_identify__the_same_again_adds_nothing(offer):
    stored = settle(offer, items_of([]))[1]
    assert settle(offer, items_of(stored))[1] == []
