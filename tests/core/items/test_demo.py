from __future__ import annotations

import sys

import pytest

from core.errors import NotFound
from core.items.sources import open_source
from core.items.table import Kind


def test_emoji__names_are_columns_and_never_the_text(bench):
    report = bench.add("demo:emoji")
    items = bench.items
    assert report.count("read") == len(items) > 1_500
    assert set(items.kind) == {Kind.PICTURE}
    assert set(items.text) == {""}
    assert {"name", "group", "subgroup", "emoji"} <= set(items.columns)
    assert all(items.column("name"))
    assert bench.store.sources()[0].location == "demo:emoji"


def test_docstrings__many_the_same_each_time_and_nothing_imported(bench):
    before = set(sys.modules)
    first = open_source("demo:docstrings").candidates()
    assert 2_000 <= len(first) <= 4_000
    assert not {"sympy", "sklearn", "matplotlib"} & (set(sys.modules) - before)
    assert first.item_ids == open_source("demo:docstrings").candidates().item_ids
    modules = first.columns.column("module").to_pylist()
    assert len(set(modules)) > 30
    assert "scipy.signal" in modules
    assert not any(name.rpartition(".")[2].startswith("_") for name in first.item_ids)
    assert bench.add("demo:docstrings").count("read") == len(first)


def test_demo__an_unknown_name_lists_what_there_is():
    with pytest.raises(NotFound, match="demo:emoji"):
        open_source("demo:nothing")


def test_open_source__nothing_there():
    with pytest.raises(NotFound, match="nothing at"):
        open_source("/nowhere/at/all")
