import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.datasets import load_digits

from core.assist.label_errors import doubts, neighbour_votes, without_support
from core.structure.features import features
from core.structure.graph import Graph, knn


@pytest.fixture(scope="module")
def digits():
    pixels, truth = load_digits(return_X_y=True)
    rows = features(pixels.astype(np.float32), np.zeros(len(pixels)))
    return rows, knn(rows), truth


def flipped(truth, share, seed):
    random = np.random.default_rng(seed)
    labels = truth.copy()
    wrong = random.choice(len(labels), int(share * len(labels)), replace=False)
    labels[wrong] = (labels[wrong] + random.integers(1, 10, len(wrong))) % 10
    return labels, wrong


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_doubts__planted_flips_come_first_and_get_their_own_label_back(digits, seed):
    rows, graph, truth = digits
    labels, wrong = flipped(truth, 0.05, seed)
    found = doubts(rows, graph, labels)
    first = np.argsort(-found.score)[: len(wrong)]
    assert np.isin(first, wrong).mean() >= 0.85
    assert np.isin(np.flatnonzero(found.suspicious), wrong).mean() >= 0.8
    assert found.suspicious[wrong].mean() >= 0.7
    assert (found.proposed[wrong] == truth[wrong]).mean() >= 0.9


def test_doubts__right_labels_are_left_alone(digits):
    rows, graph, truth = digits
    assert doubts(rows, graph, truth).suspicious.mean() <= 0.02


def test_doubts__labels_drawn_at_random_are_not_all_called_wrong(digits):
    rows, graph, _ = digits
    labels = np.random.default_rng(0).integers(0, 10, len(rows))
    labels[::3] = -1
    found = doubts(rows, graph, labels)
    assert np.isnan(found.score[::3]).all() and not found.suspicious[::3].any()
    assert (found.proposed[labels >= 0] != labels[labels >= 0]).all()


@pytest.mark.parametrize("labels", [np.full(40, -1), np.zeros(40, np.int64), np.arange(40)])
def test_doubts__where_nothing_can_be_compared_nothing_is_said(labels):
    rows = features(np.random.default_rng(0).normal(size=(40, 6)), np.zeros(40))
    found = doubts(rows, knn(rows), labels)
    assert np.isnan(found.score).all() and not found.suspicious.any() and (found.proposed == -1).all()


@given(st.integers(2, 40), st.integers(1, 5), st.integers(0, 10_000))
def test_neighbour_votes__are_what_counting_one_by_one_gives(n, kinds, seed):
    random = np.random.default_rng(seed)
    rows = features(random.normal(size=(n, 5)), np.zeros(n))
    labels = random.integers(-1, kinds, n)
    graph = knn(rows, k=7)
    votes = neighbour_votes(graph, labels)
    for item in range(n):
        shares = dict.fromkeys(range(kinds), 0.0)
        for neighbour, cosine in zip(graph.neighbours[item], graph.similarity[item], strict=True):
            if labels[neighbour] >= 0:
                shares[labels[neighbour]] += max(cosine, 1e-6)
        total = sum(shares.values()) or 1.0
        assert votes.own[item] == pytest.approx(shares.get(labels[item], 0) / total, abs=1e-5)
        others = {label: share / total for label, share in shares.items() if label != labels[item] and share}
        assert votes.other[item] == pytest.approx(max(others.values(), default=0), abs=1e-5)
        assert (votes.proposed[item] == -1) == (not others)


def test_without_support__is_an_item_whose_label_no_neighbour_carries():
    rows = np.repeat(np.eye(2, dtype=np.float32), 5, axis=0)
    labels = np.array([0, 0, 0, 0, 1, 1, 1, 1, 1, -1])
    assert np.flatnonzero(without_support(knn(rows, k=4), labels)).tolist() == [4]


def test_without_support__nobody_near_is_no_reason():
    alone = Graph(np.zeros((3, 0), np.int32), np.zeros((3, 0), np.float32))
    assert not without_support(alone, np.array([0, 1, 2])).any()
