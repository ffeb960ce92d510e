"""The palette keeps its word: apart for every eye, on both backgrounds."""

from __future__ import annotations

import tomllib
from pathlib import Path

import numpy as np
import pytest

from app.palette import CATEGORIES, STEPS

CONFIG = tomllib.loads((Path(__file__).resolve().parents[2] / ".streamlit" / "config.toml").read_text("utf-8"))
# What a deuteranope and a protanope see of linear RGB: Machado 2009, doi:10.1109/TVCG.2009.113, severity 1.
EYES = {
    "usual": np.eye(3),
    "deuteranope": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]]
    ),
    "protanope": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
}


def linear(colours) -> np.ndarray:
    values = np.array([[int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)] for colour in colours])
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def oklab(rgb: np.ndarray) -> np.ndarray:
    cones = np.array(
        [[0.4122215, 0.5363325, 0.051446], [0.2119035, 0.6806995, 0.1073970], [0.0883025, 0.2817188, 0.6299787]]
    )
    lab = np.array(
        [[0.2104543, 0.7936178, -0.0040720], [1.9779985, -2.4285922, 0.4505937], [0.025904, 0.7827718, -0.8086758]]
    )
    return np.cbrt(np.clip(rgb, 0, 1) @ cones.T) @ lab.T


def contrast(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    weights = np.array([0.2126, 0.7152, 0.0722])
    low, high = np.sort(np.stack(np.broadcast_arrays(one @ weights, other @ weights)), axis=0)
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("eye", EYES)
def test_categories__apart_for_every_eye(theme, eye):
    grey = getattr(CATEGORIES, f"{theme}_grey")
    seen = oklab(np.clip(linear([*getattr(CATEGORIES, theme), grey]) @ EYES[eye].T, 0, 1))
    apart = np.linalg.norm(seen[:, None] - seen[None], axis=-1)[np.triu_indices(len(seen), 1)]
    assert apart.min() >= (0.075 if eye == "usual" else 0.045)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_categories__seen_on_the_background(theme):
    background = linear([CONFIG["theme"][theme]["backgroundColor"]])
    assert contrast(linear(getattr(CATEGORIES, theme)), background).min() >= 2.7


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_theme__text_and_accent_can_be_read(theme):
    tokens = CONFIG["theme"][theme]
    for background in ("backgroundColor", "secondaryBackgroundColor"):
        assert contrast(linear([tokens["textColor"]]), linear([tokens[background]])).min() >= 7
        assert contrast(linear([tokens["primaryColor"]]), linear([tokens[background]])).min() >= 4.5


@pytest.mark.parametrize("eye", EYES)
def test_steps__keep_their_order(eye):
    for colours, sign in ((STEPS.light, -1), (STEPS.dark, 1)):
        lightness = oklab(np.clip(linear(colours) @ EYES[eye].T, 0, 1))[:, 0]
        assert (np.diff(lightness) * sign > 0.05).all()


def test_of__grey_and_wrapping():
    assert CATEGORIES.of(-1, "light") == CATEGORIES.light_grey
    assert CATEGORIES.of(25, "dark") == CATEGORIES.dark[1]
    assert CATEGORIES.to_json()["light"][-1] == CATEGORIES.light_grey
