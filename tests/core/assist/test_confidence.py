from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.assist.confidence import FEWEST, fit
from core.assist.undecided import threshold_for


def rate(odds):
    return 1 / (1 + np.exp(-odds))


def world(seed, n=3000, level=1.5, slope=1.5):
    """What a model states, and whether its labels are right: as often as a line over its log-odds says."""
    random = np.random.default_rng(seed)
    odds = random.normal(0, 1.5, n)
    return rate(odds).astype(np.float32), random.random(n) < rate(slope * odds + level), random


def expected_error(stated, right):
    bins = np.minimum((stated * 10).astype(int), 9)
    return sum(
        (bins == each).mean() * abs(stated[bins == each].mean() - right[bins == each].mean())
        for each in np.unique(bins)
    )


def test_fit__below_thirty_there_is_no_confidence():
    sure, right, _ = world(0, FEWEST)
    assert fit(sure[:-1], right[:-1]) is None
    assert fit(sure, right) is not None


@pytest.mark.parametrize(("level", "slope"), [(0.0, 1.0), (1.5, 1.5), (1.0, 0.5), (-1.0, 1.0)])
def test_fit__what_is_stated_holds(level, slope):
    errors, gaps = [], []
    for seed in range(24):
        sure, right, random = world(seed, level=level, slope=slope)
        verified = random.choice(len(right), 200, replace=False)
        rest = np.setdiff1d(np.arange(len(right)), verified)
        stated = fit(sure[verified], right[verified]).of(sure[rest])
        errors.append(expected_error(stated, right[rest]))
        gaps += [
            stated[stated >= least].mean() - right[rest][stated >= least].mean()
            for least in (0.5, 0.8, 0.9)
            if (stated >= least).sum() > 100
        ]
    assert np.mean(errors) < 0.05 and abs(np.mean(gaps)) < 0.035


def test_fit__what_is_stated_holds_of_the_rest_although_the_doubtful_were_asked():
    errors, plain = [], []
    for seed in range(24):
        sure, right, random = world(seed, 6000)
        asked = random.choice(len(right), 200, replace=False, p=(1.02 - sure) ** 2 / ((1.02 - sure) ** 2).sum())
        rest = np.setdiff1d(np.arange(len(right)), asked)
        stated = fit(sure[asked], right[asked]).of(sure[rest])
        errors.append(stated.mean() - right[rest].mean())
        plain.append(right[asked].mean() - right[rest].mean())
    assert abs(np.mean(errors)) < 0.03 < 0.15 < abs(np.mean(plain))


def test_fit__a_ceiling_below_one_is_found():
    """Where labels are disputed even the surest are wrong as often as not; a line over the log-odds cannot say that."""
    errors = []
    for seed in range(12):
        sure, _, random = world(seed)
        right = random.random(len(sure)) < np.minimum(sure + 0.3, 0.75)
        verified = random.choice(len(right), 300, replace=False)
        stated = fit(sure[verified], right[verified]).of(sure)
        errors.append(stated[sure > 0.9].mean() - 0.75)
    assert abs(np.mean(errors)) < 0.08


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
        sure, right = chances.max(axis=1), chances.argmax(axis=1) == truth
        rest = np.setdiff1d(np.arange(len(truth)), known)
        verified, others = np.split(random.permutation(rest), [200])
        stated = fit(sure[verified], right[verified]).of(sure[others])
        errors.append(expected_error(stated, right[others]))
        threshold = threshold_for(stated, 0.9)
        precise.append(right[others][stated >= threshold].mean())
    assert np.mean(errors) < 0.05 and np.mean(precise) > 0.88


def test_fit__answers_given_at_random_leave_the_plain_rate():
    for seed in range(8):
        sure, right, random = world(seed)
        stated = fit(sure[:200], random.permutation(right[:200])).of(sure[200:])
        assert np.abs(stated - right[:200].mean()).mean() < 0.06


@given(st.integers(FEWEST, 400))
@settings(max_examples=20, deadline=None)
def test_fit__one_is_never_stated(n):
    sure, _, _ = world(n, n)
    assert fit(sure, np.ones(n, dtype=bool)).of(np.linspace(0, 1, 50)).max() <= (n + 1) / (n + 2) + 1e-6


def test_fit__a_few_surest_without_error_promise_no_more_than_they_are():
    sure, right, _ = world(1, 60, level=0.0, slope=4.0)
    stated = fit(sure, right).of(sure)
    assert stated.max() <= (right.sum() + 1) / (right.sum() + 2)


@given(st.integers(FEWEST, 120), st.integers(0, 10_000), st.integers(2, 40))
@settings(max_examples=40, deadline=None)
def test_fit__surer_never_means_less(n, seed, steps):
    random = np.random.default_rng(seed)
    calibration = fit(np.round(random.random(n) * steps) / steps, random.random(n) < random.random())
    stated = calibration.of(np.linspace(0, 1, 200))
    assert (np.diff(stated) >= -1e-6).all() and (stated > 0).all() and (stated < 1).all()


def test_fit__counts_what_it_rests_on_and_is_repeatable():
    sure, right, _ = world(5)
    one, other = (fit(sure[:90], right[:90]) for _ in range(2))
    assert (one.verified, one.wrong) == (90, int((~right[:90]).sum()))
    assert np.array_equal(one.of(sure), other.of(sure)) and one.of(sure).dtype == np.float32
