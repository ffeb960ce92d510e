"""One card of a deck after the other, and what becomes of its answer."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Protocol

from core.assist.answers import Answer
from core.assist.cards import Card
from core.errors import BadInput
from core.partition.edits import Edit, Together
from core.partition.events import Event
from core.partition.partition import Partition
from core.project import Project


@dataclass(frozen=True)
class Told:
    """How far a deck is, in sentences."""

    words: str
    more: str = ""


class Deck(Protocol):
    """What a chosen set of cards has to say."""

    title: str

    def card(self, partition: Partition, passed: Collection[str]) -> Card | None:
        """The next card; none whose subject (`subject_of` its key) was passed. None when nothing is left."""

    def edits(self, card: Card, answer: Answer, partition: Partition) -> tuple[list[Edit], str]:
        """The edits of an answer and the sentence of the history; none when it changes nothing."""

    def told(self, partition: Partition) -> Told:
        """How far it is."""


def subject_of(key: str) -> str:
    """What a card is about, whatever the revision: its key without the number before the colon."""
    return key.partition(":")[2]


class DeckReview:
    """Asks the cards of one deck. Not safe for threads; one object a person.

    Parameters
    ----------
    project
        Open for writing.
    deck
        Says what is asked and what an answer means.
    """

    def __init__(self, project: Project, deck: Deck) -> None:
        self.deck = deck
        self._project = project
        self._asked: Card | None = None
        self._revision = -1
        self._passed: set[str] = set()

    def next(self) -> Card | None:
        """The card to ask now, the same one until it is answered; None when nothing is left."""
        partition = self._project.partition()
        if self._asked is None or self._revision != partition.revision:
            self._asked, self._revision = self.deck.card(partition, self._passed), partition.revision
        return self._asked

    def ahead(self) -> Card | None:
        """The card after the open one, as far as it does not depend on the answer."""
        card = self.next()
        return card and self.deck.card(self._project.partition(), {*self._passed, subject_of(card.key)})

    def answer(self, card: Card, answer: Answer, who: str = "", key: str | None = None) -> Event | None:
        """Store an answer as one edit; None when it changes nothing. As `Review.answer`.

        Raises
        ------
        BadInput
            When the answer does not fit the card, or the card is not the open one any more.
        Conflict
            When somebody changed what the card is about.
        """
        card.refuse_unfit(answer)
        if self._asked is None or self._asked.key != card.key:
            raise BadInput("This question is not open any more.", "It was answered, or labels changed since.", "Go on.")
        edits, what = self.deck.edits(card, answer, self._project.partition())
        event = None
        if edits:
            event = self._project.apply(Together(tuple(edits), what), revision=self._revision, who=who, key=key)
        self._asked = None
        self._passed.add(subject_of(card.key))
        return event
