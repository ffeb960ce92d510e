"""CLIP models through open_clip: pictures and texts in one space (Radford et al. 2021, arXiv:2103.00020)."""

from __future__ import annotations

import copy
import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from core.encoders.base import has_words, unit_rows
from core.encoders.precision import (
    AGREEMENT,
    PRECISIONS,
    PROBE_TEXTS,
    agreement,
    best_device,
    cap_threads,
    has_bfloat16,
    probe_pictures,
)
from core.encoders.weights import Weights, find_weights, from_folder
from core.errors import BadInput, NotAvailable
from core.fingerprint import fingerprint

if TYPE_CHECKING:
    from PIL.Image import Image

POCKET_FOLDER = Path(__file__).resolve().parents[2] / "assets" / "pocket_clip"
_VERSION = 1  # of this module's own treatment of pictures and texts
_TOKEN_CHARS = 24  # no token of the vocabularies in use is longer


class OpenClipEncoder:
    """A CLIP model of open_clip with its own preprocessing.

    Parameters
    ----------
    weights
        From `core.encoders.weights`.
    name
        What the person asked for.
    precision
        ``auto`` (bfloat16 where the hardware has it and the vectors agree, cosine ≥ 0.999), ``float32``, ``bfloat16``.
    device
        ``auto``, ``cpu``, ``cuda``.

    Raises
    ------
    NotAvailable
        When the weights or a package they need are missing or do not fit.
    """

    pictures = True
    texts = True

    def __init__(self, weights: Weights, name: str, precision: str = "auto", device: str = "auto") -> None:
        if precision not in PRECISIONS:
            raise BadInput(f"There is no precision “{precision}”.", "", f"Use {', '.join(PRECISIONS)}.")
        self.name = name
        self._title = weights.title
        self._device = best_device() if device == "auto" else device
        self._threads = cap_threads()
        self._model, self._preprocess, self._tokenizer = _load(weights)
        self._model.eval().requires_grad_(False)
        self._digest = _weights_digest(self._model)
        self._settings = _plain(getattr(self._model.visual, "preprocess_cfg", {}))
        self.picture_side = int(np.min(self._settings.get("size", 224)))
        self._exact: Any = None
        self._why = "as asked"
        self._use(precision)
        with_text = self.encode_texts(["a"])
        self.dim = int(with_text.shape[1])

    def fingerprint(self) -> str:
        """Hash of the weights, the preprocessing, the tokenizer and the precision."""
        tokens = [type(self._tokenizer).__name__, int(getattr(self._tokenizer, "context_length", 0) or 0)]
        return fingerprint("openclip", _VERSION, self._digest, self._settings, tokens, self.precision)

    def describe(self) -> dict[str, Any]:
        """Model, weights hash, preprocessing, precision and why, device, versions."""
        import open_clip
        import torch

        return {
            "encoder": self.name,
            "model": self._title,
            "weights_hash": self._digest,
            "dim": self.dim,
            "precision": self.precision,
            "precision_why": self._why,
            "device": self._device,
            "threads": self._threads,
            "preprocess": self._settings,
            "context_length": int(getattr(self._tokenizer, "context_length", 0) or 0),
            "versions": {"torch": str(torch.__version__), "open_clip": open_clip.__version__},
        }

    def prepare(self, picture: Image) -> Any:
        """(3, side, side) float32 tensor, by the model's own preprocessing; safe in any thread."""
        return self._preprocess(picture)

    def settle(self, prepared: Sequence[Any]) -> None:
        """Check bfloat16 against float32 on the collection's own pictures; go back to float32 if they disagree."""
        if self._exact is None:
            return
        if len(prepared):
            self._compare(prepared, "the first pictures of the collection")
        self._exact = None

    def encode_pictures(self, pictures: Sequence[Any]) -> np.ndarray:
        """(b, d) float32 unit rows of RGB pictures, or of what `prepare` made of them."""
        import torch

        if not len(pictures):
            return np.zeros((0, self.dim), np.float32)
        self._exact = None  # the precision is settled now
        ready = [one if isinstance(one, torch.Tensor) else self.prepare(one) for one in pictures]
        return unit_rows(self._run_pictures(self._model, ready))

    def encode_texts(self, texts: Sequence[str]) -> np.ndarray:
        """(b, d) float32 unit rows; a text longer than the model's window is cut; a blank one is a zero row."""
        if not len(texts):
            return np.zeros((0, self.dim), np.float32)
        return unit_rows(self._run_texts(self._model, texts) * has_words(texts)[:, None])

    def _use(self, precision: str) -> None:
        import torch

        self._model.to(self._device)
        self.precision = "float32"
        if precision == "float32" or (precision == "auto" and not has_bfloat16(self._device)):
            self._why = "as asked" if precision == "float32" else "this processor has no bfloat16"
            return
        exact, self._model = self._model, copy.deepcopy(self._model).to(torch.bfloat16)
        self.precision = "bfloat16"
        if precision == "auto":
            self._exact = exact
            self._compare([self.prepare(one) for one in probe_pictures(self.picture_side)], "test pictures")

    def _compare(self, prepared: Sequence[Any], what: str) -> None:
        by_picture = agreement(self._run_pictures, self._model, self._exact, prepared)
        cosine = min(by_picture, agreement(self._run_texts, self._model, self._exact, PROBE_TEXTS))
        self._why = f"cosine to float32 at least {cosine:.5f} on {what}"
        if cosine < AGREEMENT:
            self._model, self._exact, self.precision = self._exact, None, "float32"
            self._why = f"bfloat16 agreed only to a cosine of {cosine:.5f} on {what}"

    def _run_pictures(self, model: Any, prepared: Sequence[Any]) -> np.ndarray:
        import torch

        kind = next(model.parameters()).dtype
        with torch.inference_mode():
            return model.encode_image(torch.stack(list(prepared)).to(self._device, kind)).float().cpu().numpy()

    def _run_texts(self, model: Any, texts: Sequence[str]) -> np.ndarray:
        import torch

        window = _TOKEN_CHARS * int(getattr(self._tokenizer, "context_length", 77) or 77)
        tokens = self._tokenizer([" ".join(text[: 4 * window].split())[:window] for text in texts]).to(self._device)
        with torch.inference_mode():
            return model.encode_text(tokens).float().cpu().numpy()


