from __future__ import annotations

from itertools import pairwise

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import search
from core.encoders.given import GivenVectors
from core.encoders.lsa import LsaEncoder
from core.errors import BadInput, NotFound
from core.items.table import Items
from tests.core.encoders.fakes import FakeEncoder, make_items

VECTORS = np.array([[1, 0], [0.8, 0.6], [0, 1], [-1, 0]], np.float32)
ROWS = np.array([2, 5, 6, 9])


def with_columns(items: Items, **columns) -> Items:
    table = items.table
    for name, values in columns.items():
        table = table.append_column(f"u:{name}", pa.array(values))
    return Items(table)


def test_by_vector__best_first_by_row_of_the_item():
    hits = search.by_vector(np.array([2.0, 0.0]), VECTORS, ROWS, top=3)
    assert hits.rows.tolist() == [2, 5, 6]
    np.testing.assert_allclose(hits.scores, [1, 0.8, 0], atol=1e-6)
    assert search.by_vector(np.array([0, 1]), VECTORS, ROWS, top=99).rows.tolist() == [6, 5, 2, 9]
    assert search.by_vector(np.array([0, 1]), VECTORS, ROWS, top=0).rows.tolist() == []


def test_by_vector__more_rows_than_a_block(monkeypatch):
    monkeypatch.setattr(search, "_BLOCK", 7)
    random = np.random.default_rng(0)
    vectors = random.normal(size=(50, 5)).astype(np.float32)
    hits = search.by_vector(vectors[33], vectors, np.arange(50), top=50)
    direction = vectors[33] / np.linalg.norm(vectors[33])
    assert hits.rows.tolist() == np.argsort(-(vectors @ direction), kind="stable").tolist()


@pytest.mark.parametrize("vector", [np.zeros(2), np.full(2, np.nan), np.ones(3)])
def test_by_vector__useless_ones_are_refused(vector):
    with pytest.raises(BadInput):
        search.by_vector(vector, VECTORS, ROWS)


def test_by_vector__no_vectors_no_hits():
    hits = search.by_vector(np.array([1.0, 0.0]), VECTORS[:0], ROWS[:0], modality=np.zeros(0, np.uint8))
    assert len(hits.rows) == len(hits.scores) == 0


def test_by_vector__modalities_take_turns_whatever_their_scores():
    vectors = np.array([[0.3, 0.95], [0.2, 0.98], [0.9, 0.44], [0.8, 0.6], [0.7, 0.71]], np.float32)
    modality = np.array([0, 0, 1, 1, 1], np.uint8)
    hits = search.by_vector(np.array([1.0, 0.0]), vectors, np.arange(5), modality=modality)
    assert hits.rows.tolist() == [0, 2, 1, 3, 4]
    few = search.by_vector(np.array([1.0, 0.0]), vectors, np.arange(5), top=3, modality=modality)
    assert few.rows.tolist() == [0, 2, 1]


def test_by_item__leaves_itself_out():
    assert search.by_item(5, VECTORS, ROWS, top=2).rows.tolist() == [2, 6]
    twins = np.array([[1, 0], [1, 0], [0, 1]], np.float32)
    assert search.by_item(1, twins, np.arange(3), top=2).rows.tolist() == [0, 2]


def test_by_item__without_a_vector_is_refused():
    with pytest.raises(NotFound, match="could not be encoded"):
        search.by_item(3, VECTORS, ROWS)


def test_by_text__finds_by_meaning():
    texts = ["red apple", "green apple tart", "fast motor car", "slow motor car"]
    encoder = LsaEncoder()
    encoder.fit(texts)
    hits = search.by_text("  apple ", encoder, encoder.encode_texts(texts), np.array([3, 4, 5, 6]), top=2)
    assert set(hits.rows.tolist()) == {3, 4}
    assert hits.scores[0] > 0.3


@pytest.mark.parametrize("query", ["", "   ", "\n", "x" * 2_000])
def test_by_text__empty_or_endless_queries_are_refused(query):
    with pytest.raises(BadInput):
        search.by_text(query, FakeEncoder(), np.ones((1, 8)), np.zeros(1))
    with pytest.raises(BadInput):
        search.by_letters(query, make_items(["a"])[0])


def test_by_text__unknown_words_are_told():
    encoder = LsaEncoder()
    encoder.fit(["red apple", "motor car"])
    with pytest.raises(BadInput, match="None of its words"):
        search.by_text("zeppelin", encoder, encoder.encode_texts(["red apple"]), np.zeros(1))


def test_by_text__encoder_without_texts_is_refused():
    with pytest.raises(BadInput, match="given vectors"):
        search.by_text("apple", GivenVectors(2), VECTORS, ROWS)


def test_by_letters__texts_names_and_columns_whatever_the_case():
    items, _ = make_items(["An APPLE a day", "pear", b"picture", "100% sure (really?)"])
    items = with_columns(items, fruit=["", "Apple", None, "x"], year=[1999, 2001, 2001, 1850])
    assert search.by_letters("apple", items).tolist() == [0, 1]
    assert search.by_letters("apple", items, columns=()).tolist() == [0]
    assert search.by_letters("2.PNG", items).tolist() == [2]
    assert search.by_letters("2001", items).tolist() == [1, 2]
    assert search.by_letters("% sure (", items).tolist() == [3]
    assert search.by_letters(".*", items).tolist() == []


def test_by_letters__unicode_case():
    items, _ = make_items(["ÄRGER in Zürich", "ΣΊΣΥΦΟΣ", "straße"])
    assert search.by_letters("ärger", items).tolist() == [0]
    assert search.by_letters("σίσυ", items).tolist() == [1]


def test_words_to_mark__the_query_or_else_its_words():
    text = "A Red apple. The apple is red (again)."

    def marked(query: str) -> list[str]:
        return [text[start:stop] for start, stop in search.words_to_mark(query, text)]

    assert marked("red apple") == ["Red apple"]
    assert marked("apple red") == ["Red", "apple", "apple", "red"]
    assert marked("(again)") == ["(again)"]
    assert marked("zebra") == marked("") == []


@given(st.text(max_size=30), st.text(max_size=60))
def test_words_to_mark__places_lie_in_the_text_and_never_overlap(query, text):
    places = search.words_to_mark(query, text)
    assert all(0 <= start < stop <= len(text) for start, stop in places)
    assert all(one[1] <= other[0] for one, other in pairwise(places))
