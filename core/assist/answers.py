"""What a person can answer to a card. Values only: `core.assist.review` makes edits of them, in one place."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from core import safe
from core.errors import BadInput


class Answer:
    """What all answers share."""


@dataclass(frozen=True)
class _Named(Answer):
    """An answer with a name in it.

    Raises
    ------
    BadInput
        When nothing is left of the text after it was made safe to store.
    """

    text: str

    def __post_init__(self) -> None:
        object.__setattr__(self, "text", safe.name(self.text))
        if not self.text:
            raise BadInput("A name is needed.", "What was given is empty.", "Type at least one letter.")


@dataclass(frozen=True)
class Name(_Named):
    """What is shown is `text`: all of it or `only` these of the shown items (name cards), or the item (check cards)."""

    only: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.only is not None:
            object.__setattr__(self, "only", tuple(self.only))


@dataclass(frozen=True)
class Most(_Named):
    """Most of the shown items are `text`; which, is not said (name cards)."""


@dataclass(frozen=True)
class First(_Named):
    """The first of the shown items is `text`; of the others nothing is said (name cards)."""


@dataclass(frozen=True)
class Mixed(Answer):
    """The shown items are of several kinds (name cards)."""


@dataclass(frozen=True)
class Yes(Answer):
    """The same thing (merge cards); different things (split cards)."""


@dataclass(frozen=True)
class No(Answer):
    """Different things (merge cards); the same thing (split cards)."""


@dataclass(frozen=True)
class Accept(Answer):
    """The proposed labels are right (accept cards) but for `wrong`: item_id → the right label, None = just not that."""

    wrong: Mapping[str, str | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        cleaned = {item_id: (safe.name(label) or None) if label else None for item_id, label in self.wrong.items()}
        object.__setattr__(self, "wrong", MappingProxyType(cleaned))


@dataclass(frozen=True)
class Unknown(Answer):
    """It cannot be said what the shown items are (check and name cards): they are set aside."""


@dataclass(frozen=True)
class Skip(Answer):
    """Not now: the card does not come back before everything else was asked."""
