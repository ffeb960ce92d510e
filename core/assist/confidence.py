"""How likely a label is right, said as a probability that holds: calibrated on items that a person verified."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

FEWEST = 30
_NEWTON_STEPS = 12
# The logistic curve is drawn towards what the model itself states, as by the evidence of about four times so many items
# for the slope. What models state of items they did not see is too low rather than too high, so no shift is careful.
_SLOPE, _RIDGE, _NO_SHIFT = 1.0, 4.0, 3.0
# Each step of the isotonic curve is drawn towards the logistic one as by this many verified items.
_SHRINK = 20.0
_LEAST = 1e-3


@dataclass(frozen=True, eq=False)
class Calibration:
    """What turns the probability that a model states into one that holds.

    Attributes
    ----------
    odds, values
        (b,) float64, both rising: log-odds that the model stated, and the probability that holds there; straight
        between, and beyond the last one as there.
    verified, wrong
        How many items it rests on, and how many of their labels were wrong.
    """

    odds: np.ndarray
    values: np.ndarray
    verified: int
    wrong: int

    def of(self, probability: np.ndarray) -> np.ndarray:
        """(m,) float32: how likely each label is right, from (m,) float in 0 … 1, what the model states."""
        return np.interp(_log_odds(probability), self.odds, self.values).astype(np.float32)


def fit(probability: np.ndarray, right: np.ndarray) -> Calibration | None:
    """Learn from verified items how far a model's own probabilities can be believed.

    A logistic curve over the log-odds (Platt 1999) corrects level and slope, and an isotonic one (Zadrozny and Elkan
    2002, doi:10.1145/775047.775151), drawn towards it, what is left. Which items were verified does not matter: the
    doubtful are asked about first, so their labels are wrong more often than the rest, but where the model states the
    same, verified and other labels are right equally often, and only that is used (covariate shift: Shimodaira 2000,
    doi:10.1016/S0378-3758(00)00115-4). No step states more than (n + 1) / (n + 2) for its n items (Laplace's rule of
    succession): 1 is never stated.

    Parameters
    ----------
    probability
        (v,) float in 0 … 1: for each verified item, what the model stated of the label it had before a person looked.
        Must not have been computed from the item's own answer.
    right
        (v,) bool: the person agreed with that label.

    Returns
    -------
    Calibration or None
        None below `FEWEST` verified items: then there is no evidence and no confidence.
    """
    from scipy.optimize import isotonic_regression

    right = np.asarray(right, dtype=bool)
    if len(right) < FEWEST:
        return None
    odds = _log_odds(probability)
    slope, level = _logistic(odds, right)
    order = np.argsort(odds, kind="stable")
    first = np.flatnonzero(np.diff(odds[order], prepend=-np.inf) > 0)
    places, count = odds[order][first], np.diff(first, append=len(order)).astype(np.float64)
    rising = isotonic_regression(np.add.reduceat(right[order].astype(np.float64), first) / count, weights=count)
    held = np.repeat(np.add.reduceat(count, rising.blocks[:-1]), np.diff(rising.blocks))
    smooth = _rate(max(slope, 0.0) * places + level)
    drawn = (rising.x * held + smooth * _SHRINK) / (held + _SHRINK)
    values = isotonic_regression(np.minimum(drawn, (held + 1) / (held + 2)), weights=count).x
    return Calibration(places, values, len(right), int((~right).sum()))


def _log_odds(probability: np.ndarray) -> np.ndarray:
    sure = np.clip(np.asarray(probability, dtype=np.float64), _LEAST, 1 - _LEAST)
    return np.log(sure / (1 - sure))


def _rate(odds: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-np.clip(odds, -30, 30)))


def _logistic(odds: np.ndarray, right: np.ndarray) -> tuple[float, float]:
    """Slope and level of a logistic regression, drawn towards 1 and 0 (Newton's method)."""
    design = np.column_stack([odds, np.ones(len(odds))])
    centre, ridge = np.array([_SLOPE, 0.0]), np.array([_RIDGE, _NO_SHIFT])
    sign = np.where(right, -1.0, 1.0)

    def loss(beta: np.ndarray) -> float:
        return float(np.logaddexp(0, sign * (design @ beta)).sum() + ridge @ (beta - centre) ** 2 / 2)

    beta = centre.copy()
    now = loss(beta)
    for _ in range(_NEWTON_STEPS):
        rate = _rate(design @ beta)
        gradient = design.T @ (rate - right) + ridge * (beta - centre)
        hessian = (design.T * (rate * (1 - rate))) @ design + np.diag(ridge)
        step = np.linalg.solve(hessian, gradient)
        # Far from the answer the whole step can lead past it.
        while (after := loss(beta - step)) > now and np.abs(step).max() > 1e-6:
            step = step / 2
        beta, gained, now = beta - step, now - after, after
        if gained < 1e-6:
            break
    return float(beta[0]), float(beta[1])
