import numpy as np
import pytest

from core.assist import split_suggestions
from core.assist.merges import LEARN_FROM, SHIPPED, decided, learn, name_likeness, suggest
from core.assist.pairs import Groups
from core.partition.edits import Apart, Confirm, Merge, Move, Recluster, Redo, Rename, Split, Spread, Together, Undo
from core.partition.fold import fold
from core.partition.partition import Partition
from core.partition.rows import Rows
from core.structure.features import features
from core.structure.graph import knn
from core.structure.tree import ward

KINDS = 12


def planted(seed=0, n=1200, distance=0.75, width=32):
    random = np.random.default_rng(seed)
    centres = random.normal(size=(KINDS, width)) * distance
    truth = np.sort(random.integers(KINDS, size=n))
    vectors = centres[truth] + random.normal(size=(n, width))
    return features(vectors.astype(np.float32), np.zeros(n)), truth


@pytest.fixture(scope="module")
def world():
    found, truth = planted()
    return found, truth, knn(found).neighbours, ward(found)


def kind(truth, members):
    return int(np.bincount(truth[members]).argmax())


def agreeing(partition, truth, found):
    return [len({kind(truth, partition.members(key)) for key in each.cluster_ids}) == 1 for each in found]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_suggest__a_cut_at_three_times_the_kinds_is_put_together_again(seed):
    found, truth = planted(seed)
    partition = Partition.from_labels(ward(found).cut(3 * KINDS))
    rows = np.arange(len(found))
    suggested = suggest(partition, rows, found, knn(found).neighbours, most=KINDS, least=0.0)
    assert len(suggested) == KINDS and np.mean(agreeing(partition, truth, suggested)) >= 0.9
    chances = [each.probability for each in suggested]
    assert chances == sorted(chances, reverse=True) and chances[0] > 0.5


def test_suggest__digits_cut_at_three_times_the_kinds():
    from sklearn.datasets import load_digits

    pictures, truth = load_digits(return_X_y=True)
    found = features(pictures.astype(np.float32), np.zeros(len(pictures)))
    tree, rows, neighbours = ward(found), np.arange(len(found)), knn(found).neighbours
    partition = Partition.from_labels(tree.cut(30))
    suggested = suggest(partition, rows, found, neighbours, most=10, least=0.0)
    assert np.mean(agreeing(partition, truth, suggested)) >= 0.9
    for count in (20, 30):  # what is shown without being asked for more
        partition = Partition.from_labels(tree.cut(count))
        suggested = suggest(partition, rows, found, neighbours)
        assert suggested and np.mean(agreeing(partition, truth, suggested)) >= 0.9


def test_compare__random_pairs_are_not_called_one(world):
    found, truth, neighbours, tree = world
    labels = tree.cut(3 * KINDS)
    members = [np.flatnonzero(labels == each) for each in range(3 * KINDS)]
    kinds = [kind(truth, each) for each in members]
    pairs = np.random.default_rng(0).permutation(np.stack(np.triu_indices(3 * KINDS, 1), axis=1))[:150]
    pairs = pairs[[kinds[a] != kinds[b] for a, b in pairs.tolist()]]
    signals = Groups(found, neighbours, members).compare(pairs)
    chance = SHIPPED.probability(np.column_stack([signals, np.zeros(len(pairs))]))
    assert chance.mean() < 0.2 and np.mean(chance < 0.2) > 0.9


