"""How far the work is right: the share of items that carry the right label, at least, and how that grew."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from core.assist.confidence import FEWEST
from core.assist.purity import purity
from core.errors import BadInput
from core.partition.edits import Edit
from core.partition.events import Event
from core.partition.fold import apply
from core.partition.partition import Partition

SURE = 0.95
# Items times edits that may be replayed to draw the curve of what was done before: about a second's work.
_MOST_REPLAYED = 400_000


@dataclass(frozen=True)
class Accuracy:
    """What can be said about the share of right labels among all items.

    Attributes
    ----------
    expected, low
        Share expected, and the one that it is not below at 97.5 %, 0–1; an item without a label counts as wrong.
    verified
        Items that a person checked, on which both rest.
    labelled, sure
        Items that carry a label from the machine; those of them with a confidence of `SURE` or more.
    """

    expected: float
    low: float
    verified: int
    labelled: int
    sure: int


def accuracy(partition: Partition) -> Accuracy | None:
    """What can be said now; None before `confidence.FEWEST` items are verified, as confidence is absent then.

    What a person decided counts as right. The labels of the rest are right as often as their calibrated confidence
    says (`confidence.fit`), which is itself a rate seen in the verified items: the lower bound is that of Clopper and
    Pearson for this rate in a sample of their number (`purity.purity`). Verified items are not drawn at random; the
    hard ones are asked about first, so that the bound is rather too low than too high.
    """
    verified = int((partition.confirmed & partition.in_named()).sum())
    decided = (partition.confirmed | partition.aside) & ~partition.gone
    stated = ~(decided | partition.gone) & np.isfinite(partition.confidence)
    if verified < FEWEST or not (stated.any() or decided.all()):
        return None
    labelled = int(stated.sum())
    confidence = partition.confidence[stated]
    rate = float(confidence.mean()) if labelled else 1.0
    right = int(np.floor(rate * verified))
    total = verified + labelled
    unseen = max(0.0, purity(total, verified, right).low * total - right)
    done, n = int(decided.sum()), max(partition.n_items, 1)
    return Accuracy(
        expected=(done + rate * labelled) / n,
        low=(done + min(unseen, rate * labelled)) / n,
        verified=verified,
        labelled=labelled,
        sure=int((confidence >= SURE - 1e-6).sum()),
    )


def curve(start: Partition, edits: Iterable[Edit], events: Sequence[Event], most: int = 60) -> list[Accuracy]:
    """The accuracy after answers that are in force, oldest first, at most `most` of them, from when it can be said.

    Nothing where replaying would take long: the curve then begins with the next answer.

    Parameters
    ----------
    start
        The partition before the first edit.
    edits, events
        Of the journal, oldest first, in step.
    """
    if len(start) * len(events) > _MOST_REPLAYED:
        return []
    standing = [not event.undone and event.kind not in ("undo", "redo") for event in events]
    answers = [place for place, event in enumerate(events) if standing[place] and event.kind == "together"]
    wanted = set(np.array(answers)[np.linspace(len(answers) - 1, 0, min(most, len(answers))).round().astype(int)])
    found, partition = [], start
    for place, edit in enumerate(edits):
        if standing[place]:
            try:
                partition = apply(partition, edit).partition
            except BadInput:
                return []  # an edit of what is forgotten now; what came after it cannot be told
        if place in wanted and (told := accuracy(partition)) is not None:
            found.append(told)
    return found
