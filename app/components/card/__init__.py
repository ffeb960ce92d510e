"""One question: what it is about, as large as the window allows, and every answer with its key."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.components import events
from app.components.gallery import Tile
from app.components.size import Height, css
from app.components.source import mount
from core import safe
from core.assist import wire
from core.assist.cards import Card
from core.errors import BadInput
from core.limits import DEFAULT
from core.partition.sentences import count

MOST_NAMES = 500  # offered while a name is typed
HOT_KEYS = 6
_CHARS = {"one": 4000, "few": 500, "many": 260}  # of a text, by how many items are shown
_HINTS = {
    "accept": "Click what is wrong. The rest counts as seen by you.",
    "name": "Name them all; or click what does not belong, or say it of most of them or of the first alone.",
}
_HEADS = {"merge": ("One", "The other"), "split": ("These", "And these")}
_WORDS = {"merge": ("Yes, the same", "No, different"), "split": ("Yes, two things", "No, one thing")}


@dataclass(frozen=True)
class Panel:
    """How far the work is.

    Attributes
    ----------
    words, more
        Sentences.
    curve
        Shares that were right at least, 0–1, oldest first.
    """

    words: str = ""
    more: str = ""
    curve: Sequence[float] = ()


@dataclass(frozen=True)
class Done:
    """What the last answer did, and what would be taken back now; both may be empty."""

    text: str = ""
    undo: str = ""


def show(
    card: Card,
    tiles: Sequence[Tile],
    *,
    key: str,
    suggestions: Sequence[tuple[str, bool]],
    names: Sequence[str],
    on_answer: Callable[[Mapping[str, Any]], None],
    on_undo: Callable[[], None],
    revision: int = 0,
    deck: str = "",
    big: Sequence[str] = (),
    done: Done = Done(),
    panel: Panel = Panel(),
    height: Height | None = None,
) -> None:
    """Draw the card.

    Parameters
    ----------
    tiles
        Of the shown items, in the order of `card.shown`.
    key
        Names this place; its events survive reruns under it.
    suggestions
        (name, whether no cluster has it yet), best first; the first `HOT_KEYS` get a key.
    names
        In use, the commonest first.
    on_answer
        Called before the next run with what the browser sent; `answered` makes an answer of it.
    on_undo
        Called when the latest edit is to be taken back.
    revision
        Of the partition that the card was made from.
    deck
        Names what is reviewed; the card takes the keys when another one was chosen.
    big
        Addresses of larger pictures, one a tile; () = the thumbnails are large enough.
    """

    def answer(event: Mapping[str, Any]) -> None:
        if event.get("kind") == "undo":
            on_undo()
        elif event.get("kind") == "answer":
            on_answer(event)

    words = card.words or _WORDS.get(card.kind, ("", ""))
    asked = {
        "key": card.key,
        "revision": int(revision),
        "kind": card.kind,
        "question": safe.plain(card.question, 200),
        "why": safe.plain(card.why, 300),
        "worth": safe.plain(wire.worth(card), 200),
        "hint": _HINTS.get(card.kind, ""),
        "aloud": _aloud(card, suggestions),
        "whole": card.size > len(card.shown),
        "yes": words[0],
        "no": words[1],
        "groups": groups(card),
        "tiles": _tiles(tiles, big),
        "suggestions": [{"text": safe.name(name), "fresh": bool(fresh)} for name, fresh in suggestions[:HOT_KEYS]],
    }
    data = {
        **events.heard(key),
        "card": asked,
        "deck": deck,
        "names": [safe.name(name) for name in names[:MOST_NAMES]],
        "done": {"text": safe.plain(done.text, 120), "undo": safe.plain(done.undo, 60)},
        "panel": {"words": panel.words, "more": panel.more, "curve": [round(float(one), 4) for one in panel.curve]},
        "height": css(height),
    }
    mount("card")(key=key, data=data, on_event_change=events.call(key, answer))


def answered(event: Mapping[str, Any], card: Card) -> dict[str, Any]:
    """What the browser sent, about item ids instead of places, as `wire.answer_from_json` takes it.

    Raises
    ------
    BadInput
        When it was not said of this card, or speaks of places that the card does not have.
    """
    if event.get("card") != card.key:
        raise BadInput("This question is not open any more.", "It was answered, or what it is about has changed.")
    told = {"answer": event.get("answer")}
    if told["answer"] in ("most", "first"):
        return {**told, "text": event.get("text")}
    if told["answer"] == "name":
        strays = event.get("marked", [])
        _refuse_places(strays, card)
        only = [one for place, one in enumerate(card.shown) if place not in strays] if strays else None
        return {**told, "text": event.get("text"), "only": only}
    if told["answer"] == "accept":
        pairs = event.get("wrong", [])
        pairs = pairs if isinstance(pairs, list) else [None]
        _refuse_places([pair[0] if isinstance(pair, list) and len(pair) == 2 else None for pair in pairs], card)
        return {**told, "wrong": {card.shown[place]: label for place, label in pairs}}
    return told


def groups(card: Card) -> list[dict[str, Any]]:
    """Titles and sizes of what is shown together, in the order of `card.shown`: sides, or proposed labels."""
    if card.kind == "accept":
        found: list[dict[str, Any]] = []
        for item_id in card.shown:
            label = card.labels[item_id]
            if not found or found[-1]["label"] != label:
                found.append({"label": label, "title": safe.plain(label, DEFAULT.name_chars), "count": 0})
            found[-1]["count"] += 1
        return [{"title": one["title"], "count": one["count"]} for one in found]
    titles = _HEADS.get(card.kind, ("",) * len(card.sides))
    return [{"title": title, "count": len(side)} for title, side in zip(titles, card.sides, strict=False)]


def _tiles(tiles: Sequence[Tile], big: Sequence[str]) -> list[dict[str, str]]:
    chars = _CHARS["one" if len(tiles) == 1 else "few" if len(tiles) <= 12 else "many"]
    return [
        {
            "picture": tile.picture,
            "big": big[place] if big and tile.picture else "",
            "text": _lines(tile.text, chars),
            "title": safe.plain(tile.title, 200),
        }
        for place, tile in enumerate(tiles)
    ]


def _lines(text: str, limit: int) -> str:
    """A text with its line breaks, each line made visible by `safe.plain`."""
    return "\n".join(safe.plain(line) for line in text[: limit + 1].splitlines())[:limit] + "…" * (len(text) > limit)


def _aloud(card: Card, suggestions: Sequence[tuple[str, bool]]) -> str:
    """What a screen reader adds to the question."""
    likely = ", ".join(f"{place} {safe.plain(name, 40)}" for place, (name, _) in enumerate(suggestions[:HOT_KEYS], 1))
    shown = f"{count(len(card.shown))} shown."
    return f"{shown} Likely: {likely}." if likely and card.kind in ("check", "name") else shown


def _refuse_places(values: Any, card: Card) -> None:
    """A mark that is lost would make a wrong label right, so nothing is dropped here."""
    places = events.integers(values)
    if not isinstance(values, list) or len(places) < len(values) or max(places, default=0) >= len(card.shown):
        raise BadInput("This answer does not fit the card.", "It marks what is not on it.", "Look at the card again.")
