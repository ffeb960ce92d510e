"""What a person said is read off the partition, and a name given to a whole cluster can be tested and withdrawn."""

from __future__ import annotations

import numpy as np

from core.assist import known
from core.partition.edits import Confirm, Merge, Move, Reject, Rename
from core.partition.fold import fold
from core.partition.partition import Partition
from core.partition.rows import Rows

GROUPS = np.repeat([0, 1, 2], 10).astype(np.int32)
ROWS = np.arange(30)


def after(*edits):
    return fold(Partition.from_labels(GROUPS), edits)


def evidence(partition):
    found = known.classes(partition)
    return found, known.evidence(partition, found, ROWS, GROUPS)


def test_classes__names_that_differ_in_case_are_one():
    found = known.classes(after(Rename(1, "Cat"), Rename(2, "cat"), Rename(3, "dog")))
    assert found.names == ("Cat", "dog") and found.find("CAT") == 0 and found.find("bird") is None
    assert found.of_cluster.tolist() == [-1, 0, 0, 1]


def test_evidence__verified_is_what_was_confirmed_under_a_name():
    found, said = evidence(after(Rename(1, "cat"), Confirm(Rows([0, 1])), Confirm(Rows([12]))))
    assert said.positions.tolist() == [0, 1] and said.classes.tolist() == [0, 0]
    assert sorted(said.weak[:, 0].tolist()) == list(range(2, 10)) and len(found) == 1


def test_evidence__moves_and_merges_are_answers_too():
    partition = after(Rename(1, "cat"), Rename(2, "dog"), Move(Rows([0, 25]), 2), Merge((2, 3), into=2))
    _, said = evidence(partition)
    assert dict(zip(said.positions.tolist(), said.classes.tolist(), strict=True)) == {0: 1, 25: 1}


def test_evidence__a_name_is_withdrawn_when_checks_contradict_it():
    named = (Rename(1, "cat"), Rename(2, "dog"))
    agreeing = after(*named, Confirm(Rows([0, 1, 2])), Move(Rows([3]), 2))
    assert (evidence(agreeing)[1].weak[:, 0] < 10).sum() == 6
    contradicted = after(*named, Confirm(Rows([0])), Move(Rows([3, 4]), 2))
    assert (evidence(contradicted)[1].weak[:, 0] < 10).sum() == 0


def test_evidence__refusals_are_ruled_out():
    _, said = evidence(after(Rename(1, "cat"), Rename(2, "dog"), Reject(Rows([3]), 1)))
    assert said.refused.tolist() == [[3, 0]]
    assert 3 not in said.weak[:, 0]


def test_evidence__items_without_a_vector_are_left_out():
    partition = after(Rename(1, "cat"), Confirm(Rows([0, 1])), Reject(Rows([2]), 1))
    found = known.classes(partition)
    said = known.evidence(partition, found, np.arange(1, 30), GROUPS[1:])
    assert said.positions.tolist() == [0] and said.refused.tolist() == [[1, 0]]


def test_evidence__what_was_said_of_a_group_is_told_apart():
    moves = (Move(Rows([0, 1]), 2, "all"), Move(Rows([2, 3]), 2, "most"), Move(Rows([4]), 2))
    _, said = evidence(after(Rename(2, "dog"), *moves))
    assert said.positions.tolist() == [0, 1, 4] and said.judges().tolist() == [False, False, True]
    assert said.loose.tolist() == [[2, 0], [3, 0]]
    assert not {2, 3} & set(said.weak[:, 0].tolist())
