"""The stage that turns items into vectors: in shards, resumable, every item encoded once or recorded as a gap."""

from __future__ import annotations

import time
from collections.abc import Mapping
from contextlib import closing
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from core.encoders.base import PICTURE_MODALITY, STAGE, TEXT_MODALITY, Encoder, NeedsCorpus, PreparesPictures
from core.encoders.collection import BATCH, Pass, modalities, unseen
from core.encoders.given import store_given
from core.encoders.reading import read_ahead
from core.encoders.table import get_encoder
from core.errors import BadInput, NotAvailable
from core.fingerprint import fingerprint
from core.progress import Progress, silent
from core.storage import Artifact, ArtifactStore

if TYPE_CHECKING:
    from core.items.store import ItemStore
    from core.items.table import Items

_VERSION = 1
_SAMPLE = 8  # pictures on which the precision is settled


def encode_items(
    items: Items,
    store: ItemStore,
    encoder_name: str,
    artifacts: ArtifactStore,
    progress: Progress = silent,
    shard: int = 512,
    options: Mapping[str, Any] | None = None,
    batch: int = BATCH,
) -> Artifact:
    """Encode all items, or find that it was done.

    Parameters
    ----------
    encoder_name, options
        For `core.encoders.table.get_encoder`.
    shard
        Items stored at a time; a kill loses at most the shard in work.
    batch
        Items the model sees at a time; halved when memory runs out.

    Returns
    -------
    Artifact
        Arrays `vectors` (m, d) float32 unit rows, `rows` (m,) int64 ascending, `modality` (m,) uint8 (0 from the
        picture, 1 from the text), `digests` (m, 16) uint8. Meta: `encoder`, `options`, `describe`, `gaps`
        [[row, sentence] …], `unseen` (sentences about items that the encoder cannot read), `seconds`,
        `items_per_second`, `encoded`, `reused`.

    Raises
    ------
    BadInput
        When there are no items, or not one could be encoded.
    NotAvailable
        When the encoder is not on this machine.
    Cancelled
        From `progress`; finished shards are kept.
    """
    if not len(items.rows):
        raise BadInput("There is nothing to encode.", "The project has no items.", "Import a folder or a table first.")
    options = dict(options or {})
    if encoder_name.partition(":")[0].strip().lower() == "vectors":
        return store_given(items, store, artifacts)
    encoder = get_encoder(encoder_name, **options)
    if isinstance(encoder, PreparesPictures):
        encoder.settle(_sample(items, store, encoder))
    named = {"encoder": encoder_name, "options": options}
    return encode_with(encoder, items, store, artifacts, progress, shard, named, batch)


def encode_with(
    encoder: Encoder,
    items: Items,
    store: ItemStore,
    artifacts: ArtifactStore,
    progress: Progress = silent,
    shard: int = 512,
    named: Mapping[str, Any] | None = None,
    batch: int = BATCH,
) -> Artifact:
    """Like `encode_items`, for an encoder at hand; `named` (its name and options) goes into the meta."""
    key = encode_key(items, encoder)
    if artifacts.has(STAGE, key):
        return artifacts.load(STAGE, key)
    began = time.monotonic()
    modality = modalities(items, encoder)
    if isinstance(encoder, NeedsCorpus):
        progress(0, 0, "learning words")
        encoder.fit([items.text[row] for row in np.flatnonzero(modality == TEXT_MODALITY)])
    run = Pass(encoder, items, store, modality)
    run.recall(artifacts, key)
    reused = len(run.first) - len(run.todo())
    encoded = run.encode(artifacts, key, progress, max(1, shard), batch)
    seconds = time.monotonic() - began
    arrays, gaps = run.result()
    learnt, state = encoder.state() if isinstance(encoder, NeedsCorpus) else ({}, {})
    meta = {
        **(named or {"encoder": encoder.name, "options": {}}),
        "describe": encoder.describe(),
        "encoder_fingerprint": encoder.fingerprint(),
        "state": state,
        "gaps": gaps,
        "unseen": unseen(items, modality, encoder),
        "encoded": encoded,
        "reused": reused,
        "seconds": round(seconds, 3),
        "items_per_second": round(encoded / seconds, 2) if seconds > 0 else 0.0,
    }
    return artifacts.put(STAGE, key, arrays | {f"encoder_{name}": array for name, array in learnt.items()}, meta)


def encode_key(items: Items, encoder: Encoder) -> str:
    """Fingerprint of the items' contents and kinds and of the encoder."""
    made_by = encoder.recipe() if isinstance(encoder, NeedsCorpus) else encoder.fingerprint()
    return fingerprint(STAGE, _VERSION, made_by, items.digest_of_all(), np.asarray(items.kind))


def load_encoder(artifact: Artifact) -> Encoder:
    """The encoder that made an artifact, ready for typed queries.

    Raises
    ------
    NotAvailable
        When its weights are gone or have changed since.
    """
    meta = artifact.meta
    if meta["encoder"] == "vectors":
        return get_encoder("vectors", dim=int(meta["describe"]["dim"]))
    if meta.get("state"):
        from core.encoders.lsa import LsaEncoder

        names = [name.removeprefix("encoder_") for name in artifact.names() if name.startswith("encoder_")]
        return LsaEncoder.from_state({name: artifact.array(f"encoder_{name}") for name in names}, meta["state"])
    options = dict(meta["options"])
    if "precision" in meta["describe"] and not str(meta["encoder"]).startswith("sentence"):
        options["precision"] = meta["describe"]["precision"]
    encoder = get_encoder(meta["encoder"], **options)
    if encoder.fingerprint() != meta["encoder_fingerprint"]:
        why = "Its weights have changed since the items were encoded."
        raise NotAvailable(f"“{meta['encoder']}” is not the encoder it was.", why, "Encode the items again.")
    return encoder


def _sample(items: Items, store: ItemStore, encoder: Encoder) -> list[Any]:
    """The first pictures that can be read, prepared; the same for a collection that only grew."""
    pictures = np.flatnonzero(modalities(items, encoder) == PICTURE_MODALITY)[: 8 * _SAMPLE].tolist()
    with closing(read_ahead(pictures, store, encoder, _SAMPLE)) as found:
        return [one.value for one in islice((one for one in found if not one.refusal), _SAMPLE)]
