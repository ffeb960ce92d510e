"""Cards and answers as JSON: what goes out comes back, and what is no answer is refused."""

from __future__ import annotations

import json

import pytest

from core.assist.answers import Accept, First, Mixed, Most, Name, No, Skip, Unknown, Yes
from core.assist.cards import ANSWERS, Card
from core.assist.wire import answer_from_json, card_to_json, worth
from core.errors import BadInput


@pytest.mark.parametrize(
    ("told", "answer"),
    [
        ({"answer": "name", "text": " cat "}, Name("cat")),
        ({"answer": "name", "text": "cat", "only": ["a", "b"]}, Name("cat", ("a", "b"))),
        ({"answer": "accept"}, Accept({})),
        ({"answer": "accept", "wrong": {"a": "dog", "b": None}}, Accept({"a": "dog", "b": None})),
        ({"answer": "mixed"}, Mixed()),
        ({"answer": "yes"}, Yes()),
        ({"answer": "no"}, No()),
        ({"answer": "unknown"}, Unknown()),
        ({"answer": "skip"}, Skip()),
    ],
)
def test_answer__is_read(told, answer):
    assert answer_from_json(json.loads(json.dumps(told))) == answer


@pytest.mark.parametrize(
    "told",
    [None, 3, [], "yes", {}, {"answer": 1}, {"answer": "eval"}, {"answer": "name"}, {"answer": "name", "text": 3},
     {"answer": "name", "text": "  "}, {"answer": "name", "text": "x", "only": "abc"},
     {"answer": "name", "text": "x", "only": [1]}, {"answer": "accept", "wrong": ["a"]},
     {"answer": "accept", "wrong": {"a": 3}}],
)  # fmt: skip
def test_answer__that_is_none_is_a_sentence(told):
    with pytest.raises(BadInput):
        answer_from_json(told)


@pytest.mark.parametrize("kind", ANSWERS)
def test_card__says_all_that_is_needed_to_answer(kind):
    card = Card(kind, (("a", "b"),), "What?", "Why.", {"a": "x", "b": "y"}, ("x",), 3.2, 4.0, 40, "1:k")
    told = json.loads(json.dumps(card_to_json(card)))
    assert told["sides"] == [["a", "b"]] and told["key"] == "1:k" and told["worth"] == worth(card)
    assert told["answers"] == [one.__name__.lower() for one in ANSWERS[kind]]
    assert worth(card).endswith(".") and ("40" in worth(card) or kind == "check")


def test_worth__of_a_group_is_what_it_stands_for_of_a_cluster_what_it_holds():
    five = tuple("abcde")
    said = [worth(Card("name", (five,), "What are these?", value=428.4, size=size)) for size in (5, 500)]
    assert said[0] == "Says what these 5 items are, and should put about 428 items right."
    assert said[1] == "Settles 500 items, about 428 of them put right."


@pytest.mark.parametrize(("kind", "made"), [("most", Most), ("first", First)])
def test_answer__of_a_part_has_a_name(kind, made):
    assert answer_from_json({"answer": kind, "text": "cat"}) == made("cat")
    with pytest.raises(BadInput):
        answer_from_json({"answer": kind})
