"""What is left for a person, in her own pace."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from core.assist.time_left import Pace, in_words, seconds_left
from core.partition.partition import Partition


def waiting(n, confidence):
    return replace(Partition.from_labels(np.zeros(n, np.int32)), confidence=np.full(n, confidence, np.float32))


def test_left__is_absent_without_confidence_and_zero_when_all_is_settled():
    assert seconds_left(waiting(10, np.nan)) is None
    partition = waiting(10, 0.5)
    assert seconds_left(replace(partition, confirmed=np.ones(10, bool))) == 0


def test_left__grows_with_items_with_doubt_and_with_the_pace():
    assert seconds_left(waiting(2000, 0.9)) > 1.9 * seconds_left(waiting(1000, 0.9))
    assert seconds_left(waiting(1000, 0.6)) > seconds_left(waiting(1000, 0.9))
    assert seconds_left(waiting(1000, 0.9), pace=2) == pytest.approx(2 * seconds_left(waiting(1000, 0.9)))


def test_pace__is_the_median_of_the_latest_answers_without_breaks():
    pace = Pace()
    assert pace.factor == 1 and not pace.known
    for seconds in (4.0, 6.0, 8.0, 10_000.0, 0.0):
        pace.add(seconds, 2.0)
    assert pace.known and pace.factor == 3
    for _ in range(20):
        pace.add(1.0, 2.0)
    assert pace.factor == 0.5


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(5, "less than a minute"), (70, "about 1 minute"), (840, "about 14 minutes"), (30_000, "about 8 hours")],
)
def test_words__are_round(seconds, words):
    assert in_words(seconds) == words
