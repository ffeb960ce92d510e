"""What a browser session keeps while it answers questions: the loop, her pace, and what the last answer did.

It belongs to one session and one analysis of one project, and is made anew when the analysis changes or items are
forgotten. What was answered lies in the journal; nothing is lost with it.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import streamlit as st

from app import resources, state
from app.components import messages
from app.components.card import HOT_KEYS, Done, Panel, answered
from app.server.identity import require
from app.view import View
from core import naming
from core.assist import progress_curve, time_left, wire
from core.assist.cards import Card
from core.assist.confidence import FEWEST
from core.assist.progress_curve import SURE, Accuracy
from core.assist.review import Review
from core.assist.time_left import Pace
from core.decks import names
from core.decks.loop import DeckReview
from core.errors import BadInput, TaxonError
from core.fingerprint import fingerprint
from core.namer import Namer
from core.partition.partition import Partition
from core.partition.sentences import count
from core.project import Project
from core.users.roles import Right

_KEY, _DECK = "taxon:review", "taxon:review:deck"
_ANSWER = "together"  # the kind of edit that an answer is
_MOST_POINTS = 60
_PATIENCE = 1.0  # seconds that a page waits for its desk


@dataclass(eq=False)
class Desk:
    """Where one person answers.

    Attributes
    ----------
    key
        Names the analysis that the questions are about.
    project, review, namer
        Of that analysis; the review is the queue, or a deck that she chose.
    pace
        How quick she is.
    curve, answers, undo
        Accuracy so far, number of answers in force and the latest of them, as of `revision`.
    told
        (revision, what the last answer did).
    asked
        Key of the card that she sees, and when she saw it first (monotonic seconds).
    """

    key: str
    project: Project
    review: Review | DeckReview
    namer: Namer
    pace: Pace = field(default_factory=Pace)
    curve: list[Accuracy] = field(default_factory=list)
    answers: int = 0
    revision: int = -1
    undo: str = ""
    told: tuple[int, str] = (-1, "")
    asked: tuple[str, float] = ("", 0.0)
    token: str = field(default_factory=lambda: secrets.token_hex(8))
    lock: threading.Lock = field(default_factory=threading.Lock)


def desk(view: View, patience: float | None = None) -> Desk | None:
    """The desk of this session for what is open and chosen now; None while it is set up, which is done beside the page.

    Raises what `Review` and `decks.names.deck` raise. `patience` = seconds to wait for it at most; None = as long as a
    page may.
    """
    project, chosen = view.project, state.get().deck
    key = fingerprint(str(project.path), project.created, view.found.active, len(view.items.rows), chosen)
    # The queue keeps its place while she looks at something else.
    slot = _DECK if chosen else _KEY
    kept: Desk | None = st.session_state.get(slot)
    if kept is None or kept.key != key or kept.project is not project:
        waited = _PATIENCE if patience is None else patience
        kept = resources.later().hand_over(f"{state.session()}:{key}", lambda: _set_up(view, key, chosen), waited)
        if kept is not None:
            st.session_state[slot] = kept
    return kept


def _set_up(view: View, key: str, chosen: str) -> Desk:
    project, namer = view.project, Namer(view.project, view.found)
    if chosen:
        review: Review | DeckReview = DeckReview(project, names.deck(chosen, project, view.found, view.finding))
    else:
        review = Review(project, namer)
    review.next()  # so that the first question does not make the page wait either
    return Desk(key, project, review, namer, curve=[] if chosen else _so_far(project, view.partition))


def choose(deck: str) -> None:
    """Ask what this deck asks from now on; empty = the queue."""
    state.set(deck=deck)
    st.session_state.pop(_DECK, None)


def clear() -> None:
    """Begin anew; what was skipped is asked again."""
    st.session_state.pop(_DECK if state.get().deck else _KEY, None)


def ask(at: Desk) -> Card | None:
    """The question to show now; None when nothing is worth asking."""
    with at.lock:
        card = at.review.next()
    if card is not None and card.key != at.asked[0]:
        at.asked = (card.key, time.monotonic())
    return card


def ahead(at: Desk) -> Card | None:
    """The card that probably comes next; to be called when the open one is drawn, in the thread that drew it."""
    with at.lock:
        return at.review.ahead()


def answer(at: Desk, card: Card, event: Mapping[str, Any]) -> None:
    """Store an answer, in a callback; the next run says what was refused, or asks the next question."""
    try:
        who = require(Right.EDIT)
        if at not in (st.session_state.get(_KEY), st.session_state.get(_DECK)):
            raise BadInput("This question is not open any more.", "The analysis has changed since.")
        given = wire.answer_from_json(answered(event, card))
        seconds = time.monotonic() - at.asked[1]
        with at.lock:
            done = at.review.answer(card, given, who.name, f"review:{at.token}:{card.key}")
        at.pace.add(seconds, card.seconds)
        at.told = (at.project.partition().revision, done.sentence if done else "Skipped for now")
    except TaxonError as error:
        messages.refused(error)


def suggestions(at: Desk, card: Card, rows: np.ndarray, in_use: list[str]) -> list[tuple[str, bool]]:
    """(name, whether it is new) that fit a card: the likely names in use, then new ones while keys are left."""
    used = {name.casefold() for name in in_use}
    if card.kind == "accept":
        on_page = dict.fromkeys(sorted(card.labels.values(), key=list(card.labels.values()).count, reverse=True))
        return [(name, False) for name in dict.fromkeys([*on_page, *in_use])][:HOT_KEYS]
    if card.kind not in ("name", "check"):
        return []
    if isinstance(at.review, DeckReview):
        # Its own proposals first, then names in use: a second look asks which of what is there fits.
        return [(name, False) for name in dict.fromkeys([*card.suggestions, *in_use])][:HOT_KEYS]
    new = [name for name in at.namer(rows) if name.casefold() not in used]
    return [(name, name.casefold() not in used) for name in dict.fromkeys([*card.suggestions, *new])][:HOT_KEYS]


def names_in_use(partition: Partition) -> list[str]:
    """Names of clusters, the biggest first, each once."""
    sized = sorted(partition.clusters.values(), key=lambda one: -partition.size(one.id))
    return list({one.name.casefold(): one.name for one in reversed(sized) if one.name}.values())[::-1]


def done(at: Desk, view: View) -> Done:
    """What the last answer did, if nothing else was done since, and which answer would be taken back.

    An edit of another page is taken back by the button of every page, not by a key that is struck while answering.
    """
    _catch_up(at, view)
    return Done(at.told[1] if at.told[0] == view.partition.revision else "", at.undo)


def panel(at: Desk, view: View) -> Panel:
    """How many answers, how right it is at least, how sure the machine is."""
    _catch_up(at, view)
    if isinstance(at.review, DeckReview):
        said = at.review.deck.told(view.partition)
        return Panel(said.words, said.more)
    told = progress_curve.accuracy(view.partition)
    words = count(at.answers, "answer")
    if told is None:
        verified = int((view.partition.confirmed & view.partition.in_named()).sum())
        why = f"How right the labels are can be said from {FEWEST} checked items on; {verified} so far."
        return Panel(words, why if verified < FEWEST else "The machine has no confidence in a label yet.")
    # Rounded down: the words must not promise more than the numbers.
    more = f"{told.sure:,} of {told.labelled:,} labels by the machine are {100 * SURE:.0f} % sure or more."
    return Panel(f"{words} · at least {int(100 * told.low)} % right", more, [one.low for one in at.curve])


def progress(view: View) -> str:
    """“61 % of 8,121 items settled · about 14 minutes left at this pace”, without markup in it."""
    kept: Desk | None = st.session_state.get(_KEY)
    pace = kept.pace if kept is not None and kept.project is view.project else Pace()
    told = f"{int(100 * view.partition.settled_share())} % of {count(view.partition.n_items)} settled"
    left = time_left.seconds_left(view.partition, pace.factor)
    if not left:
        return told
    return f"{told} · {time_left.in_words(left)} left{' at this pace' if pace.known else ''}"


def may_look_for_names(view: View) -> bool:
    """Whether names to suggest could be prepared, and nobody does it yet."""
    running = any(status.stage == naming.STAGE for status in resources.jobs(view.name).unfinished())
    return not running and not naming.prepared(view.project, view.found)


def look_for_names(name: str) -> str:
    """Begin the job that prepares names. Raises `NotAllowed`."""
    require(Right.COMPUTE)
    resources.jobs(name).start(naming.STAGE, {}, resources.standby())
    clear()
    return "Looking for names; they appear on the cards when that is done."


def _catch_up(at: Desk, view: View) -> None:
    if at.revision == view.partition.revision:
        return
    at.revision = view.partition.revision
    standing = [one for one in view.project.history() if not one.undone and one.kind not in ("undo", "redo")]
    at.answers = sum(one.kind == _ANSWER for one in standing)
    at.undo = standing[0].sentence if standing and standing[0].kind == _ANSWER else ""
    told = progress_curve.accuracy(view.partition)
    if told is not None and (not at.curve or at.curve[-1] != told):
        at.curve = [*at.curve, told]
    if len(at.curve) > 2 * _MOST_POINTS:
        at.curve = at.curve[::2] if len(at.curve) % 2 else at.curve[1::2]


def _so_far(project: Project, partition: Partition) -> list[Accuracy]:
    """The curve of what was done before this session."""
    events = project.history()[::-1]
    return progress_curve.curve(Partition.start(len(partition)), project.journal.edits(), events, _MOST_POINTS)
