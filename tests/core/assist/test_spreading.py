from __future__ import annotations

import numpy as np
import pytest

from core.assist.beliefs import Beliefs, Evidence
from core.assist.spreading import calibration, stood_for


def test_stood_for__a_sample_like_the_others_counts_evenly():
    random = np.random.default_rng(0)
    assert stood_for(random.random(3000), random.random(5000)) == pytest.approx(1, abs=0.15)


def test_stood_for__doubtful_questions_count_for_less_where_most_is_sure():
    random = np.random.default_rng(1)
    verified, others = random.random(200) ** 2, random.random(5000)
    weights = stood_for(verified, others)
    assert abs(np.average(verified, weights=weights) - others.mean()) < abs(verified.mean() - others.mean()) / 2
    assert weights[verified > 0.6].min() > 1 > weights[verified < 0.1].max()


def test_stood_for__nobody_counts_for_everything():
    weights = stood_for(np.append(np.zeros(99), 1.0), np.ones(10_000))
    assert weights.min() >= 0.2 and weights.max() <= 5


def test_calibration__states_what_holds_of_the_rest_although_the_doubtful_were_asked():
    random = np.random.default_rng(2)
    m, v = 20_000, 400
    sure = random.random(m).astype(np.float32) / 2 + 0.5  # an item's label is right as often as it says
    truth = (random.random(m) > sure).astype(np.int64)
    probability = np.stack([sure, 1 - sure], axis=1)
    asked = random.choice(m, v, replace=False, p=(1.02 - sure) / (1.02 - sure).sum())
    reached = np.ones(m, dtype=np.float32)
    beliefs = Beliefs(probability, reached, probability[asked], reached[asked], 0.5)
    found = calibration(beliefs, Evidence(asked, truth[asked], 2))
    of_asked, of_all = (truth[asked] == 0).mean(), (truth == 0).mean()
    assert abs(found.base - of_all) < abs(of_asked - of_all) / 2
    assert found.of(beliefs.signals()).mean() == pytest.approx(of_all, abs=0.04)


def test_calibration__is_absent_while_few_were_verified_by_themselves():
    probability = np.full((100, 2), 0.5, dtype=np.float32)
    reached = np.ones(100, dtype=np.float32)
    asked = np.arange(40)
    beliefs = Beliefs(probability, reached, probability[asked], reached[asked], 0.5)
    together = Evidence(asked, np.zeros(40, np.int64), 2, grouped=np.arange(40) >= 29)
    assert calibration(beliefs, together) is None
    assert calibration(beliefs, Evidence(asked, np.zeros(40, np.int64), 2, grouped=np.arange(40) >= 30)) is not None
