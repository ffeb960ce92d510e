"""A card: one question to the person, with the items that she needs to see to answer it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from core.assist.answers import Accept, Answer, First, Mixed, Most, Name, No, Skip, Unknown, Yes
from core.errors import BadInput

MOST_SHOWN = 12
MOST_ACCEPTED = 50

ANSWERS: Mapping[str, tuple[type[Answer], ...]] = {
    "name": (Name, Most, First, Mixed, Unknown, Skip),
    "merge": (Yes, No, Skip),
    "split": (Yes, No, Skip),
    "accept": (Accept, Skip),
    "check": (Name, Unknown, Skip),
}


@dataclass(frozen=True)
class Card:
    """One question.

    Attributes
    ----------
    kind
        A key of `ANSWERS`: name a cluster or a few items that lie together, merge two clusters, split one, accept
        proposed labels, check one item.
    sides
        One or two tuples of item ids: exactly what is shown (at most 12 in all, 50 to accept), best first.
    question, why
        Sentences.
    labels
        item_id → proposed label; accept cards only.
    suggestions
        Likely names, best first.
    value
        Items that the answer is expected to put right.
    seconds
        What the answer is expected to cost a person.
    size
        Items that the answer is about, shown or not.
    key
        Names the question: equal keys ask the same.
    words
        What Yes and No are called; () = as usual for the kind.
    """

    kind: str
    sides: tuple[tuple[str, ...], ...]
    question: str
    why: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    suggestions: tuple[str, ...] = ()
    value: float = 0.0
    seconds: float = 0.0
    size: int = 0
    key: str = ""
    words: tuple[str, ...] = ()

    @property
    def shown(self) -> tuple[str, ...]:
        """All shown item ids, side after side."""
        return tuple(item_id for side in self.sides for item_id in side)

    def refuse_unfit(self, answer: Answer) -> None:
        """Raise `BadInput` for an answer that this card does not take, or that speaks of items it did not show."""
        if not isinstance(answer, ANSWERS[self.kind]):
            possible = ", ".join(kind.__name__ for kind in ANSWERS[self.kind])
            raise BadInput(
                f"{type(answer).__name__} is no answer to a card of the kind “{self.kind}”.",
                next_step=f"Answer with one of: {possible}.",
            )
        only = answer.only if isinstance(answer, Name) else None
        strange = set(only or getattr(answer, "wrong", ())) - set(self.shown)
        if strange or only == ():
            what = f"{len(strange)} of the items were not shown." if strange else "No item is named."
            raise BadInput("The answer does not fit the card.", what, "Answer about the items on the card.")
