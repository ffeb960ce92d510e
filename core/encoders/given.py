"""Vectors that the person brought along: checked, scaled to unit length, never changed otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from core.encoders.base import PICTURE_MODALITY, STAGE, TEXT_MODALITY, unit_rows
from core.errors import BadInput
from core.fingerprint import fingerprint
from core.storage import Artifact, ArtifactStore

if TYPE_CHECKING:
    from core.items.store import ItemStore
    from core.items.table import Items


class GivenVectors:
    """Stands where an encoder would: it can say what the vectors are, and encodes nothing new."""

    name = "vectors"
    pictures = False
    texts = False

    def __init__(self, dim: int = 0) -> None:
        self.dim = int(dim)

    def fingerprint(self) -> str:
        """Constant: the vectors themselves are hashed into the key of what is made from them."""
        return fingerprint("vectors", self.dim)

    def describe(self) -> dict[str, Any]:
        """Where the vectors come from."""
        return {"encoder": self.name, "dim": self.dim, "source": "given with the collection"}

    def encode_pictures(self, pictures: Sequence[Any]) -> np.ndarray:
        """Always refused."""
        raise self._refusal()

    def encode_texts(self, texts: Sequence[str]) -> np.ndarray:
        """Always refused."""
        raise self._refusal()

    @staticmethod
    def _refusal() -> BadInput:
        why = "They came with the collection, and what made them is not known."
        return BadInput("The given vectors cannot encode anything new.", why, "Search for similar items or for words.")


def make_given(argument: str, **options: Any) -> GivenVectors:
    """`vectors`."""
    if argument:
        raise BadInput("“vectors” takes nothing after its name.", "", "Give the file when you import.")
    return GivenVectors(**options)


def check_given(vectors: np.ndarray) -> tuple[np.ndarray, dict[int, str]]:
    """Unit rows, and for each row without a direction the reason.

    Parameters
    ----------
    vectors
        (m, d), any real dtype.

    Returns
    -------
    tuple
        (m, d) float32 unit rows (zero where refused), {position: sentence}. Raises `BadInput` for another shape.
    """
    if vectors.ndim != 2 or vectors.shape[1] < 1 or vectors.dtype.kind not in "fiu":
        raise BadInput(f"The given vectors have the shape {vectors.shape}.", "One row of numbers an item is needed.")
    unit = unit_rows(vectors)
    without = np.flatnonzero(~unit.any(axis=1))
    finite = np.isfinite(vectors[without]).all(axis=1)
    reasons = ("The given vector holds NaN or infinity.", "The given vector is all zeros.")
    return unit, {int(row): reasons[int(fine)] for row, fine in zip(without, finite, strict=True)}


def store_given(items: Items, store: ItemStore, artifacts: ArtifactStore) -> Artifact:
    """The artifact of the stage “vectors” from the vectors in the item store; see `core.encoders.encode`.

    Raises
    ------
    BadInput
        When no vectors were given, or not one of them has a direction.
    """
    from core.items.table import Kind

    given = store.given_vectors()
    if given is None:
        raise BadInput("No vectors were given with these items.", "", "Import with vectors, or choose an encoder.")
    rows, vectors = np.asarray(given[0], np.int64), np.asarray(given[1])
    key = fingerprint(STAGE, "given", items.digest_of_all(), np.asarray(items.kind), rows, vectors)
    if artifacts.has(STAGE, key):
        return artifacts.load(STAGE, key)
    unit, refused = check_given(vectors)
    kept = np.array([place not in refused for place in range(len(rows))], bool)
    if not kept.any():
        raise BadInput("Not one of the given vectors can be used.", next(iter(refused.values()), "There are none."))
    encoder = GivenVectors(unit.shape[1])
    texts = np.asarray(items.kind)[rows[kept]] == Kind.TEXT
    digests = bytes.fromhex("".join(items.digest[row] for row in rows[kept]))
    without = len(items.rows) - len(rows)
    arrays = {
        "vectors": unit[kept],
        "rows": rows[kept],
        "modality": np.where(texts, TEXT_MODALITY, PICTURE_MODALITY).astype(np.uint8),
        "digests": np.frombuffer(digests, np.uint8).reshape(-1, 16),
    }
    meta = {
        "encoder": encoder.name,
        "options": {},
        "describe": encoder.describe(),
        "encoder_fingerprint": encoder.fingerprint(),
        "state": {},
        "gaps": [[int(rows[place]), sentence] for place, sentence in refused.items()],
        "unseen": [f"{without:,} items were left out: no vector was given for them."] if without else [],
        "encoded": 0,
        "reused": int(kept.sum()),
        "seconds": 0.0,
        "items_per_second": 0.0,
    }
    return artifacts.put(STAGE, key, arrays, meta)
