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


def like_hard_texts(seed, classes, noise, disputed, items=20_000, width=384):
    """A collection that is hard the way large text collections are: long tail, shared topics, disputed labels.

    Half of every class lies in its own four topics, the other half in topics that several classes share, where only a
    shift towards its class tells an item apart: a linear model finds that with enough labels, clusters do not. A share
    of the labels is another class's, as where the people who made such a collection disagree. The spectrum falls as
    that of sentence vectors does.

    Parameters
    ----------
    noise
        Spread of an item around its topic, relative to the spread of the topics.
    disputed
        Share of the labels that say nothing.

    Returns
    -------
    vectors, truth
        (items, width) float32 unit rows; (items,) int64.
    """
    rng = np.random.default_rng([seed, classes])
    scale = (1 + np.arange(width)) ** -0.35
    scale /= np.sqrt((scale**2).mean())
    own, shared, reached = 4, 2 * classes, 16
    themes = 0.9 * rng.normal(size=(max(6, classes // 3), width)) * scale
    belongs = rng.integers(len(themes), size=classes)
    offset = rng.normal(size=(classes, width)) * scale
    topics = (themes[belongs] + offset)[:, None] + 0.5 * rng.normal(size=(classes, own, width)) * scale
    common = themes[rng.integers(len(themes), size=shared)] + 0.75 * rng.normal(size=(shared, width)) * scale
    truth = _sizes(rng, np.arange(1, classes + 1) ** -1.1, items, 40)
    weights = rng.dirichlet(np.full(own, 1.5), size=classes).cumsum(axis=1)
    chosen = (rng.random(items)[:, None] > weights[truth]).sum(axis=1).clip(max=own - 1)
    # Every class draws from some of the shared topics, so a shared topic holds a handful of classes in unequal parts.
    access = np.argsort(rng.random((classes, shared)), axis=1)[:, :reached]
    strays = rng.random(items) < 0.5
    elsewhere = common[access[truth, rng.integers(reached, size=items)]] + 0.5 * offset[truth]
    place = np.where(strays[:, None], elsewhere, topics[truth, chosen])
    vectors = _unit(place + noise * rng.normal(size=(items, width)) * scale)
    doubtful = rng.random(items) < disputed
    truth[doubtful] = rng.permutation(truth[doubtful])
    return vectors, truth


def _sizes(rng, share, items, fewest):
    """(items,) classes drawn by `share`, at least `fewest` of each."""
    classes = len(share)
    sure = np.repeat(np.arange(classes), fewest)
    drawn = rng.choice(classes, size=items - len(sure), p=share / share.sum())
    return rng.permutation(np.concatenate([sure, drawn]))


def _unit(rows):
    return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
