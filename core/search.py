"""Finding items: by a typed query, by an item that looks alike, by a vector, and by the letters themselves.

In a joint space of pictures and texts the two lie apart (the modality gap, Liang et al. 2022, arXiv:2203.02053): to a
typed query every text is nearer than any picture. So each modality is ranked by itself, and hits are merged by rank,
not by score.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from core.encoders.base import Encoder, unit_rows
from core.errors import BadInput, NotFound
from core.limits import DEFAULT

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.items.table import Items

TOP = 60
_BLOCK = 65_536  # rows multiplied at a time, so that a million memory-mapped vectors need little memory


class Hits(NamedTuple):
    """What was found, best first.

    Attributes
    ----------
    rows
        (k,) int64 rows of the items.
    scores
        (k,) float32 cosines with the query. Comparable within one modality, not between them.
    """

    rows: np.ndarray
    scores: np.ndarray


def by_text(
    query: str,
    encoder: Encoder,
    vectors: np.ndarray,
    rows: np.ndarray,
    top: int = TOP,
    modality: np.ndarray | None = None,
) -> Hits:
    """Items nearest in meaning to a typed query.

    Parameters
    ----------
    encoder
        The one that made the vectors (`core.encoders.encode.load_encoder`).
    vectors, rows
        (m, d) unit rows and the (m,) rows of the items they belong to.
    modality
        (m,) 0 picture, 1 text; when given, each is ranked by itself.

    Raises
    ------
    BadInput
        For an empty query, one that the encoder finds nothing in, or an encoder that cannot read texts.
    """
    query = checked(query)
    if not encoder.texts:
        encoder.encode_texts([query])  # refuses, and says why
        raise BadInput(f"“{encoder.name}” cannot read a typed query.", "", "Search for similar items or for words.")
    vector = encoder.encode_texts([query])[0]
    if not vector.any():
        why = "None of its words occurs in the collection."
        raise BadInput(f"Nothing is near “{query}”.", why, "Try other words, or search for the letters themselves.")
    return by_vector(vector, vectors, rows, top, modality)


def by_item(
    row: int,
    vectors: np.ndarray,
    rows: np.ndarray,
    top: int = TOP,
    modality: np.ndarray | None = None,
) -> Hits:
    """Items that look or read like the item in `row`, without itself. `NotFound` when it has no vector."""
    place = np.flatnonzero(np.asarray(rows) == row)
    if not len(place):
        raise NotFound(
            "There is nothing to compare this item by.", "It could not be encoded.", "Search with another one."
        )
    hits = by_vector(np.asarray(vectors[place[0]]), vectors, rows, top + 1, modality)
    others = hits.rows != row
    return Hits(hits.rows[others][:top], hits.scores[others][:top])


def by_vector(
    vector: np.ndarray,
    vectors: np.ndarray,
    rows: np.ndarray,
    top: int = TOP,
    modality: np.ndarray | None = None,
) -> Hits:
    """Items whose vectors have the largest cosine with `vector` (d,). `BadInput` for another length or a zero."""
    direction = unit_rows(np.asarray(vector))[0]
    if len(direction) != vectors.shape[1]:
        why = f"It has {len(direction):,} numbers; those of the collection have {vectors.shape[1]:,}."
        raise BadInput("The query does not fit the collection.", why, "Encode the items again.")
    if not direction.any():
        raise BadInput("The query has no direction.", "It is zero, or not a number.")
    scores = _scores(direction, vectors)
    order = _best(scores, top) if modality is None else _best_of_each(scores, np.asarray(modality), top)
    return Hits(np.asarray(rows)[order].astype(np.int64), scores[order])


def by_letters(query: str, items: Items, columns: Sequence[str] | None = None) -> np.ndarray:
    """Items that contain the query literally, whatever the case.

    Parameters
    ----------
    columns
        The user's own columns to look in beside texts and file names; all of them when None.

    Returns
    -------
    np.ndarray
        (k,) int64 rows, ascending.

    Raises
    ------
    BadInput
        For an empty query.
    """
    query = checked(query)
    names = items.columns if columns is None else columns
    found = np.zeros(len(items), bool)
    for values in (items.text, items.file_name, *(items.column(name) for name in names)):
        found |= _contains(values, query)
    return np.flatnonzero(found)


def words_to_mark(query: str, text: str) -> list[tuple[int, int]]:
    """(start, stop) of the places in `text` to mark: the query where it occurs, else its words; never overlapping."""
    whole = _places([query.strip()], text)
    return whole or _places([word for word in re.findall(r"\w+", query) if len(word) > 1], text)


def checked(query: str) -> str:
    """The query without blanks around it. Raises `BadInput` when nothing is left, or too much."""
    query = query.strip()
    if not query:
        raise BadInput("There is nothing to search for.", "The query is empty.", "Type a word or two.")
    if len(query) > DEFAULT.query_chars:
        raise BadInput(f"The query is longer than {DEFAULT.query_chars:,} characters.", "", "Shorten it.")
    return query


def _scores(direction: np.ndarray, vectors: np.ndarray) -> np.ndarray:
    scores = np.empty(len(vectors), np.float32)
    for start in range(0, len(vectors), _BLOCK):
        scores[start : start + _BLOCK] = vectors[start : start + _BLOCK] @ direction
    return scores


def _best(scores: np.ndarray, top: int) -> np.ndarray:
    """Positions of the `top` largest scores, best first; equal ones in their order."""
    top = max(0, min(top, len(scores)))
    if not top:
        return np.zeros(0, np.int64)
    least = np.partition(scores, len(scores) - top)[len(scores) - top]
    candidates = np.flatnonzero(scores >= least)
    return candidates[np.argsort(-scores[candidates], kind="stable")][:top]


def _best_of_each(scores: np.ndarray, modality: np.ndarray, top: int) -> np.ndarray:
    """The best of each modality in turn: first the best picture and the best text, then the second best …"""
    groups = [np.flatnonzero(modality == kind) for kind in np.unique(modality)]
    ranked = [group[_best(scores[group], top)] for group in groups]
    if not ranked:
        return np.zeros(0, np.int64)
    ranks = np.concatenate([np.arange(len(group)) for group in ranked])
    return np.concatenate(ranked)[np.argsort(ranks, kind="stable")][:top]


def _contains(values: np.ndarray, query: str) -> np.ndarray:
    import pyarrow as pa
    import pyarrow.compute as pc

    texts = pa.array([None if value is None else str(value) for value in values.tolist()], pa.large_string())
    return pc.fill_null(pc.match_substring(texts, query, ignore_case=True), False).to_numpy(zero_copy_only=False)


def _places(words: Sequence[str], text: str) -> list[tuple[int, int]]:
    wanted = sorted({re.escape(word) for word in words if word}, key=len, reverse=True)
    if not wanted:
        return []
    return [match.span() for match in re.finditer("|".join(wanted), text, re.IGNORECASE)]
