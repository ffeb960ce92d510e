"""From answers to edits: a name counts for a whole cluster only when nearly all that was shown agrees."""

from __future__ import annotations

import numpy as np
import pytest

from core.assist import acting, known
from core.assist.answers import Mixed, Name
from core.assist.questions import Question
from core.partition.edits import Together
from core.partition.fold import apply
from core.partition.partition import Partition

SHOWN = np.arange(9)
IDS = [f"i{row}" for row in SHOWN]


def answered(answer):
    partition = Partition.from_labels(np.repeat([0, 1], [30, 10]))
    halves = (np.arange(20), np.arange(20, 30))
    question = Question("name", SHOWN, 1.0, 1.0, sides=(9,), cluster_ids=(1,), halves=halves, size=30)
    edits, _ = acting.edits(question, answer, IDS, partition, known.classes(partition))
    return apply(partition, Together(tuple(edits))).partition


@pytest.mark.parametrize(("agree", "named"), [(9, 30), (8, 29), (7, 7), (6, 6)])
def test_name__counts_for_the_cluster_up_to_one_stray_of_nine(agree, named):
    after = answered(Name("cat", only=tuple(IDS[:agree])))
    assert (after.labels() == "cat").sum() == named
    assert after.confirmed.sum() == agree and not after.confirmed[agree:].any()
    assert len(after.rejected()) == 9 - agree


def test_mixed__splits_the_cluster_in_its_halves():
    after = answered(Mixed())
    assert sorted(after.sizes().values()) == [10, 10, 20] and not after.confirmed.any()
