"""Items whose words are known: groups along axes, a vocabulary that names the axes, texts and folders beside them."""

from __future__ import annotations

import numpy as np

from core.assist.names import votes
from core.assist.names.inputs import Ballot, Inputs
from core.assist.names.suggestion import PICTURES

GROUPS, EACH, WIDTH = 6, 40, 48
TERMS = tuple(f"thing {chr(97 + place)}" for place in range(WIDTH))
FILLER = ["sun", "moon", "rain", "snow", "wind", "fire", "salt", "gold", "iron", "wood"]


def vectors_of(truth: np.ndarray, seed: int = 0) -> np.ndarray:
    """(n, 48) unit rows: group g along axis g, with noise."""
    rng = np.random.default_rng(seed)
    return votes.unit_rows(np.eye(WIDTH)[truth] + rng.normal(size=(len(truth), WIDTH), scale=0.12))


def ballot_of(vectors: np.ndarray, terms: dict[str, int], source: str = PICTURES) -> Ballot:
    """Terms by the axis that they name, and everybody's votes."""
    vocabulary = votes.Vocabulary(tuple(terms), np.eye(WIDTH, dtype=np.float32)[list(terms.values())], np.zeros(WIDTH))
    modality = np.zeros(len(vectors), np.uint8)
    chosen, shares = votes.cast(vectors, votes.means(vectors, modality), modality, vocabulary)
    return Ballot(source, vocabulary, votes.marks(chosen, shares, vocabulary.terms))


def pictures(truth: np.ndarray, terms: dict[str, int] | None = None, **more: object) -> Inputs:
    """Pictures of the groups in `truth`; every axis has its word unless `terms` says otherwise."""
    vectors = vectors_of(truth)
    given = {term: place for place, term in enumerate(TERMS)} if terms is None else terms
    ballots = (ballot_of(vectors, given),) if given else ()
    modality = np.zeros(len(truth), np.uint8)
    return Inputs(np.arange(len(truth)), vectors, vectors, modality, ballots=ballots, **more)


def texts(truth: np.ndarray, words: tuple[str, ...]) -> Inputs:
    """Texts of four common words and, in eight of ten, the word of the group."""
    rng = np.random.default_rng(1)
    written = [
        " ".join([*rng.choice(FILLER, 4), *([words[group]] if rng.random() < 0.8 else []), *rng.choice(FILLER, 2)])
        for group in truth
    ]
    vectors = vectors_of(truth)
    return Inputs(np.arange(len(truth)), vectors, vectors, np.ones(len(truth), np.uint8), texts=written)


def clusters_of(truth: np.ndarray) -> list[np.ndarray]:
    """Rows of each group."""
    return [np.flatnonzero(truth == group) for group in range(truth.max() + 1)]
