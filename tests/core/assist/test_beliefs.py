"""Both models and their mixture on planted groups: leaving one out, slips of the hand, a useless graph."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.assist import beliefs, propagation, regression
from core.assist.beliefs import Evidence, Learner, _chosen_mix
from core.assist.propagation import Operator, Propagation
from core.assist.regression import Landmarks
from core.structure.graph import Graph, knn
from core.structure.tree import ward

GROUPS, EACH = 4, 60


@pytest.fixture(scope="module")
def planted():
    random = np.random.default_rng(0)
    truth = np.repeat(np.arange(GROUPS), EACH)
    rows = random.normal(0, 1, (GROUPS, 16))[truth] + random.normal(0, 0.5, (len(truth), 16))
    features = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return features, knn(features), truth


def accuracy(found, truth):
    return float((found.best() == truth).mean())


def some(truth, each, seed=0):
    random = np.random.default_rng(seed)
    return np.concatenate([random.choice(np.flatnonzero(truth == one), each, replace=False) for one in range(GROUPS)])


@settings(max_examples=25, deadline=None)
@given(st.integers(2, 40), st.integers(2, 5), st.integers(0, 10_000))
def test_regression__leaves_one_out_exactly(v, count, seed):
    random = np.random.default_rng(seed)
    rows = random.normal(0, 1, (v, 7)).astype(np.float32)
    classes = random.integers(0, count, v)
    solved, leverage = regression._solve(rows.astype(float), np.eye(count)[classes])
    fitted = rows @ solved
    left_out = np.eye(count)[classes] - (np.eye(count)[classes] - fitted) / (1 - leverage)[:, None]
    for one in range(min(v, 6)):
        others = np.arange(v) != one
        again, _ = regression._solve(rows[others].astype(float), np.eye(count)[classes[others]])
        assert np.allclose(rows[one] @ again, left_out[one], atol=1e-5)


def test_landmarks__give_the_kernel_back(planted):
    features, _, _ = planted
    rows = Landmarks(features).rows
    wanted = np.exp(-0.5 * np.maximum(2 - 2 * features @ features.T, 0))
    assert np.abs(rows @ rows.T - wanted).max() < 0.02


def test_propagation__is_the_same_whether_seeds_come_at_once_or_one_by_one(planted):
    _, graph, truth = planted
    operator = Operator(graph)
    step, once = Propagation(operator), Propagation(operator)
    seeds = np.zeros((len(truth), GROUPS), dtype=np.float32)
    for position in some(truth, 3):
        seeds[position, truth[position]] = 1
        step.update(seeds.copy())
    once.update(seeds)
    assert np.allclose(step.columns, once.columns, atol=1e-6)
    seeds[:, 1] = 0
    step.update(seeds)
    assert np.abs(step.columns[:, 1]).max() < 1e-6


def test_propagation__a_seed_left_out_leaves_nothing_of_itself(planted):
    _, graph, truth = planted
    operator = Operator(graph)
    found = Propagation(operator)
    seeds = np.zeros((len(truth), 1), dtype=np.float32)
    seeds[[3, 100], 0] = 1
    found.update(seeds)
    without = seeds.copy()
    without[3] = 0
    expected = operator.columns(without)[3, 0]
    out = found.left_out(np.array([3]), np.array([0]), np.array([True]))
    assert out[0, 0] == pytest.approx(expected, abs=2e-3) and found.columns[3, 0] > 10 * out[0, 0]


def test_learn__a_few_verified_items_are_enough_for_clear_groups(planted):
    features, graph, truth = planted
    positions = some(truth, 2)
    found = Learner(features, graph, ward(features)).learn(Evidence(positions, truth[positions], GROUPS))
    assert accuracy(found, truth) > 0.95
    assert np.allclose(found.probability.sum(axis=1), 1, atol=1e-4)
    assert (found.probability[positions].argmax(axis=1) == truth[positions]).all()


def test_learn__one_slip_does_not_pull_its_group_along(planted):
    features, graph, truth = planted
    positions = some(truth, 6)
    given_classes = truth[positions].copy()
    given_classes[0] = GROUPS - 1
    found = Learner(features, graph, ward(features)).learn(Evidence(positions, given_classes, GROUPS))
    without = Learner(features, graph, ward(features)).learn(Evidence(positions[1:], given_classes[1:], GROUPS))
    others = np.setdiff1d(np.arange(len(truth)), positions[:1])
    assert np.allclose(found.probability[others], without.probability[others], atol=1e-4)
    assert (found.best()[others] == truth[others]).mean() > 0.97
    assert found.best()[positions[0]] == GROUPS - 1  # what the person said stays


def useless(n):
    """A graph that says nothing."""
    random = np.random.default_rng(1)
    neighbours = np.stack([random.permutation(n - 1)[:15] for _ in range(n)]).astype(np.int32)
    neighbours += neighbours >= np.arange(n)[:, None]
    return Graph(neighbours, np.full(neighbours.shape, 0.5, np.float32))


def test_learn__a_graph_that_says_nothing_is_not_trusted(planted):
    features, _, truth = planted
    positions = some(truth, 15)
    evidence = Evidence(positions, truth[positions], GROUPS)
    found = Learner(features, useless(len(truth)), ward(features)).learn(evidence)
    alone = regression.fit(Landmarks(features).rows[positions], truth[positions], GROUPS)
    by_regression = (alone.of(Landmarks(features).rows).argmax(axis=1) == truth).mean()
    assert found.mix <= 0.5 and accuracy(found, truth) >= by_regression - 0.01


def test_learn__what_was_refused_is_never_said(planted):
    features, graph, truth = planted
    positions = some(truth, 3)
    free = np.setdiff1d(np.arange(len(truth)), positions)
    refused = np.stack([free, truth[free]], axis=1)
    evidence = Evidence(positions, truth[positions], GROUPS, refused=refused)
    found = Learner(features, graph, ward(features)).learn(evidence)
    assert (found.best()[free] != truth[free]).all()


def test_learn__a_named_cluster_counts_a_little_and_verified_items_more(planted):
    features, graph, truth = planted
    positions = np.concatenate([some(truth, 2), np.flatnonzero(truth == 0)[:6]])
    positions = np.unique(positions)
    weak = np.stack([np.flatnonzero(truth == 0), np.full(EACH, 1)], axis=1)
    found = Learner(features, graph, ward(features)).learn(Evidence(positions, truth[positions], GROUPS, weak=weak))
    assert (found.best()[truth == 0] == 0).mean() > 0.9


def test_shares__rare_classes_are_weighted_up():
    columns = np.array([[1.0, 1.0]], dtype=np.float32)
    assert propagation.shares(columns, np.array([16.0, 1.0]))[0].tolist() == pytest.approx([1 / 3, 2 / 3])


def test_learn__what_was_said_of_most_teaches_like_what_was_verified(planted):
    features, graph, truth = planted
    positions = some(truth, 3)
    loose = np.stack([positions, truth[positions]], axis=1)
    nobody = np.empty(0, np.int64)
    found = Learner(features, graph, ward(features)).learn(Evidence(nobody, nobody, GROUPS, loose=loose))
    known = Learner(features, graph, ward(features)).learn(Evidence(positions, truth[positions], GROUPS))
    assert accuracy(found, truth) > 0.95 and (found.probability[positions].max(axis=1) < 1).all()
    assert (found.best() == known.best()).mean() > 0.97
    assert np.allclose(found.reached, known.reached, atol=0.2) and found.reached.mean() > 0.5


def test_learn__items_verified_at_one_look_do_not_choose_the_mixture(planted):
    features, _, truth = planted
    noise = useless(len(truth))
    positions = some(truth, 8)
    given = Evidence(positions, truth[positions], GROUPS)
    assert Learner(features, noise, ward(features)).learn(given).mix < 0.5
    grouped = replace(given, grouped=np.ones(len(positions), dtype=bool))
    assert Learner(features, noise, ward(features)).learn(grouped).mix == grouped.trust_in_edges(), "nobody judges"


def test_learn__mixed_groups_take_trust_from_the_graph(planted):
    features, graph, truth = planted
    positions = some(truth, 2)
    loose = np.flatnonzero(truth == 1)[-5:]
    given = Evidence(positions, truth[positions], GROUPS, grouped=np.ones(len(positions), dtype=bool))
    mixed = replace(given, loose=np.stack([loose, truth[loose]], axis=1))
    assert given.agreement() == 1 and Learner(features, graph, ward(features)).learn(given).mix == 0.8
    alike = (len(positions) + 5) / (len(positions) + 10)
    assert mixed.agreement() == pytest.approx(alike)
    assert Learner(features, graph, ward(features)).learn(mixed).mix == pytest.approx(0.8 * alike**3)


def test_trust_in_edges__falls_while_each_class_is_looked_at_more_often(planted):
    _, _, truth = planted
    trust = []
    for each in (1, 4, 16):
        positions = some(truth, each)
        trust.append(Evidence(positions, truth[positions], GROUPS).trust_in_edges())
    assert trust == pytest.approx([0.8, 0.4, 0.2])


def test_mixture__goes_no_further_from_what_is_expected_than_enough_judges_ask():
    def chosen(judges):
        """What is spread is always wrong, what is fitted always right, with certainty."""
        classes = np.zeros(judges, dtype=np.int64)
        return _chosen_mix(np.tile([0.0, 1.0], (judges, 1)), np.tile([1.0, 0.0], (judges, 1)), classes, 0.8)

    assert [chosen(judges) for judges in (0, 2, 4, 300)] == [0.8, 0.8, 0.5, 0.5]


def test_learn__where_nothing_spreads_to_the_tree_tells_what_is_there(planted, monkeypatch):
    features, _, truth = planted
    n = len(truth)
    # A ring through the items in a random order, each link so long that nothing comes far.
    order = np.random.default_rng(2).permutation(n)
    neighbours = np.empty((n, 1), dtype=np.int32)
    neighbours[order, 0] = np.roll(order, 1)
    ring = Graph(neighbours, np.full((n, 1), 0.5, np.float32))
    positions = np.array([np.flatnonzero(truth == one)[0] for one in range(GROUPS)])
    given = Evidence(positions, truth[positions], GROUPS, grouped=np.ones(GROUPS, dtype=bool))
    learner = Learner(features, ring, ward(features))
    by_tree = accuracy(learner.learn(given), truth)
    monkeypatch.setattr(beliefs, "_FROM_TREE", 0)
    assert by_tree > accuracy(learner.learn(given), truth) + 0.1
