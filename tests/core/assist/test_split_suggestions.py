import numpy as np
import pytest

from core.assist.split_suggestions import suggest
from core.partition.fold import apply
from core.partition.partition import Partition
from core.structure.features import features
from core.structure.graph import knn

KINDS, EACH = 10, 220


@pytest.fixture(scope="module")
def world():
    random = np.random.default_rng(0)
    truth = np.repeat(np.arange(KINDS), EACH)
    vectors = random.normal(size=(KINDS, 48))[truth] * 0.8 + random.normal(size=(len(truth), 48))
    found = features(vectors.astype(np.float32), np.zeros(len(truth)))
    return found, truth, knn(found).neighbours


def mixture(truth, one, other, share, seed):
    """Labels with one cluster of 150 items, that share of them of another kind; all else in no cluster."""
    random = np.random.default_rng(seed)
    foreign = round(150 * share)
    labels = np.full(len(truth), -1)
    labels[random.choice(np.flatnonzero(truth == one), 150 - foreign, replace=False)] = 0
    labels[random.choice(np.flatnonzero(truth == other), foreign, replace=False)] = 0
    return Partition.from_labels(labels)


@pytest.mark.parametrize(("share", "least"), [(0.5, 0.95), (0.2, 0.9), (0.05, 0.6)])
def test_suggest__planted_mixtures_are_found(world, share, least):
    found, truth, neighbours = world
    flagged, clean = [], []
    for one in range(KINDS):
        for step in (1, 4):
            partition = mixture(truth, one, (one + step) % KINDS, share, one)
            suggested = suggest(partition, np.arange(len(truth)), found, neighbours)
            flagged.append(len(suggested) == 1)
            if suggested:
                parts = [truth[part.array] for part in suggested[0].parts]
                clean.append(np.mean([np.bincount(part).max() / len(part) for part in parts]))
    assert np.mean(flagged) >= least and np.mean(clean) > 0.9


def test_suggest__pure_clusters_are_left_alone(world):
    found, truth, neighbours = world
    rows = np.arange(len(truth))
    assert len(suggest(Partition.from_labels(truth), rows, found, neighbours)) <= KINDS * 0.1
    alone = [suggest(mixture(truth, one, one, 0.0, 1), rows, found, neighbours) for one in range(KINDS)]
    assert np.mean([len(each) for each in alone]) <= 0.1


def test_suggest__two_names_inside_are_certain(world):
    found, truth, neighbours = world
    partition = Partition.from_labels(truth)
    verified = np.full(len(truth), -1)
    verified[[3, 5, 8]] = 0
    verified[[11, 13]] = 1
    best = suggest(partition, np.arange(len(truth)), found, neighbours, verified=verified, least=0.99)[0]
    assert best.cluster_id == 1 and best.probability == 1.0 and "two ways" in best.why
    sides = [set(part.array.tolist()) for part in best.parts]
    assert any({3, 5, 8} <= one and {11, 13} <= other for one, other in (sides, sides[::-1]))


def test_suggest__what_a_model_believes_shows_the_way(world):
    found, truth, neighbours = world
    partition = mixture(truth, 2, 7, 0.04, 3)
    rows = np.arange(len(truth))
    believed = suggest(partition, rows, found, neighbours, believed=truth, least=0.0)[0]
    assert believed.probability >= suggest(partition, rows, found, neighbours, least=0.0)[0].probability
    assert "believes" in believed.why and sorted(len(part) for part in believed.parts) == [6, 144]


def test_suggest__parts_are_all_of_the_cluster_and_the_edit_makes_them(world):
    found, truth, neighbours = world
    some = np.arange(0, len(truth), 2)
    position = np.cumsum(np.isin(np.arange(len(truth)), some)) - 1
    near = position[neighbours[some]]  # a wrong graph for half of them does no harm here
    partition = Partition.from_labels(np.where(truth < 2, 0, truth))
    best = suggest(partition, some, found[some], near, cluster_ids=[1, 99])[0]
    assert sorted(np.concatenate([part.array for part in best.parts])) == partition.members(1).tolist()
    assert len(best.parts[0]) >= len(best.parts[1]) and all(0 < len(shown) <= 6 for shown in best.shown)
    after = apply(partition, best.edit()).partition
    assert np.array_equal(after.members(1), best.parts[0].array)


def test_suggest__halves_that_a_person_left_together_are_not_asked_about_again(world):
    found, truth, neighbours = world
    partition, rows = mixture(truth, 3, 6, 0.3, 5), np.arange(len(truth))
    best = suggest(partition, rows, found, neighbours)[0]
    answered = apply(partition, best.refusal()).partition
    assert answered.confirmed.sum() == 12
    again = suggest(answered, rows, found, neighbours, least=0.0)
    assert all(set(each.parts[1]) != set(best.parts[1]) for each in again)


def test_suggest__a_big_cluster_is_judged_by_a_sample(world):
    found, truth, neighbours = world
    partition = Partition.from_labels(np.where(truth < 4, 0, -1))
    best = suggest(partition, np.arange(len(truth)), found, neighbours)[0]
    kinds = [set(truth[part.array].tolist()) for part in best.parts]
    assert best.probability > 0.9 and len(kinds[0]) + len(kinds[1]) <= 6


@pytest.mark.parametrize("size", [0, 1, 2, 5])
def test_suggest__a_handful_is_not_taken_apart(world, size):
    found, truth, neighbours = world
    labels = np.full(len(truth), -1)
    labels[:size] = 0
    assert suggest(Partition.from_labels(labels), np.arange(len(truth)), found, neighbours) == []
