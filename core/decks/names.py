"""Which deck a page's name of it stands for: “look:labels”, “sample:12”."""

from __future__ import annotations

from collections.abc import Callable

from core import look_again
from core.decks.loop import Deck
from core.decks.sample import SampleDeck
from core.decks.second_look import LookDeck
from core.errors import BadInput
from core.look_again import DUPLICATES, Finding
from core.pipeline import Structure
from core.project import Project

_SAMPLE = "sample:"


def of_sample(cluster_id: int) -> str:
    """The name of the sample of a cluster."""
    return f"{_SAMPLE}{int(cluster_id)}"


def sampled_cluster(name: str) -> int | None:
    """The cluster of a sample's name; None when it is another deck's."""
    number = name.removeprefix(_SAMPLE)
    return int(number) if name.startswith(_SAMPLE) and number.isascii() and number.isdigit() else None


def deck(name: str, project: Project, found: Structure, find: Callable[[str], Finding | None] | None = None) -> Deck:
    """The deck of a name.

    Parameters
    ----------
    find
        Gives the findings of a kind that were worked out already; None = work them out.

    Raises
    ------
    BadInput
        When there is none.
    NotFound
        When the near-duplicates were not looked for yet.
    """
    cluster_id = sampled_cluster(name)
    if cluster_id is not None:
        return SampleDeck(cluster_id, project.items.load())
    if kind := look_again.kind_of(name):
        known = find(kind) if find is not None and kind != DUPLICATES else None
        return LookDeck(kind, project, found, known)
    raise BadInput("There is no such set of cards.", next_step="Choose what to review at the top of the page.")
