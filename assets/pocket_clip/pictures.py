"""Drawings of emoji as tensors, and the ways in which they are disturbed for training.

Pictures are kept as premultiplied RGBA, so that they can be turned and scaled before they are laid on
a background without a dark or light seam.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import ImageFont
from torch import Tensor

from assets.demo.make import STRIKE, render


def draw_all(texts: Sequence[str], font: Path, size: int) -> Tensor:
    """The glyphs as premultiplied RGBA, uint8 ``[N, 4, size, size]``."""
    face = ImageFont.truetype(str(font), STRIKE)
    pixels = np.stack([np.asarray(render(text, face, size)) for text in texts])
    pictures = torch.from_numpy(pixels).permute(0, 3, 1, 2).float() / 255
    pictures[:, :3] *= pictures[:, 3:]
    return to_bytes(pictures)


def resized(pictures: Tensor, size: int) -> Tensor:
    """The same pictures, uint8 ``[N, C, size, size]``."""
    if pictures.shape[-1] == size:
        return pictures
    parts = (part.float() / 255 for part in pictures.split(512))
    return torch.cat([to_bytes(F.interpolate(part, (size, size), mode="bicubic", antialias=True)) for part in parts])


def to_bytes(pictures: Tensor) -> Tensor:
    """From 0..1 to uint8."""
    return (pictures.clamp(0, 1) * 255).round().to(torch.uint8)


def on_white(pictures: Tensor) -> Tensor:
    """Premultiplied RGBA uint8 ``[N, 4, S, S]`` on white, as the model takes it: ``[N, 3, S, S]``, -1..1."""
    pictures = pictures.float() / 255
    return standardised(pictures[:, :3] + 1 - pictures[:, 3:])


def standardised(pictures: Tensor) -> Tensor:
    """From 0..1 to the range of the shipped preprocessing (mean and deviation one half)."""
    return pictures * 2 - 1


def disturbed(pictures: Tensor, may_be_mirrored: Tensor) -> Tensor:
    """Training views, ``[N, 3, S, S]`` in -1..1, of premultiplied RGBA uint8 ``[N, 4, S, S]``.

    Moved, partly covered, laid on a background, blurred, recoloured within limits that keep a red heart
    from becoming an orange one.
    """
    moved = covered(moved_about(pictures.float() / 255, may_be_mirrored))
    laid = moved[:, :3] + backgrounds(len(moved), moved.shape[-1]) * (1 - moved[:, 3:])
    lit = recoloured(sometimes_blurred(laid))
    return standardised((lit + 0.02 * torch.randn_like(lit)).clamp(0, 1))


def uniform(count: int, low: float, high: float) -> Tensor:
    """``[count]`` numbers."""
    return torch.empty(count).uniform_(low, high)


def moved_about(pictures: Tensor, may_be_mirrored: Tensor) -> Tensor:
    """A random similarity with a little shear for each picture, and a mirror for half of those that bear it."""
    count = len(pictures)
    angle = uniform(count, -1, 1) * math.radians(20)
    scale = torch.exp(uniform(count, math.log(0.85), math.log(1.3)))
    stretch = torch.exp(uniform(count, -0.12, 0.12))
    mirror = torch.where(may_be_mirrored & (torch.rand(count) < 0.5), -1.0, 1.0)
    shear = uniform(count, -0.12, 0.12)
    cosine, sine = scale * angle.cos(), scale * angle.sin()
    row_x = torch.stack([mirror * cosine * stretch, mirror * (shear - sine), uniform(count, -0.15, 0.15)], 1)
    row_y = torch.stack([sine, cosine / stretch, uniform(count, -0.15, 0.15)], 1)
    grid = F.affine_grid(torch.stack([row_x, row_y], 1), list(pictures.shape), align_corners=False)
    return F.grid_sample(pictures, grid, mode="bilinear", padding_mode="zeros", align_corners=False)


def covered(pictures: Tensor, share: float = 0.25) -> Tensor:
    """A hole, up to a third of the side, in a ``share`` of the pictures."""
    count, size = len(pictures), pictures.shape[-1]
    axis = (torch.arange(size) + 0.5) / size
    half = uniform(count, 0.06, 0.17) * (torch.rand(count) < share)
    centre = torch.rand(2, count)
    inside = [(axis[None] - centre[i, :, None]).abs() < half[:, None] for i in range(2)]
    hole = inside[0][:, :, None] & inside[1][:, None, :]
    return pictures * ~hole[:, None]


def backgrounds(count: int, size: int) -> Tensor:
    """White for half, one colour for a quarter, a slope between two colours for the rest: ``[N, 3, S, S]``."""
    kind = torch.rand(count)
    start = torch.where((kind < 0.5)[:, None], 1.0, torch.rand(count, 3))
    end = torch.where((kind < 0.75)[:, None], start, torch.rand(count, 3))
    angle = uniform(count, 0, 2 * math.pi)[:, None, None]
    axis = torch.linspace(-0.5, 0.5, size)
    slope = (0.5 + axis[None, None] * angle.cos() + axis[None, :, None] * angle.sin()).clamp(0, 1)[:, None]
    return start[:, :, None, None] + (end - start)[:, :, None, None] * slope


def sometimes_blurred(pictures: Tensor, share: float = 0.15) -> Tensor:
    """A ``share`` of the pictures at half the resolution."""
    chosen = torch.rand(len(pictures)) < share
    if not chosen.any():
        return pictures
    small = F.avg_pool2d(pictures[chosen], 2)
    pictures = pictures.clone()
    pictures[chosen] = F.interpolate(small, pictures.shape[-2:], mode="bilinear")
    return pictures


def recoloured(pictures: Tensor) -> Tensor:
    """Brightness, contrast and saturation, each up to a third up or down; the hue is left alone."""
    count = len(pictures)
    brightness, contrast, saturation = (uniform(count, 0.7, 1.3)[:, None, None, None] for _ in range(3))
    grey = pictures.mean(1, keepdim=True)
    pictures = grey + (pictures - grey) * saturation
    middle = pictures.mean((1, 2, 3), keepdim=True)
    return (middle + (pictures - middle) * contrast) * brightness
