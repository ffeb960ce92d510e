"""Generated collections. All are synthetic: they imitate the shape of real ones, they are none."""

from __future__ import annotations

import numpy as np

GROUPS, ITEMS, WIDTH, SUPER, MODES = 30, 2_000, 64, 13, 3


def gaussians(seed, long_tail, noise=1.3):
    """2,000 items of 30 classes under 13 super-groups, each class of three sub-modes.

    Returns
    -------
    vectors, truth
        (2000, 64) float32 unit rows; (2000,) int64. Every class has at least 5 items.
    """
    rng = np.random.default_rng([seed, int(long_tail)])
    above = rng.normal(size=(SUPER, WIDTH)) * 1.2
    belongs = np.concatenate([np.arange(SUPER), rng.integers(SUPER, size=GROUPS - SUPER)])
    centres = above[belongs] + rng.normal(size=(GROUPS, WIDTH)) * 0.7
    modes = centres[:, None] + rng.normal(size=(GROUPS, MODES, WIDTH)) * 0.45
    truth = _sizes(rng, 1 / np.arange(1, GROUPS + 1) if long_tail else np.ones(GROUPS), ITEMS, 5)
    vectors = modes[truth, rng.integers(MODES, size=ITEMS)] + noise * rng.normal(size=(ITEMS, WIDTH))
    return _unit(vectors), truth


def like_hard_texts(seed, classes, overlap, noise, items=20_000, width=384):
    """A collection that is hard the way large text collections are: long tail, many topics, classes that share them.

    Classes are mixtures of topics; `overlap` of every class's items are of topics that belong to other classes too,
    so no classifier can tell them apart. Topics lie in a space whose spectrum falls as sentence vectors' does, and the
    class moves an item only a little within its topic.

    Parameters
    ----------
    overlap
        Share of the items that come from shared topics.
    noise
        Spread of an item around its topic, relative to the spread of the topics.

    Returns
    -------
    vectors, truth
        (items, width) float32 unit rows; (items,) int64.
    """
    rng = np.random.default_rng([seed, classes])
    scale = (1 + np.arange(width)) ** -0.35
    scale /= np.sqrt((scale**2).mean())
    own, shared = 4, 2 * classes
    themes = rng.normal(size=(max(6, classes // 3), width)) * scale
    belongs = rng.integers(len(themes), size=classes)
    centres = 0.9 * themes[belongs] + 0.6 * rng.normal(size=(classes, width)) * scale
    topics = centres[:, None] + 0.75 * rng.normal(size=(classes, own, width)) * scale
    common = 0.9 * themes[rng.integers(len(themes), size=shared)] + 0.75 * rng.normal(size=(shared, width)) * scale
    truth = _sizes(rng, np.arange(1, classes + 1) ** -1.1, items, 40)
    weights = rng.dirichlet(np.full(own, 1.5), size=classes)
    chosen = (rng.random(items)[:, None] > weights.cumsum(axis=1)[truth]).sum(axis=1).clip(max=own - 1)
    place = topics[truth, chosen]
    # Every class draws from a few of the shared topics, so a shared topic holds a handful of classes in unequal parts.
    access = np.argsort(rng.random((classes, shared)), axis=1)[:, :16]
    strays = rng.random(items) < overlap
    pull = 0.3 * (centres[truth] - 0.9 * themes[belongs[truth]])
    stray_place = common[access[truth, rng.integers(16, size=items)]] + pull
    place = np.where(strays[:, None], stray_place, place)
    return _unit(place + noise * rng.normal(size=(items, width)) * scale), truth


def _sizes(rng, share, items, fewest):
    """(items,) classes drawn by `share`, at least `fewest` of each."""
    classes = len(share)
    sure = np.repeat(np.arange(classes), fewest)
    drawn = rng.choice(classes, size=items - len(sure), p=share / share.sum())
    return rng.permutation(np.concatenate([sure, drawn]))


def _unit(rows):
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
