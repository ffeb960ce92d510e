"""How likely a label is right, said as a probability that holds: calibrated on items that a person verified."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

FEWEST = 30
_FOLDS = 5
_KNOTS = 65
_NEWTON_STEPS = 12
# Signals are normal scores: a slope of one in all is what signals are worth on common collections, and the evidence
# of about this many items is needed to move a single one far from its share.
_SLOPE, _RIDGE = 1.0, 4.0
# Each step of the isotonic curve is drawn towards the logistic one as by this many verified items.
_SHRINK = 20.0


@dataclass(frozen=True, eq=False)
class Calibration:
    """What turns signals into a probability.

    Attributes
    ----------
    ranks
        For each of the s signals ((q,) values, (q,) normal scores), both rising: how the verified items are spread.
    slopes
        (s,) float64, at or above 0: what each signal counts for.
    scores, values
        (b,) float64, both rising: the curve from weighed signals to probability, straight between its points.
    base
        The rate of right labels among the verified items, as expected of a further one.
    verified, wrong
        How many items it rests on, and how many of their labels were wrong.
    """

    ranks: tuple[tuple[np.ndarray, np.ndarray], ...]
    slopes: np.ndarray
    scores: np.ndarray
    values: np.ndarray
    base: float
    verified: int
    wrong: int

    def of(self, signals: np.ndarray) -> np.ndarray:
        """(m,) float32: probability that each label is right, from (m, s) float signals as `fit` was given them."""
        signals = np.asarray(signals)
        return np.interp(_normal(signals, self.ranks) @ self.slopes, self.scores, self.values).astype(np.float32)

    def to_json(self) -> dict[str, Any]:
        """Plain JSON types; `from_json` turns them back."""
        return {
            "ranks": [[values.tolist(), scores.tolist()] for values, scores in self.ranks],
            "slopes": self.slopes.tolist(),
            "scores": self.scores.tolist(),
            "values": self.values.tolist(),
            "base": self.base,
            "verified": self.verified,
            "wrong": self.wrong,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Calibration:
        """What `to_json` came from."""
        ranks = tuple((np.array(values, float), np.array(scores, float)) for values, scores in value["ranks"])
        curves = (np.array(value[name], float) for name in ("slopes", "scores", "values"))
        return cls(ranks, *curves, float(value["base"]), int(value["verified"]), int(value["wrong"]))


def fit(signals: np.ndarray, right: np.ndarray, weights: np.ndarray | None = None, seed: int = 0) -> Calibration | None:
    """Learn from verified items when a label can be believed.

    The signals are weighed by a logistic regression (each can only speak for a label, never against it), in folds, so
    that no item judges itself; an isotonic curve (Zadrozny and Elkan 2002, doi:10.1145/775047.775151) turns the sum
    into a rate. Steps of the curve are drawn towards the rate of all items as far as held-out items ask for it, so
    signals that say nothing leave every label at that rate. No step states more than (n + 1) / (n + 2) for its n
    items (Laplace's rule of succession): 1 is never stated.

    Parameters
    ----------
    signals
        (v, s) float: for each verified item how much speaks for the label it had before a person looked; higher
        means more. Must not have been computed from the item's own answer. NaN = cannot be said.
    right
        (v,) bool: the person agreed with that label.
    weights
        (v,) float above 0: how many items each stands for, where the verified ones are no random sample (accepted
        pages, uncertain picks): one over the chance of being picked. None = all alike.

    Returns
    -------
    Calibration or None
        None below `FEWEST` verified items: then there is no evidence and no confidence.
    """
    signals, right = np.asarray(signals, dtype=np.float64), np.asarray(right, dtype=bool)
    if len(right) < FEWEST:
        return None
    weights = np.ones(len(right)) if weights is None else np.asarray(weights, dtype=np.float64)
    # A weighted sample says as much as an unweighted one of this size (Kish 1965).
    weights = weights * (weights.sum() / np.square(weights).sum())
    base = _rate(weights, right)
    ranks = tuple(_rank(column) for column in signals.T)
    normal = _normal(signals, ranks)
    fold = _folds(right, seed)
    slopes = np.zeros((_FOLDS, signals.shape[1]))
    score = np.zeros(len(right))
    for number in range(_FOLDS):
        train = fold != number
        slopes[number] = _logistic(normal[train], right[train], weights[train])
        score[~train] = normal[~train] @ slopes[number]
    curve = _curve(score, right, weights, base, _trust(score, right, weights, fold))
    return Calibration(ranks, slopes.mean(axis=0), *curve, base, len(right), int((~right).sum()))


def _rate(weights: np.ndarray, right: np.ndarray) -> float:
    total, good = float(weights.sum()), float(weights @ right)
    return min((good + 0.5) / (total + 1), (total + 1) / (total + 2))


def _rank(column: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Values of a signal with their normal scores: what a signal's numbers mean differs, their order does not."""
    from scipy.special import ndtri

    values, counts = np.unique(column[np.isfinite(column)], return_counts=True)
    if not len(values):
        return np.zeros(1), np.zeros(1)
    middle = (np.cumsum(counts) - counts / 2) / counts.sum()
    kept = np.unique(np.linspace(0, len(values) - 1, min(_KNOTS, len(values))).round().astype(np.int64))
    return values[kept], ndtri(middle[kept])


def _normal(signals: np.ndarray, ranks: tuple[tuple[np.ndarray, np.ndarray], ...]) -> np.ndarray:
    """(m, s) float64 normal scores; 0, the middle, where a signal is missing."""
    columns = [np.interp(column, *known) for column, known in zip(signals.T, ranks, strict=True)]
    return np.nan_to_num(np.stack(columns, axis=1), nan=0.0)


def _folds(right: np.ndarray, seed: int) -> np.ndarray:
    """(v,) int: folds with about as many wrong ones in each."""
    order = np.random.default_rng(seed).permutation(len(right))
    order = order[np.argsort(right[order], kind="stable")]
    fold = np.empty(len(right), dtype=np.int64)
    fold[order] = np.arange(len(right)) % _FOLDS
    return fold


def _logistic(normal: np.ndarray, right: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """(s,) slopes, drawn towards equal ones, none below 0 (Newton's method; slopes that fall below leave)."""
    count = normal.shape[1]
    prior = np.full(count, _SLOPE / count)
    active = np.ones(count, dtype=bool)
    slopes = prior
    for _ in range(count):
        slopes = np.where(active, _newton(normal * active, right, weights, prior * active)[:-1], 0.0)
        if (slopes >= 0).all():
            break
        active &= slopes > 0
    # Signals without any say would leave no order at all.
    return slopes if (slopes > 0).any() else prior * 1e-3


def _newton(normal: np.ndarray, right: np.ndarray, weights: np.ndarray, prior: np.ndarray) -> np.ndarray:
    """(s + 1,) slopes and, last, the intercept: the logistic regression with a normal prior around `prior`."""
    design = np.column_stack([normal, np.ones(len(normal))])
    centre = np.append(prior, 0.0)
    ridge = np.append(np.full(len(prior), _RIDGE), 1e-3)
    sign = np.where(right, -1.0, 1.0)

    def loss(beta: np.ndarray) -> float:
        return float(weights @ np.logaddexp(0, sign * (design @ beta)) + ridge @ (beta - centre) ** 2 / 2)

    beta = centre.copy()
    now = loss(beta)
    for _ in range(_NEWTON_STEPS):
        rate = 1 / (1 + np.exp(-np.clip(design @ beta, -30, 30)))
        gradient = design.T @ (weights * (rate - right)) + ridge * (beta - centre)
        hessian = (design.T * (weights * rate * (1 - rate))) @ design + np.diag(ridge)
        step = np.linalg.solve(hessian, gradient)
        # Far from the answer the whole step can lead past it.
        while (after := loss(beta - step)) > now and np.abs(step).max() > 1e-6:
            step = step / 2
        beta, gained, now = beta - step, now - after, after
        if gained < 1e-6:
            break
    return beta


def _curve(
    score: np.ndarray, right: np.ndarray, weights: np.ndarray, base: float, trust: float
) -> tuple[np.ndarray, np.ndarray]:
    """Points of the rising curve from score to probability, one for each score that was seen."""
    from scipy.optimize import isotonic_regression

    order = np.argsort(score, kind="stable")
    first = np.flatnonzero(np.diff(score[order], prepend=-np.inf) > 0)
    place = score[order][first]
    mass = np.add.reduceat(weights[order], first)
    fitted = isotonic_regression(np.add.reduceat((weights * right)[order], first) / mass, weights=mass)
    held = np.repeat(np.add.reduceat(mass, fitted.blocks[:-1]), np.diff(fitted.blocks))
    slope, middle = _newton(score[:, None], right, weights, np.ones(1))
    smooth = 1 / (1 + np.exp(-slope * place - middle))
    value = (fitted.x * held + smooth * _SHRINK) / (held + _SHRINK)
    value = isotonic_regression(np.minimum(value, (held + 1) / (held + 2)), weights=mass).x
    return place, base + trust * (value - base)


def _trust(score: np.ndarray, right: np.ndarray, weights: np.ndarray, fold: np.ndarray) -> float:
    """How far held-out items bear the curve out against the plain rate: 0 not at all, 1 wholly."""
    steps = np.linspace(0, 1, 21)
    loss = np.zeros((len(score), len(steps)))
    for number in range(_FOLDS):
        train, test = fold != number, fold == number
        base = _rate(weights[train], right[train])
        curve = np.interp(score[test], *_curve(score[train], right[train], weights[train], base, 1.0))
        rate = base + steps * (curve[:, None] - base)
        loss[test] = -np.log(np.where(right[test, None], rate, 1 - rate))
    return float(steps[np.argmin(weights @ loss)])
