"""Which words every item votes for, and the vectors of those words.

Zero-shot voting as in CPP (Chu et al. 2024, arXiv:2306.05272): an item's cosines to all words go through a softmax, and
its five likeliest words share its vote. Votes do not depend on any clustering, so they are cast once, and naming any
set of items is counting.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from core.assist.names.marks import Marks
from core.encoders.base import Encoder, unit_rows
from core.progress import Progress, silent

TEMPLATES = ("{}", "a photo of a {}.")
SCALE = 100.0  # that CLIP is trained to, and the softmax is as sharp as there
TOP = 5
LEAST = 0.05  # a smaller part of a vote says nothing about the item
_BLOCK = 1024
_BATCH = 256
_ENOUGH = 50  # terms whose mean stands for texts in general


@dataclass(frozen=True, eq=False)
class Vocabulary:
    """Terms with their vectors.

    Attributes
    ----------
    terms
        As a person reads them.
    vectors
        (v, d) unit rows as the encoder made them; a zero row for a term that it cannot read.
    mean
        (d,) the mean of texts in general, taken from the terms' vectors before they are compared with pictures.
    """

    terms: tuple[str, ...]
    vectors: np.ndarray
    mean: np.ndarray

    def centred(self) -> np.ndarray:
        """(v, d) float32 unit rows without the mean; zero rows stay zero."""
        known = np.any(self.vectors != 0, axis=1)
        return unit_rows((self.vectors - self.mean) * known[:, None])


def encode_terms(
    terms: Sequence[str], encoder: Encoder, progress: Progress = silent, framed: bool = True
) -> np.ndarray:
    """(v, d) float32 unit rows: the mean of each term's vectors over the templates.

    Parameters
    ----------
    framed
        Also inside the phrases that captions of pictures have; not for encoders that read texts only.
    """
    templates = TEMPLATES if framed else TEMPLATES[:1]
    vectors = np.zeros((len(terms), encoder.dim), np.float32)
    for start in range(0, len(terms), _BATCH):
        progress(start, len(terms), "reading the words to name by")
        batch = terms[start : start + _BATCH]
        vectors[start : start + len(batch)] = sum(
            encoder.encode_texts([template.format(term) for term in batch]) for template in templates
        )
    progress(len(terms), len(terms), "reading the words to name by")
    return unit_rows(vectors)


def mean_of(vectors: np.ndarray, general: np.ndarray | None = None) -> np.ndarray:
    """(d,) what stands for texts in general: `general` when given, else the terms' mean when they are many, else 0."""
    if general is not None:
        return general
    known = vectors[np.any(vectors != 0, axis=1)]
    return known.mean(axis=0) if len(known) >= _ENOUGH else np.zeros(vectors.shape[1], np.float32)


def cast(
    vectors: np.ndarray,
    centres: np.ndarray,
    modality: np.ndarray,
    vocabulary: Vocabulary,
    progress: Progress = silent,
) -> tuple[np.ndarray, np.ndarray]:
    """The votes of all items.

    A vote that is no nearer to a word than to none (cosine 0 once both means are taken off) goes to nobody.

    Parameters
    ----------
    vectors
        (m, d) unit rows, may be memory-mapped.
    centres, modality
        (2, d) means of pictures and texts, taken off before comparing (the modality gap); (m,) 0 or 1.

    Returns
    -------
    tuple
        (m, t) int32 indices of terms, likeliest first, t = min(5, v), and (m, t) float32 shares of the item's vote.
    """
    terms = vocabulary.centred().T
    width = min(TOP, terms.shape[1])
    chosen = np.zeros((len(vectors), width), np.int32)
    shares = np.zeros((len(vectors), width), np.float32)
    for start in range(0, len(vectors), _BLOCK):
        progress(start, len(vectors), "comparing items with words")
        block = unit_rows(vectors[start : start + _BLOCK] - centres[modality[start : start + _BLOCK]])
        logits = block @ terms
        best = np.argpartition(-logits, width - 1, axis=1)[:, :width]
        found = np.take_along_axis(logits, best, axis=1)
        order = np.argsort(-found, axis=1, kind="stable")
        best, found = np.take_along_axis(best, order, axis=1), np.take_along_axis(found, order, axis=1)
        chosen[start : start + len(block)] = best
        shares[start : start + len(block)] = np.take_along_axis(_softmax(logits), best, axis=1)
    return chosen, shares


def vote_of(direction: np.ndarray, terms: np.ndarray) -> np.ndarray:
    """(v,) float32: how one centred unit vector (d,) would share its vote over all terms (v, d)."""
    return _softmax((terms @ direction)[None])[0]


def _softmax(cosines: np.ndarray) -> np.ndarray:
    """Shares of each row's vote, in place; what a row gives to no word is missing from its sum."""
    top = np.maximum(cosines.max(axis=1, keepdims=True), 0.0)
    cosines -= top
    cosines *= SCALE
    np.exp(cosines, out=cosines)
    cosines /= cosines.sum(axis=1, keepdims=True) + np.exp(-SCALE * top)
    return cosines


def marks(chosen: np.ndarray, shares: np.ndarray, terms: Sequence[str]) -> Marks:
    """The votes as marks, without those below 5 %."""
    from scipy.sparse import csr_matrix

    kept = shares >= LEAST
    ends = np.concatenate([[0], np.cumsum(kept.sum(axis=1))])
    carried = csr_matrix((shares[kept].astype(np.float32), chosen[kept], ends), shape=(len(shares), len(terms)))
    return Marks(terms, carried)


def means(vectors: np.ndarray, modality: np.ndarray) -> np.ndarray:
    """(2, d) float32: the means of pictures and of texts; zero where there are none."""
    found = np.zeros((2, vectors.shape[1]), np.float32)
    for kind in (0, 1):
        members = np.flatnonzero(modality == kind)
        total = np.zeros(vectors.shape[1])
        for start in range(0, len(members), 65_536):
            total += np.asarray(vectors[members[start : start + 65_536]]).sum(axis=0, dtype=np.float64)
        found[kind] = total / max(len(members), 1)
    return found
