"""Cards and answers as plain JSON values, for whatever stands between the loop and a person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core import safe
from core.assist.answers import Accept, Answer, First, Mixed, Most, Name, No, Skip, Unknown, Yes
from core.assist.cards import ANSWERS, Card
from core.errors import BadInput
from core.partition.sentences import count

_OF_A_TEXT = {"most": Most, "first": First}
_PLAIN = {"mixed": Mixed, "yes": Yes, "no": No, "unknown": Unknown, "skip": Skip}


def card_to_json(card: Card) -> dict[str, Any]:
    """A card, with the names of the answers that it takes."""
    return {
        "key": card.key,
        "kind": card.kind,
        "question": card.question,
        "why": card.why,
        "worth": worth(card),
        "sides": [list(side) for side in card.sides],
        "labels": dict(card.labels),
        "suggestions": list(card.suggestions),
        "value": round(card.value, 4),
        "seconds": round(card.seconds, 2),
        "size": card.size,
        "answers": [kind.__name__.lower() for kind in ANSWERS[card.kind]],
    }


def answer_from_json(value: Any) -> Answer:
    """An answer from an object such as {"answer": "name", "text": "cat", "only": ["a.png"]}.

    `answer` is "name" (`text`, optionally `only`), "most" or "first" (`text`), "accept" (optionally `wrong`: item id →
    right label or null), "mixed", "yes", "no", "unknown" or "skip".

    Raises
    ------
    BadInput
        When it is no answer.
    """
    if not isinstance(value, Mapping) or not isinstance(value.get("answer"), str):
        raise BadInput("This is no answer.", "An object with “answer” in it is needed.", _HOW)
    kind = value["answer"]
    if kind in _PLAIN:
        return _PLAIN[kind]()
    if kind in _OF_A_TEXT:
        if not isinstance(value.get("text"), str):
            raise BadInput("This names nothing.", "“text” is a name.", _HOW)
        return _OF_A_TEXT[kind](value["text"])
    if kind == "name":
        text, only = value.get("text"), value.get("only")
        if not isinstance(text, str) or not (only is None or _are_texts(only)):
            raise BadInput("This names nothing.", "“text” is a name, “only” a list of item ids.", _HOW)
        return Name(text, None if only is None else tuple(only))
    if kind == "accept":
        wrong = value.get("wrong") or {}
        if not isinstance(wrong, Mapping) or not _are_texts([one for one in wrong.values() if one is not None]):
            raise BadInput("This accepts nothing.", "“wrong” maps item ids to a label or null.", _HOW)
        return Accept({str(item_id): label for item_id, label in wrong.items()})
    raise BadInput(f"There is no answer “{safe.plain(kind, 40)}”.", next_step=_HOW)


def worth(card: Card) -> str:
    """What an answer is worth, in a sentence."""
    put_right = round(card.value)
    if card.kind == "check":
        more = f" and should put about {count(put_right)} right" if put_right > 1 else ", and says much about its like"
        return f"Settles this item{more}."
    if card.kind == "name" and card.size == len(card.shown):
        return f"Says what these {count(card.size)} are, and should put about {count(max(put_right, 1))} right."
    settled = f"Settles {count(card.size)}"
    if card.kind in ("merge", "split"):
        right = f", about {put_right:,} of them put right" if put_right else ""
        return f"Decides about {count(card.size)}{right}."
    return f"{settled}, about {put_right:,} of them put right." if put_right else f"{settled}."


def _are_texts(value: Any) -> bool:
    return isinstance(value, (list, tuple)) and all(isinstance(one, str) for one in value)


_HOW = 'Write for example {"answer": "name", "text": "cat"}; `core review --help` lists all answers.'