def make_clip(argument: str, **options: Any) -> OpenClipEncoder:
    """`clip` or `clip:…`."""
    return OpenClipEncoder(find_weights(argument), f"clip:{argument}" if argument else "clip", **options)


def make_pocket(argument: str, folder: str | Path = POCKET_FOLDER, **options: Any) -> OpenClipEncoder:
    """The small model that ships with Taxon."""
    if argument:
        raise BadInput("“pocket” takes nothing after its name.", "", "For a model of your own use clip:/the/folder.")
    if not Path(folder).is_dir():
        raise NotAvailable("The pocket model is not in this installation.", "assets/pocket_clip is missing.")
    return OpenClipEncoder(from_folder(Path(folder), "pocket"), "pocket", **options)


def _load(weights: Weights) -> tuple[Any, Any, Any]:
    import open_clip
    from safetensors import SafetensorError

    try:
        tokenizer = open_clip.get_tokenizer(weights.tokenizer)
        model, preprocess = open_clip.create_model_from_pretrained(
            weights.model, str(weights.file) if weights.file else None, weights_only=True, **weights.preprocess
        )
    except ImportError as error:
        package = getattr(error, "name", "") or "transformers"
        step = f"Run: pip install {package} sentencepiece"
        raise NotAvailable(f"“{weights.title}” needs the package “{package}”.", "", step) from error
    except MemoryError as error:
        raise NotAvailable(f"“{weights.title}” does not fit into memory.", "", "Use “pocket”.") from error
    except (OSError, RuntimeError, ValueError, TypeError, KeyError, AssertionError, SafetensorError) as error:
        why = "The weights or their description are damaged, or belong to another model."
        raise NotAvailable(f"“{weights.title}” cannot be loaded.", why, "Fetch them again, or use “pocket”.") from error
    return model, preprocess, tokenizer


def _weights_digest(model: Any) -> str:
    """Hash of the float32 weights: the same for any file format that holds them."""
    digest = hashlib.blake2b(digest_size=16)
    for name, tensor in sorted(model.state_dict().items()):
        digest.update(f"{name}{tuple(tensor.shape)}{tensor.dtype}".encode())
        digest.update(np.ascontiguousarray(tensor.detach().cpu().numpy()).data)
    return digest.hexdigest()


def _plain(settings: Any) -> dict[str, Any]:
    return {key: list(value) if isinstance(value, (tuple, list)) else value for key, value in dict(settings).items()}
