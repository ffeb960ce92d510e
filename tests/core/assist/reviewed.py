"""Planted groups to review, and a person who knows the truth."""

from __future__ import annotations

import shutil

import numpy as np
import pytest

from core.assist.answers import Accept, First, Name, No, Yes
from core.project import Project
from tests import prepared

GROUPS, EACH = 5, 60


# Named apart from their functions, so that a test file can import them and use their names for arguments.
@pytest.fixture(name="template", scope="module")
def template_of_texts(tmp_path_factory):
    folder = tmp_path_factory.mktemp("review")
    return folder / "p.taxon", prepared.texts_project(folder / "p.taxon", GROUPS, EACH)


@pytest.fixture(name="opened")
def opened_copy(template, tmp_path):
    shutil.copytree(template[0], tmp_path / "p.taxon")
    with Project.open(tmp_path / "p.taxon") as project:
        yield project, template[1]


def honest(card, truth):
    """What a person who knows the truth answers."""
    if card.kind == "check":
        return Name(truth[card.shown[0]])
    if card.kind == "accept":
        return Accept({one: truth[one] for one in card.shown if card.labels[one] != truth[one]})
    kinds, counts = np.unique([truth[one] for one in card.shown], return_counts=True)
    if card.kind == "name":
        if counts.max() < 0.6 * len(card.shown):
            return First(truth[card.shown[0]])
        name = str(kinds[counts.argmax()])
        return Name(name, only=tuple(one for one in card.shown if truth[one] == name))
    return (Yes if (len(kinds) == 1) == (card.kind == "merge") else No)()


def work(review, truth, answers, answer=honest):
    cards = []
    while len(cards) < answers and (card := review.next()) is not None:
        review.answer(card, answer(card, truth))
        cards.append(card)
    return cards
