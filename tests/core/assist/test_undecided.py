import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.assist.undecided import moves, threshold_for
from core.partition.edits import Confirm, Reject, SetAside
from core.partition.fold import apply, fold
from core.partition.partition import Partition
from core.partition.rows import Rows

NAN = np.nan


def start(labels, *edits):
    return fold(np.array(labels), edits)


def test_moves__says_who_comes_and_who_goes():
    before = start([0, 0, 0, 1, 1, -1, -1])
    proposed = np.array([1, 1, 2, 2, 2, 1, 2], dtype=np.int32)
    confidence = np.array([0.95, 0.4, 0.99, NAN, 0.9, 0.97, 0.2], dtype=np.float32)
    found = moves(before, proposed, confidence, 0.9)
    assert found.accept.tolist() == [2, 5] and found.release.tolist() == [1]
    assert (found.accepted, found.judged) == (4, 6) and found.wrong == pytest.approx(0.19, abs=1e-6)
    assert found.scope() == "2 items enter a cluster, 1 item goes back to undecided"
    after = apply(before, found.edit(proposed, confidence)).partition
    assert after.cluster_of.tolist() == [1, 0, 2, 2, 2, 1, 0]
    assert moves(after, proposed, confidence, 0.9).edit(proposed, confidence) is None


def test_moves__leaves_alone_what_a_person_decided():
    before = start([0, 0, 1, 1], Confirm(Rows([0])), SetAside(Rows([1])), Reject(Rows([2]), 1))
    found = moves(before, np.array([2, 2, 1, 7], np.int32), np.full(4, 0.99, np.float32), 0.5)
    assert found.judged == 0 and found.scope() == "nothing moves"
    assert found.sentence() == "At 50 %: nothing to accept, no label has a confidence yet."


@pytest.mark.parametrize(
    ("confidence", "words"),
    [
        (np.full(10_000, 0.98), "At 90 %: 10,000 of 10,000 accepted, about 1 in 50 of them wrong."),
        (np.r_[np.full(8121, 0.98), np.full(1879, 0.3)], "At 90 %: 8,121 of 10,000 accepted, about 1 in 50 of them"),
        (np.full(20, 0.99), "At 90 %: 20 of 20 accepted, probably none of them wrong."),
        (np.full(20, 0.6), "At 90 %: none of 20 items accepted."),
    ],
)
def test_moves__puts_it_in_a_sentence(confidence, words):
    n = len(confidence)
    before = start(np.r_[np.zeros(n - 1, int), 1])
    assert moves(before, before.cluster_of, confidence.astype(np.float32), 0.9).sentence().startswith(words)


def test_threshold_for__is_the_lowest_that_keeps_the_promise():
    confidence = np.array([1.0, 0.99, 0.97, 0.97, 0.6, NAN], dtype=np.float32)
    assert threshold_for(confidence, 0.98) == pytest.approx(0.97)
    assert threshold_for(confidence, 0.985) == pytest.approx(0.99)
    assert threshold_for(confidence[4:], 0.98) is None and threshold_for(np.empty(0), 0.98) is None


@given(st.lists(st.sampled_from([0.5, 0.9, 0.97, 0.98, 0.99, 1.0]), min_size=1, max_size=30), st.floats(0.5, 1.0))
def test_threshold_for__keeps_the_promise_and_no_lower_one_does(values, target):
    confidence = np.array(values)
    found = threshold_for(confidence, target)
    enough = [one for one in set(values) if confidence[confidence >= one].mean() >= target - 1e-12]
    assert found == (min(enough) if enough else None)


@given(st.lists(st.floats(0, 1), min_size=2, max_size=30), st.floats(0, 1), st.floats(0, 1))
def test_moves__a_higher_threshold_never_accepts_more(values, one, other):
    partition = Partition.from_labels(np.zeros(len(values), int))
    low, high = sorted((one, other))
    confidence = np.array(values, dtype=np.float32)
    at = [moves(partition, partition.cluster_of, confidence, threshold) for threshold in (low, high)]
    assert at[0].accepted >= at[1].accepted and set(at[0].release) <= set(at[1].release)
