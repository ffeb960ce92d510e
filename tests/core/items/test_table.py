from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from core.errors import NotFound
from core.items.table import OWN, Items, fixed_schema, join_parts


def part(ids, **own):
    count = len(ids)
    columns = {"item_id": ids, "kind": [1] * count, "source": [1] * count, "file_name": [""] * count,
               "text": [f"text {i}" for i in ids], "digest": [f"{n:032x}" for n in range(count)]}  # fmt: skip
    table = pa.table(columns).cast(fixed_schema())
    for name, values in own.items():
        table = table.append_column(OWN + name, pa.array(values))
    return table


def test_items__empty():
    items = Items.empty()
    assert (len(items), items.columns, items.item_id.shape) == (0, (), (0,))
    assert items.rows_of([]).dtype == np.int64


def test_items__rows_by_id():
    items = Items(part(["a", "b", "c"]))
    assert items.row_of("b") == 1
    assert items.rows_of(["c", "a"]).tolist() == [2, 0]
    with pytest.raises(NotFound, match="“x”"):
        items.rows_of(["a", "x"])


def test_items__digest_of_all_depends_on_order_and_content():
    one = Items(part(["a", "b"]))
    turned = Items(one.table.take([1, 0]))
    assert one.digest_of_all() == Items(part(["x", "y"])).digest_of_all() != turned.digest_of_all()


def test_join_parts__columns_that_differ():
    joined = Items(
        join_parts([part(["a"], n=[1], word=["x"]), part(["b"], n=[2.5], more=[True]), part(["c"], word=[7])])
    )
    np.testing.assert_array_equal(joined.column("n"), [1, 2.5, np.nan])
    assert joined.column("word").tolist() == ["x", "", "7"]
    assert joined.column("more").tolist() == [None, True, None]
    assert joined.columns == ("n", "word", "more")
