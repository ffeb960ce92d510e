from __future__ import annotations

import numpy as np
import pytest

from core.assist.beliefs import Beliefs, Evidence
from core.assist.spreading import calibration


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
    assert of_all - of_asked > 0.05
    assert found.of(sure).mean() == pytest.approx(of_all, abs=0.04)


def test_calibration__is_absent_while_few_were_verified_by_themselves():
    probability = np.full((100, 2), 0.5, dtype=np.float32)
    reached = np.ones(100, dtype=np.float32)
    asked = np.arange(40)
    beliefs = Beliefs(probability, reached, probability[asked], reached[asked], 0.5)
    together = Evidence(asked, np.zeros(40, np.int64), 2, grouped=np.arange(40) >= 29)
    assert calibration(beliefs, together) is None
    assert calibration(beliefs, Evidence(asked, np.zeros(40, np.int64), 2, grouped=np.arange(40) >= 30)) is not None
