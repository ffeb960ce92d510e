"""Which device and which number format a model runs in; bfloat16 only where it is both quick and right."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from core.encoders.base import unit_rows

AGREEMENT = 0.999  # least cosine between a bfloat16 and a float32 vector of the same item
PRECISIONS = ("auto", "float32", "bfloat16")
PROBE_TEXTS = ("a", "a red bicycle", "the quick brown fox jumps over the lazy dog", "Zürich, 1848: 新しい 👍")


def usable_cores() -> int:
    """Processor cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def cap_threads() -> int:
    """Keep torch from starting more threads than there are cores; the number it uses."""
    import torch

    if torch.get_num_threads() > usable_cores():
        torch.set_num_threads(usable_cores())
    return torch.get_num_threads()


def best_device() -> str:
    """“cuda” where there is one, else “cpu”."""
    import torch

    return "cuda" if torch.cuda.is_available() else "cpu"


def has_bfloat16(device: str) -> bool:
    """Whether the device multiplies bfloat16 matrices in hardware (AMX or AVX512-BF16 on a CPU)."""
    import torch

    if device != "cpu":
        return bool(torch.cuda.is_bf16_supported())
    checks = ("_is_amx_tile_supported", "_is_avx512_bf16_supported")
    return any(bool(getattr(torch.cpu, check, lambda: False)()) for check in checks)


def agreement(run: Callable[[Any, Sequence[Any]], np.ndarray], quick: Any, exact: Any, sample: Sequence[Any]) -> float:
    """Least cosine between what two copies of a model make of the same items; 0 when one of them fails."""
    try:
        ours, theirs = unit_rows(run(quick, sample)), unit_rows(run(exact, sample))
    except RuntimeError:  # an operation the device has no bfloat16 kernel for
        return 0.0
    return float((ours * theirs).sum(axis=1).min()) if len(ours) else 1.0


def probe_pictures(side: int, count: int = 4) -> list[Any]:
    """Fixed pictures, (side, side) RGB, from smooth blots to noise: the sample when there is no other."""
    from PIL import Image

    random = np.random.default_rng(0)
    pictures = []
    for grain in np.geomspace(4, max(side, 4), count).astype(int):
        pixels = random.integers(0, 256, (grain, grain, 3), dtype=np.uint8)
        pictures.append(Image.fromarray(pixels).resize((side, side), Image.Resampling.BICUBIC))
    return pictures
