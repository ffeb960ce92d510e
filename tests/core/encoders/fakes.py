"""Small stand-ins: a store of pictures, items made by hand, an encoder that sees mean colours, a tiny CLIP."""

from __future__ import annotations

import hashlib
import io
import json
import time
from pathlib import Path

import numpy as np
import pyarrow as pa

from core.errors import BadInput, NotFound
from core.fingerprint import digest_bytes, fingerprint
from core.items.table import Items, Kind

TRAINING = {"patch_dropout": 0.5}  # random while training, so that a model left in that mode is found out
TINY_CONFIG = {
    "model_cfg": {
        "embed_dim": 32,
        "vision_cfg": {"image_size": 32, "layers": 2, "width": 64, "patch_size": 8, "head_width": 32, **TRAINING},
        "text_cfg": {"context_length": 16, "vocab_size": 49408, "width": 32, "heads": 2, "layers": 1},
    },
    "preprocess_cfg": {
        "size": 32,
        "mode": "RGB",
        "mean": [0.5, 0.5, 0.5],
        "std": [0.5, 0.5, 0.5],
        "interpolation": "bicubic",
        "resize_mode": "longest",
        "fill_color": 255,
    },
}


def tiny_clip(folder: Path, seed: int = 0) -> Path:
    """A folder with the layout of assets/pocket_clip and random weights."""
    import open_clip
    import torch
    from safetensors.torch import save_file

    folder.mkdir(parents=True, exist_ok=True)
    (folder / "open_clip_config.json").write_text(json.dumps(TINY_CONFIG))
    torch.manual_seed(seed)
    model = open_clip.create_model(f"local-dir:{folder}", load_weights=False)
    weights = {name: tensor.half().contiguous() for name, tensor in model.state_dict().items()}
    save_file(weights, folder / "open_clip_model.safetensors")
    return folder


def colour(red: int, green: int, blue: int, size: tuple[int, int] = (12, 12)) -> bytes:
    """A PNG of one colour."""
    from PIL import Image

    buffer = io.BytesIO()
    Image.new("RGB", size, (red, green, blue)).save(buffer, "PNG")
    return buffer.getvalue()


def many_colours(count: int) -> list[bytes]:
    """`count` PNGs, no two alike."""
    return [colour(10 + index % 200, 255 - index // 200, 50 + (7 * index) % 200) for index in range(count)]


def make_items(contents: list[bytes | str | tuple[bytes, str]]) -> tuple[Items, Store]:
    """Items in this order: bytes are pictures, str are texts, pairs are both."""
    kinds, texts, digests, pictures = [], [], [], {}
    for row, content in enumerate(contents):
        if isinstance(content, tuple):
            kind, (picture, text) = Kind.BOTH, content
        elif isinstance(content, bytes):
            kind, picture, text = Kind.PICTURE, content, ""
        else:
            kind, picture, text = Kind.TEXT, b"", content
        kinds.append(kind)
        texts.append(text)
        digests.append(digest_bytes(picture + text.encode()))
        if kind != Kind.TEXT:
            pictures[row] = picture
    table = pa.table(
        {
            "item_id": [f"item-{row}" for row in range(len(contents))],
            "kind": pa.array([int(kind) for kind in kinds], pa.uint8()),
            "source": pa.array([1] * len(contents), pa.int32()),
            "file_name": [f"{row}.png" if row in pictures else "" for row in range(len(contents))],
            "text": pa.array(texts, pa.large_string()),
            "digest": digests,
        }
    )
    return Items(table), Store(pictures)


class Store:
    """Hands out pictures; one that is None is missing."""

    def __init__(self, pictures: dict[int, bytes | None], given: tuple[np.ndarray, np.ndarray] | None = None) -> None:
        self.pictures, self.given, self.read = pictures, given, []

    def picture(self, row: int) -> bytes:
        self.read.append(row)
        if self.pictures.get(row) is None:
            raise NotFound(f"The picture {row}.png is not where it was.")
        return self.pictures[row]

    def given_vectors(self) -> tuple[np.ndarray, np.ndarray] | None:
        return self.given


class FakeEncoder:
    """Mean colours of pictures, hashes of texts; counts what it encodes, and fails on demand."""

    dim = 8

    def __init__(
        self,
        pictures: bool = True,
        texts: bool = True,
        memory: int = 10**9,
        poison: str = "",
        log: Path | None = None,
        pause: float = 0.0,
        seed: int = 0,
    ) -> None:
        self.name, self.pictures, self.texts = "fake", pictures, texts
        self._memory, self._poison, self._log, self._pause, self._seed = memory, poison, log, pause, seed
        self.batches: list[int] = []

    def fingerprint(self) -> str:
        return fingerprint("fake", self._seed)

    def describe(self) -> dict:
        return {"encoder": self.name, "dim": self.dim}

    def encode_pictures(self, pictures) -> np.ndarray:
        if not self.pictures:
            raise BadInput("“fake” reads texts only.")
        self._work(len(pictures))
        means = [np.asarray(picture, np.float64).mean(axis=(0, 1)) for picture in pictures]
        return np.array([[*mean, 40, 0, 0, 0, 0] for mean in means], np.float32).reshape(len(pictures), self.dim)

    def encode_texts(self, texts) -> np.ndarray:
        self._work(len(texts))
        if self._poison and any(self._poison in text for text in texts):
            raise ValueError("poison")
        if self._log:
            with self._log.open("a") as file:
                file.write("".join(f"{text}\n" for text in texts))
        return np.array([self.vector_of(text) for text in texts], np.float32).reshape(len(texts), self.dim)

    @staticmethod
    def vector_of(text: str) -> np.ndarray:
        return np.frombuffer(hashlib.blake2b(text.encode(), digest_size=8).digest(), np.uint8) - 127.5

    def _work(self, count: int) -> None:
        self.batches.append(count)
        time.sleep(self._pause)
        if count > self._memory:
            raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 9 bytes")
