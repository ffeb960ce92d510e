"""One pass of an encoder over a collection: what is to do, what is known already, what comes out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from core.encoders.base import PICTURE_MODALITY, STAGE, TEXT_MODALITY, Encoder, NeedsCorpus
from core.encoders.batches import Batches
from core.encoders.known import Content, Known, load_shards, save_shard
from core.encoders.pace import Pace
from core.encoders.reading import Ready, read_ahead
from core.errors import BadInput
from core.progress import Progress
from core.storage import ArtifactStore

if TYPE_CHECKING:
    from core.items.store import ItemStore
    from core.items.table import Items

BATCH = 32
_EMPTY = "The text is empty."


def modalities(items: Items, encoder: Encoder) -> np.ndarray:
    """(n,) int8: 0 to be encoded from the picture, 1 from the text, −1 not at all."""
    from core.items.table import Kind

    kind = np.asarray(items.kind)
    chosen = np.full(len(kind), -1, np.int8)
    if encoder.texts:
        chosen[(kind == Kind.TEXT) | (kind == Kind.BOTH)] = TEXT_MODALITY
    if encoder.pictures:
        chosen[(kind == Kind.PICTURE) | (kind == Kind.BOTH)] = PICTURE_MODALITY
    return chosen


def unseen(items: Items, modality: np.ndarray, encoder: Encoder) -> list[str]:
    """One sentence when there are items that the encoder cannot read, else none; forgotten ones do not count."""
    count = int((modality[items.rows] < 0).sum())
    if not count:
        return []
    reads = "texts" if not encoder.pictures else "pictures" if not encoder.texts else "pictures and texts"
    return [f"{count:,} items were left out: “{encoder.name}” reads {reads} only."]


class Pass:
    """The contents of a collection on their way to vectors; items with the same content share one."""

    def __init__(self, encoder: Encoder, items: Items, store: ItemStore, modality: np.ndarray) -> None:
        self.encoder, self.items, self.store = encoder, items, store
        self.rows = np.flatnonzero(modality >= 0)
        self.contents = [Content(items.digest[row], int(modality[row])) for row in self.rows]
        self.first: dict[Content, int] = {}
        for content, row in zip(self.contents, self.rows, strict=True):
            self.first.setdefault(content, int(row))
        self.known = Known()

    def todo(self) -> list[Content]:
        """Contents without a vector or a refusal, pictures first, each in the order of the rows."""
        return sorted((one for one in self.first if one not in self.known), key=lambda one: one.modality)

    def recall(self, artifacts: ArtifactStore, key: str) -> None:
        """Learn what older artifacts and the shards of an interrupted run hold."""
        if not isinstance(self.encoder, NeedsCorpus):
            self.known.add_artifacts(artifacts, self.encoder.fingerprint())
        load_shards(artifacts.scratch(STAGE, key), self.known, self.encoder.dim)

    def encode(self, artifacts: ArtifactStore, key: str, progress: Progress, shard: int, batch: int) -> int:
        """Encode what is to do; the number of contents encoded."""
        todo = self.todo()
        pace = Pace(len(todo), progress)
        folder = artifacts.scratch(STAGE, key)
        runs = {PICTURE_MODALITY: self.encoder.encode_pictures, TEXT_MODALITY: self.encoder.encode_texts}
        for modality, run in runs.items():
            mine = [content for content in todo if content.modality == modality]
            batches = Batches(run, batch, pace.tick)
            inputs = self._inputs([self.first[content] for content in mine], modality, 4 * batch)
            try:
                for start in range(0, len(mine), shard):
                    some = mine[start : start + shard]
                    vectors, refused = self._shard(len(some), inputs, batches, pace.tick)
                    save_shard(folder, some, vectors, refused)
                    self.known.add(some, vectors, refused)
            finally:
                inputs.close()
        return len(todo)

    def result(self) -> tuple[dict[str, np.ndarray], list[list[Any]]]:
        """(arrays, gaps). Raises `BadInput` when there is not one vector."""
        refused = self.known.refused
        kept = np.array([content not in refused for content in self.contents], bool)
        gaps = [[int(self.rows[place]), refused[self.contents[place]]] for place in np.flatnonzero(~kept)]
        if not kept.any():
            why = str(gaps[0][1]) if gaps else unseen(self.items, np.full(len(self.items), -1), self.encoder)[0]
            raise BadInput("Not one item could be encoded.", why, "Choose another encoder, or import the items again.")
        contents = [content for content, keep in zip(self.contents, kept, strict=True) if keep]
        arrays = {
            "vectors": self.known.gather(contents, self.encoder.dim),
            "rows": self.rows[kept].astype(np.int64),
            "modality": np.array([content.modality for content in contents], np.uint8),
            "digests": np.frombuffer(bytes.fromhex("".join(one.digest for one in contents)), np.uint8).reshape(-1, 16),
        }
        return arrays, gaps

    def _inputs(self, rows: Sequence[int], modality: int, ahead: int) -> Iterator[Ready]:
        if modality == PICTURE_MODALITY:
            return read_ahead(rows, self.store, self.encoder, ahead)
        texts = self.items.text
        return (Ready(row, texts[row], "" if texts[row].strip() else _EMPTY) for row in rows)

    def _shard(
        self, count: int, inputs: Iterator[Ready], batches: Batches, tick: Callable[[int], None]
    ) -> tuple[np.ndarray, dict[int, str]]:
        """(count, d) vectors of the next inputs and {position: sentence}; holds one batch of inputs at a time."""
        vectors = np.zeros((count, self.encoder.dim), np.float32)
        refused: dict[int, str] = {}
        start = 0
        while start < count:
            ready = list(islice(inputs, min(batches.size, count - start)))
            bad = {start + place: one.refusal for place, one in enumerate(ready) if one.refusal}
            if bad:
                tick(len(bad))
            good = [start + place for place, one in enumerate(ready) if not one.refusal]
            made, failed = batches.encode([one.value for one in ready if not one.refusal], self.encoder.dim)
            vectors[good] = made
            refused |= bad | {good[place]: sentence for place, sentence in failed.items()}
            start += len(ready)
        return vectors, refused
