"""Vectors that exist already, by the content they were made from: nothing is ever encoded twice.

They come from older artifacts of the same encoder and from the shards of an interrupted run.
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np

from core.errors import NotFound
from core.fingerprint import fingerprint
from core.storage import ArtifactStore, read_json, write_bytes, write_json


class Content(NamedTuple):
    """What is encoded once, however many items have it."""

    digest: str  # 32 hexadecimal digits
    modality: int


class Known:
    """Vectors and refusals by content."""

    def __init__(self) -> None:
        self._sources: list[np.ndarray] = []
        self._place: dict[Content, tuple[int, int]] = {}
        self.refused: dict[Content, str] = {}

    def __contains__(self, content: Content) -> bool:
        return content in self._place or content in self.refused

    def add(self, contents: Sequence[Content], vectors: np.ndarray, refused: Mapping[int, str]) -> None:
        """Remember (n, d) vectors of n contents; those whose position is in `refused` have none."""
        source = len(self._sources)
        self._sources.append(vectors)
        for position, content in enumerate(contents):
            if position in refused:
                self.refused[content] = refused[position]
            else:
                self._place[content] = (source, position)

    def add_artifacts(self, artifacts: ArtifactStore, encoder_fingerprint: str) -> None:
        """Remember all vectors that the same encoder made for earlier states of the collection."""
        for key in artifacts.keys("vectors"):
            try:
                artifact = artifacts.load("vectors", key)
                if artifact.meta.get("encoder_fingerprint") != encoder_fingerprint:
                    continue
                digests, modality = artifact.array("digests"), artifact.array("modality")
                contents = [Content(bytes(one).hex(), int(what)) for one, what in zip(digests, modality, strict=True)]
                self.add(contents, artifact.array("vectors"), {})
            except NotFound:  # a damaged artifact is as good as none
                continue

    def gather(self, contents: Sequence[Content], dim: int) -> np.ndarray:
        """(n, dim) float32, the vectors of contents that have one."""
        vectors = np.empty((len(contents), dim), np.float32)
        places = np.array([self._place[content] for content in contents], np.int64).reshape(-1, 2)
        for source in np.unique(places[:, 0]):
            mine = np.flatnonzero(places[:, 0] == source)
            vectors[mine] = self._sources[source][places[mine, 1]]
        return vectors


def save_shard(folder: Path, contents: Sequence[Content], vectors: np.ndarray, refused: Mapping[int, str]) -> None:
    """Store what was just encoded, durably: the vectors last, so that a shard with vectors is whole."""
    name = fingerprint(list(contents))
    digests = [[content.digest, content.modality] for content in contents]
    write_json(folder / f"{name}.json", {"contents": digests, "refused": [list(pair) for pair in refused.items()]})
    buffer = io.BytesIO()
    np.save(buffer, np.ascontiguousarray(vectors, np.float32), allow_pickle=False)
    write_bytes(folder / f"{name}.npy", buffer.getvalue())


def load_shards(folder: Path, known: Known, dim: int) -> int:
    """Remember the shards in a folder; returns how many contents they held. Damaged ones are passed over."""
    count = 0
    for path in sorted(folder.glob("*.npy")):
        try:
            meta = read_json(path.with_suffix(".json"))
            contents = [Content(str(digest), int(modality)) for digest, modality in meta["contents"]]
            refused = {int(position): str(sentence) for position, sentence in meta["refused"]}
            vectors = np.load(path, allow_pickle=False)
        except (NotFound, OSError, ValueError, KeyError, TypeError):
            continue
        if vectors.shape == (len(contents), dim):
            known.add(contents, vectors, refused)
            count += len(contents)
    return count
