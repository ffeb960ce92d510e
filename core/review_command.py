"""`python -m core review`: the same questions as on the Review page, one line of JSON each, answered the same way."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from core.assist import wire
from core.assist.cards import Card
from core.assist.progress_curve import accuracy
from core.assist.review import Review
from core.errors import BadInput, TaxonError
from core.namer import Namer
from core.pipeline import structure
from core.project import Project

_WHO = "command line"
_PATIENCE = 20.0  # seconds for suggested names; a script waits where a page does not


def review(
    project: Annotated[Path, typer.Option("--project", "-p", help="The project's folder.")],
    as_json: Annotated[
        bool, typer.Option("--json", help="Cards on standard output, answers on standard input, a line each.")
    ] = False,
) -> None:
    """Ask what is worth most to know. Without --json: say the next question and how far the work is.

    With --json every line on standard output is {"card": …}, {"stored": …}, {"error": …} or, at the end,
    {"done": true}; after a card a line is read. Answers, by kind of card (item ids as on the card):

    name: {"answer": "name", "text": "cat"}, with "only": [ids] if just these are; {"answer": "most", "text": "cat"};
    {"answer": "first", "text": "cat"}; {"answer": "mixed"}; {"answer": "unknown"}

    check: {"answer": "name", "text": "cat"}; {"answer": "unknown"}

    accept: {"answer": "accept"}, with "wrong": {id: "right label" or null}

    merge, split: {"answer": "yes"}; {"answer": "no"}

    any: {"answer": "skip"}; {"answer": "undo"} takes the latest edit back. The end of the input ends it.
    """
    with Project.open(project) as opened:
        names = Namer(opened, structure(opened))
        names.wait(_PATIENCE)
        loop = Review(opened, names)
        if as_json:
            _converse(opened, loop)
        else:
            typer.echo(_in_words(loop.next(), opened))


def _converse(project: Project, loop: Review) -> None:
    while (card := loop.next()) is not None:
        _say({"card": wire.card_to_json(card), "progress": _progress(project)})
        line = sys.stdin.readline()
        if not line:
            return
        if not line.strip():
            continue
        try:
            _say({"stored": _done(project, loop, card, line)})
        except TaxonError as error:
            _say({"error": {"what": error.what, "why": error.why, "next_step": error.next_step}})
    _say({"done": True, "progress": _progress(project)})


def _done(project: Project, loop: Review, card: Card, line: str) -> dict[str, Any] | None:
    """What an answer did; None when it changed nothing."""
    try:
        told = json.loads(line)
    except ValueError as error:
        raise BadInput("This line is not JSON.", str(error), "Write one object a line.") from error
    if isinstance(told, dict) and told.get("answer") == "undo":
        event = project.undo(_WHO)
    else:
        event = loop.answer(card, wire.answer_from_json(told), who=_WHO)
    return None if event is None else {"sentence": event.sentence, "revision": event.revision}


def _progress(project: Project) -> dict[str, Any]:
    partition = project.partition()
    told = accuracy(partition)
    return {
        "items": partition.n_items,
        "settled": int(partition.settled().sum()),
        "right_at_least": None if told is None else round(told.low, 4),
        "revision": partition.revision,
    }


def _in_words(card: Card | None, project: Project) -> str:
    told = _progress(project)
    head = f"{told['settled']:,} of {told['items']:,} items settled."
    if card is None:
        return f"{head} There is nothing to ask."
    shown = ", ".join(card.shown[:12]) + (f" and {len(card.shown) - 12} more" if len(card.shown) > 12 else "")
    likely = f"\nLikely: {', '.join(card.suggestions)}" if card.suggestions else ""
    return f"{head}\n{card.question} {card.why} {wire.worth(card)}\n{shown}{likely}"


def _say(value: dict[str, Any]) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False))
    sys.stdout.flush()
