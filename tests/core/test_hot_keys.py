"""Letters for names stay what they are."""

from __future__ import annotations

import numpy as np

from core.hot_keys import letters
from core.partition.edits import Merge, Rename
from core.partition.fold import apply
from core.partition.partition import Partition


def named(partition, **names):
    for cluster, name in names.items():
        partition = apply(partition, Rename(int(cluster[1:]), name)).partition
    return partition


START = Partition.from_labels(np.repeat(np.arange(5), 4))


def test_letters__are_of_the_name_and_never_those_of_the_pages():
    assert letters(START, {}) == {}
    assert letters(named(START, c1="birds", c2="bears", c3="mug"), {}) == {"b": 1, "e": 2, "1": 3}
    assert letters(named(START, c1="猫", c2="猫 too"), {}) == {"1": 1, "t": 2}


def test_letters__stay_when_names_come_and_go():
    before = letters(named(START, c4="birds"), {})
    after = letters(named(START, c1="bears", c4="birds"), before)
    assert after == {"b": 4, "e": 1}
    renamed = letters(named(START, c1="bears", c4="cats"), after)
    assert renamed == after, "fingers know where the cluster is, whatever it is called now"
    merged = apply(named(START, c1="bears", c4="birds"), Merge((1, 4), 1)).partition
    assert letters(merged, after) == {"e": 1}
