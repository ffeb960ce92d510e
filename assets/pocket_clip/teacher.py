"""The meaning of a text according to a sentence encoder, needed only while training.

The pocket CLIP's text tower learns to place texts where all-MiniLM-L6-v2 places them, after a rotation
that keeps the directions which vary most. Pictures then have a meaningful space to be placed in, which
is what lets the model rank names whose pictures it has never seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor


def read_or_embed(texts: Sequence[str], teacher: Path, cache: Path) -> dict[str, Tensor]:
    """The teacher's unit vector for every text, kept in ``cache`` for the next run."""
    known: dict[str, Tensor] = torch.load(cache, weights_only=True) if cache.exists() else {}
    missing = sorted(set(texts) - known.keys())
    if missing:
        known |= dict(zip(missing, embed(missing, teacher), strict=True))
        torch.save(known, cache)
    return known


def embed(texts: Sequence[str], teacher: Path) -> Tensor:
    """``[N, 384]`` unit vectors of ``texts`` by the sentence encoder saved in the folder ``teacher``."""
    # Imported here because only the first training run on a machine needs it.
    from sentence_transformers import SentenceTransformer

    encoder = SentenceTransformer(str(teacher), device="cpu")
    return encoder.encode(list(texts), batch_size=256, normalize_embeddings=True, convert_to_tensor=True).half()


def main_directions(vectors: Tensor, count: int) -> Tensor:
    """The projection ``[D, count]`` that keeps most of the vectors' inner products."""
    _, directions = torch.linalg.eigh(vectors.T @ vectors)
    return directions[:, -count:].flip(1)


def projected(vectors: Tensor, directions: Tensor) -> Tensor:
    """Unit vectors ``[N, count]``."""
    return F.normalize(vectors @ directions, dim=-1)
