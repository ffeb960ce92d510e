import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.assist.confidence import FEWEST, Calibration, fit
from core.assist.undecided import threshold_for


def world(seed, n=3000, level=2.0, strength=1.5):
    """Five signals that partly repeat one another, the fourth pure noise, and labels right with a known probability."""
    random = np.random.default_rng(seed)
    truth = random.normal(size=n)
    signals = truth[:, None] + random.normal(size=(n, 5)) * [0.5, 0.7, 1.0, 0.0, 2.0]
    signals[:, 3] = random.normal(size=n)
    # What numbers a signal comes in must not matter.
    signals[:, 0] = 1 / (1 + np.exp(-3 * signals[:, 0]))
    probability = 1 / (1 + np.exp(-level - strength * truth))
    return signals.astype(np.float32), random.random(n) < probability, random


def expected_error(stated, right):
    bins = np.minimum((stated * 10).astype(int), 9)
    return sum(
        (bins == each).mean() * abs(stated[bins == each].mean() - right[bins == each].mean())
        for each in np.unique(bins)
    )


def test_fit__below_thirty_there_is_no_confidence():
    signals, right, _ = world(0, FEWEST)
    assert fit(signals[:-1], right[:-1]) is None
    assert fit(signals, right) is not None


@pytest.mark.parametrize("level", [0.5, 2.0, 4.0])
def test_fit__what_is_stated_holds(level):
    errors, gaps = [], []
    for seed in range(24):
        signals, right, random = world(seed, level=level)
        verified = random.choice(len(right), 300, replace=False)
        rest = np.setdiff1d(np.arange(len(right)), verified)
        stated = fit(signals[verified], right[verified], seed=seed).of(signals[rest])
        errors.append(expected_error(stated, right[rest]))
        gaps += [
            stated[stated >= least].mean() - right[rest][stated >= least].mean()
            for least in (0.5, 0.8, 0.9)
            if (stated >= least).sum() > 100
        ]
    assert np.mean(errors) < 0.05 and abs(np.mean(gaps)) < 0.02


def test_fit__digits_with_a_model_of_few_labels():
    from sklearn.datasets import load_digits
    from sklearn.linear_model import LogisticRegression

    pictures, truth = load_digits(return_X_y=True)
    pictures = pictures / 16
    errors, precise = [], []
    for seed in range(4):
        random = np.random.default_rng(seed)
        known = random.choice(len(truth), 100, replace=False)
        noisy = np.where(random.random(100) < 0.1, random.integers(0, 10, 100), truth[known])
        chances = LogisticRegression(max_iter=300).fit(pictures[known], noisy).predict_proba(pictures)
        top = np.sort(chances, axis=1)
        signals, right = np.stack([top[:, -1], top[:, -1] - top[:, -2]], axis=1), chances.argmax(axis=1) == truth
        rest = np.setdiff1d(np.arange(len(truth)), known)
        verified, others = np.split(random.permutation(rest), [200])
        stated = fit(signals[verified], right[verified], seed=seed).of(signals[others])
        errors.append(expected_error(stated, right[others]))
        threshold = threshold_for(stated, 0.9)
        precise.append(right[others][stated >= threshold].mean())
    assert np.mean(errors) < 0.05 and np.mean(precise) > 0.88


def test_fit__answers_given_at_random_leave_the_plain_rate():
    for seed in range(8):
        signals, right, random = world(seed)
        stated = fit(signals[:200], random.permutation(right[:200]), seed=seed).of(signals[200:])
        assert np.abs(stated - right[:200].mean()).mean() < 0.03


@given(st.integers(FEWEST, 400))
@settings(max_examples=20, deadline=None)
def test_fit__one_is_never_stated(n):
    signals, _, _ = world(n, n)
    assert fit(signals, np.ones(n, dtype=bool)).of(signals * 10).max() <= (n + 1) / (n + 2) + 1e-6


def test_fit__a_few_surest_without_error_promise_no_more_than_they_are():
    signals, right, _ = world(1, 60, level=0.0, strength=4.0)
    stated = fit(signals, right).of(signals)
    assert stated.max() <= (right.sum() + 1) / (right.sum() + 2)


def test_fit__more_of_any_signal_never_means_less():
    signals, right, random = world(2)
    calibration = fit(signals[:300], right[:300])
    some = signals[300:600].copy()
    before = calibration.of(some)
    for column in range(signals.shape[1]):
        more = some.copy()
        more[:, column] += random.random(len(more)).astype(np.float32)
        assert (calibration.of(more) >= before - 1e-6).all()


def test_fit__weights_make_up_for_a_biased_choice():
    plain, weighed = [], []
    for seed in range(8):
        signals, right, random = world(seed, 6000, level=2.0, strength=0.4)
        # Wrong labels are looked at four times as often, as when the suspicious ones are checked first.
        chance = np.where(right, 0.05, 0.2)
        verified = np.flatnonzero(random.random(len(right)) < chance)
        weights = 1 / chance[verified]
        for found, given_weights in ((plain, None), (weighed, weights)):
            stated = fit(signals[verified], right[verified], given_weights, seed).of(signals)
            found.append(stated.mean() - right.mean())
    assert abs(np.mean(weighed)) < 0.02 < 0.1 < abs(np.mean(plain))


def test_fit__missing_signals_and_useless_ones_do_no_harm():
    signals, right, random = world(3)
    signals[random.random(signals.shape) < 0.3] = np.nan
    signals = np.column_stack([signals, np.full(len(signals), np.nan), np.ones(len(signals))])
    stated = fit(signals[:300], right[:300]).of(signals[300:])
    assert np.isfinite(stated).all() and expected_error(stated, right[300:]) < 0.06
    assert stated[right[300:]].mean() > stated[~right[300:]].mean() + 0.1


def test_calibration__survives_json():
    signals, right, _ = world(4)
    calibration = fit(signals[:100], right[:100])
    again = Calibration.from_json(json.loads(json.dumps(calibration.to_json())))
    assert np.array_equal(again.of(signals), calibration.of(signals))
    assert (again.verified, again.wrong, again.base) == (100, int((~right[:100]).sum()), calibration.base)


def test_fit__is_repeatable():
    signals, right, _ = world(5)
    one, other = (fit(signals[:90], right[:90], seed=7).of(signals) for _ in range(2))
    assert np.array_equal(one, other) and one.dtype == np.float32
