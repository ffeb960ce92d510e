"""Phrases of any language, and how they are written."""

import pytest

from core.assist.names import ngrams


def found(texts):
    marks = ngrams.count(texts)
    return dict(zip(marks.terms, marks.totals.tolist(), strict=True))


def test_count__finds_words_and_phrases_once_a_text():
    phrases = found(["A random forest, a random forest", "The Random Forest of 2019", "random forest grows"])
    assert phrases["random forest"] == 3
    assert phrases["random"] == phrases["forest"] == 3


def test_count__leaves_out_what_is_rare_numbers_and_stop_words_at_the_ends():
    phrases = found(["the sea of 2019", "the sea of 2019", "the sea of 2019", "lonely"])
    assert set(phrases) == {"sea"}


def test_count__reads_scripts_without_spaces():
    phrases = found(["我喜欢机器学习算法", "机器学习很有趣", "研究机器学习"])
    assert phrases["机器学习"] == 3


@pytest.mark.parametrize("word", ["βιβλίο", "книга", "كتاب", "Straße"])
def test_count__reads_any_alphabet(word):
    assert found([f"{word} x{n}y" for n in range(4)])[word.lower()] == 4


@pytest.mark.parametrize("texts", [[], ["", " ", ""], ["1 2 3"] * 5, ["the of"] * 5, ["\ud800\x00"] * 3])
def test_count__of_texts_without_words_is_empty(texts):
    marks = ngrams.count(texts)
    assert not len(marks.terms) or marks.carried.shape[0] == len(texts)
    assert marks.carried.shape == (len(texts), len(marks.terms))


def test_count__learns_a_languages_commonest_words_from_the_texts():
    texts = [f"ja wort{number % 7}a ja ding{number % 5}b" for number in range(200)]
    assert "ja" not in found(texts)
    assert "wort3a" in found(texts)


def test_count__keeps_rows_of_empty_texts():
    marks = ngrams.count(["sea", "", "sea", "", "sea"])
    assert marks.carriers(0).tolist() == [0, 2, 4]


def test_as_written__takes_the_letters_that_most_texts_have():
    assert ngrams.as_written("new york", ["in New York", "NEW YORK!", "New\nYork", ""]) == "New York"
    assert ngrams.as_written("absent", ["nothing"]) == "absent"


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("forest", "random forest", True),
        ("kernel", "kernels", True),
        ("car", "cartoon", False),
        ("rest", "forest", False),
        ("机器", "机器学习", True),
        ("function", "functional analysis", False),
    ],
)
def test_related__is_a_part_or_a_form_of_the_word(one, other, expected):
    assert ngrams.related(one, other) is expected
    assert ngrams.related(other, one) is expected
