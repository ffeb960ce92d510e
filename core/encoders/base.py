"""The contract of every encoder, and what "unit rows" means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np

from core.errors import BadInput

if TYPE_CHECKING:
    from PIL.Image import Image

PICTURE_MODALITY, TEXT_MODALITY = 0, 1
STAGE = "vectors"


class Encoder(Protocol):
    """Turns pictures or texts, or both into one space, into unit vectors.

    Attributes
    ----------
    name
        What `core.encoders.table.get_encoder` was asked for.
    dim
        d, the length of a vector.
    pictures, texts
        Which of the two it can read.
    """

    name: str
    dim: int
    pictures: bool
    texts: bool

    def fingerprint(self) -> str:
        """Hash of everything that decides the vectors: weights, preprocessing, precision, parameters."""

    def describe(self) -> dict[str, Any]:
        """The same for a person, in plain JSON types."""

    def encode_pictures(self, pictures: Sequence[Image]) -> np.ndarray:
        """(b, d) float32 unit rows of upright RGB pictures; `BadInput` when the encoder reads texts only."""

    def encode_texts(self, texts: Sequence[str]) -> np.ndarray:
        """(b, d) float32 unit rows; a text with nothing to go by is a zero row. `BadInput` for pictures only."""


@runtime_checkable
class PreparesPictures(Protocol):
    """An encoder whose preprocessing can run in another thread while its model works."""

    picture_side: int  # pixels; the model sees no more of a picture than this, 0 = unknown

    def prepare(self, picture: Image) -> Any:
        """What `encode_pictures` would make of the picture before the model; it takes the result in its place."""

    def settle(self, prepared: Sequence[Any]) -> None:
        """Decide with the collection's own first pictures what is still open (the precision). Before `fingerprint`."""


@runtime_checkable
class NeedsCorpus(Protocol):
    """An encoder that learns from the texts of the collection before it can encode any."""

    def recipe(self) -> str:
        """Hash of its parameters alone, the same before and after `fit`."""

    def fit(self, texts: Sequence[str]) -> None:
        """Learn from all texts of the collection."""

    def state(self) -> tuple[dict[str, np.ndarray], dict[str, Any]]:
        """What was learnt: arrays and plain JSON values, enough for `from_state` of the same class."""


@dataclass(frozen=True)
class EncoderSpec:
    """One line of the table of encoders; the module is imported only when the encoder is asked for.

    `factory(argument, **options)` in `module` makes the encoder; `argument` is what followed the colon in the name.
    """

    name: str
    title: str
    pictures: bool
    texts: bool
    needs: str
    module: str
    factory: str


def unit_rows(vectors: np.ndarray) -> np.ndarray:
    """Rows scaled to unit length, (n, d) float32; a row with no direction (zero, NaN, infinity) becomes a zero row."""
    rows = np.array(vectors, dtype=np.float32, ndmin=2)
    if rows.size == 0:
        return rows
    rows[~np.isfinite(rows).all(axis=1)] = 0.0
    peak = np.abs(rows).max(axis=1, keepdims=True)
    np.divide(rows, peak, out=rows, where=peak > 0)  # so that squaring neither overflows nor vanishes
    length = np.linalg.norm(rows, axis=1, keepdims=True)
    np.divide(rows, length, out=rows, where=length > 0)
    return rows


def has_words(texts: Sequence[str]) -> np.ndarray:
    """(n,) bool: False for empty and blank texts."""
    return np.array([bool(text.strip()) for text in texts], dtype=bool)


def no_pictures(name: str) -> BadInput:
    """The refusal of an encoder that reads texts only."""
    return BadInput(f"“{name}” reads texts only.", "", "Use “pocket” or “clip” for pictures.")


def check_options(options: Mapping[str, Any], known: Sequence[str], name: str) -> None:
    """Raise `BadInput` for an option that the encoder does not have."""
    unknown = sorted(set(options) - set(known))
    if unknown:
        choice = "It has " + ", ".join(known) + "." if known else "It has none."
        raise BadInput(f"“{name}” has no option “{unknown[0]}”.", choice)