def test_suggest__what_was_refused_stays_away_until_the_clusters_are_others(world):
    found, _, neighbours, tree = world
    rows, partition = np.arange(len(found)), Partition.from_labels(tree.cut(3 * KINDS))

    def pairs(of):
        return [each.cluster_ids for each in suggest(of, rows, found, neighbours, most=100, least=0.5)]

    first = suggest(partition, rows, found, neighbours)[0]
    refused = fold(partition, [first.refusal()])
    assert first.cluster_ids not in pairs(refused) and pairs(refused) == pairs(partition)[1:]
    small = min(first.cluster_ids, key=partition.size)
    few = refused.members(small)[: refused.size(small) // 10]
    assert first.cluster_ids not in pairs(fold(refused, [Move(Rows(few), None)]))
    many = refused.members(small)[: refused.size(small) // 3]
    assert set(first.cluster_ids) in [set(pair) for pair in pairs(fold(refused, [Move(Rows(many), None)]))]


def test_suggest__names_speak_for_and_against(world):
    found, _, neighbours, tree = world
    rows, partition = np.arange(len(found)), Partition.from_labels(tree.cut(3 * KINDS))
    one, other = suggest(partition, rows, found, neighbours)[0].cluster_ids

    def chance(*names):
        named = fold(partition, [Rename(one, names[0]), Rename(other, names[1])])
        found_now = suggest(named, rows, found, neighbours, most=500, least=0.0)
        return next((each.probability, each.why) for each in found_now if set(each.cluster_ids) == {one, other})

    same, plain, different = chance("Cats", "cats "), chance("", ""), chance("cats", "dogs")
    assert same[0] > plain[0] > different[0] and same[1] == "They carry the same name."


def test_suggest__shows_what_lies_between_and_does_what_it_says(world):
    found, _, neighbours, tree = world
    rows = np.arange(len(found)) + 7
    labels = np.concatenate([np.full(7, -1), tree.cut(3 * KINDS)])
    partition = Partition.from_labels(labels)
    best = suggest(partition, rows, found, neighbours)[0]
    for key, shown in zip(best.cluster_ids, best.shown, strict=True):
        assert len(shown) == 6 and set(shown) <= set(partition.members(key))
    assert best.edit() == Merge(best.cluster_ids) and best.refusal() == Apart(best.cluster_ids)
    assert partition.size(best.cluster_ids[0]) >= partition.size(best.cluster_ids[1])


def test_suggest__very_many_clusters_are_looked_through_quickly_first(world, monkeypatch):
    found, truth, neighbours, tree = world
    partition, rows = Partition.from_labels(tree.cut(8 * KINDS)), np.arange(len(found))
    everything = suggest(partition, rows, found, neighbours, most=5)
    monkeypatch.setattr("core.assist.merges._MOST_PAIRS", 100)
    monkeypatch.setattr("core.assist.merges._MOST_CLUSTERS", 60)
    some = suggest(partition, rows, found, neighbours, most=20)
    assert len(everything) == 5 and np.mean(agreeing(partition, truth, some)) >= 0.9
    smallest = sorted((partition.size(key) for key in partition.clusters), reverse=True)[59]
    assert all(partition.size(key) >= smallest for each in some for key in each.cluster_ids)


@pytest.mark.parametrize("labels", [[-1, -1, -1], [0, 0, 0], [0, 1, 2]])
def test_suggest__nothing_where_there_is_nothing_to_compare(labels):
    partition, neighbours = Partition.from_labels(np.array(labels)), np.array([[1], [0], [1]])
    assert suggest(partition, np.arange(3), np.eye(3, dtype=np.float32), neighbours) == []


SAME = [("cat", "Cat", 1), ("cats", "catss", 0.5), ("glass", "glasses", 0.5), ("house", "mouse", 0.5)]
OTHER = [("cat", "dog", -1), ("ab", "abc", -1), ("", "", 0), ("cat", "", 0), ("river", "rivet bank", -1)]


@pytest.mark.parametrize(("one", "other", "likeness"), SAME + OTHER)
def test_name_likeness__tells_spelling_from_meaning(one, other, likeness):
    assert name_likeness(one, other) == name_likeness(other, one) == likeness


def test_learned__few_decisions_change_nothing_and_many_move_it():
    random = np.random.default_rng(0)
    signals = np.column_stack([random.normal(size=(200, 5)) * 0.5, np.zeros(200)])
    # This person goes by Ward's height alone, which the shipped weights do not look at.
    same = signals[:, 2] < 0
    few = LEARN_FROM - 1
    assert SHIPPED.learned(signals[:few], same[:few]) is SHIPPED
    some, many = (SHIPPED.learned(signals[:count], same[:count]) for count in (LEARN_FROM, 200))
    assert many.weights[2] < some.weights[2] < 0 and many.decisions == 200

    def hits(model):
        return ((model.probability(signals) > 0.5) == same).mean()

    assert hits(SHIPPED) < 0.7 and hits(many) > 0.8


def test_decided__merges_refusals_and_splits_are_told_and_what_is_undone_is_not():
    edits = [
        Recluster(np.array([0, 0, 1, 1, 2, 2, 3, 3])),
        Apart((1, 2)),
        Merge((1, 3)),
        Undo(),
        Together((Rename(4, "d"), Merge((3, 4)))),
        Split(3, (Rows([4]),)),
        Apart((1, 2)),
        Undo(),
        Redo(),
        Merge((1, 2, 3)),
    ]
    told = decided(Partition.start(8), edits)
    assert [(each.one.tolist(), each.other.tolist(), each.same) for each in told] == [
        ([0, 1], [2, 3], False),
        ([4, 5], [6, 7], True),
        ([4], [5, 6, 7], False),
        ([0, 1], [2, 3], False),
    ]


def test_decided__a_refused_split_is_told_by_its_halves_and_nothing_else_that_confirms():
    edits = [
        Recluster(np.array([0, 0, 0, 0, 0, 0, 1, 1])),
        Together((Confirm(Rows([0, 1])), Confirm(Rows([4])))),
        Together((Confirm(Rows([2])), Confirm(Rows([6])))),  # a page of two labels
        Together((Confirm(Rows([2])), Confirm(Rows([3])), Rename(1, "x"))),
        Confirm(Rows([5])),
        Together((Confirm(Rows([2])), Confirm(Rows([3])), Spread(Rows([7]), np.array([1])))),
    ]
    told = decided(Partition.start(8), edits)
    assert [(each.one.tolist(), each.other.tolist(), each.same) for each in told] == [
        ([0, 1], [4], True),
        ([2], [3], True),
    ]
    assert told[0].whole.tolist() == [0, 1, 2, 3, 4, 5]


def test_learn__refused_splits_make_the_next_ones_rarer():
    random = np.random.default_rng(0)
    kinds = LEARN_FROM + 10
    truth = np.repeat(np.arange(kinds), 40)
    middles = random.normal(size=(kinds, 2, 32))
    middles[:, 1] += 0.5 * middles[:, 0]  # every kind has two parts that lie apart
    vectors = middles[truth, np.arange(len(truth)) % 2] + 0.4 * random.normal(size=(len(truth), 32))
    found = features(vectors.astype(np.float32), np.zeros(len(truth)))
    rows, neighbours = np.arange(len(truth)), knn(found).neighbours
    partition = Partition.from_labels(truth)
    flagged = split_suggestions.suggest(partition, rows, found, neighbours, most=100)
    assert len(flagged) > LEARN_FROM
    edits = [Recluster(truth), *(each.refusal() for each in flagged[:LEARN_FROM])]
    model = learn(decided(Partition.start(len(truth)), edits), rows, found, neighbours)
    assert model.decisions == LEARN_FROM
    left = [each.cluster_id for each in flagged[LEARN_FROM:]]
    again = split_suggestions.suggest(partition, rows, found, neighbours, model, cluster_ids=left)
    assert len(again) < len(left) / 2


def test_learn__from_the_journal_of_a_person_who_never_merges(world):
    found, _, neighbours, tree = world
    partition = Partition.from_labels(tree.cut(3 * KINDS))
    suggested = suggest(partition, np.arange(len(found)), found, neighbours, most=LEARN_FROM, least=0.0)
    edits = [Recluster(tree.cut(3 * KINDS)), *(each.refusal() for each in suggested)]
    told = decided(Partition.start(len(found)), edits)
    positions = np.arange(len(found))
    assert learn(told[:-1], positions, found, neighbours) is SHIPPED
    model = learn(told, positions, found, neighbours)
    again = suggest(partition, np.arange(len(found)), found, neighbours, model, most=1, least=0.0)
    assert model.decisions == LEARN_FROM and again[0].probability < suggested[0].probability
