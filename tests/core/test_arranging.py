"""Orders of a scope: what comes first, and what cannot be ordered comes last."""

from __future__ import annotations

import numpy as np
import pytest

from core import arranging, browse, explanation
from core.arranging import arranged, possible
from core.browse import Scope
from core.errors import BadInput
from core.partition.edits import Rename
from core.partition.fold import apply
from core.partition.partition import Partition
from core.pipeline import Structure
from core.storage import ArtifactStore
from core.structure import long_tour
from core.structure.graph import knn
from core.structure.tree import ward

# Degrees on a circle: two clusters with their middles at 10 and 100, item 6 undecided, item 7 without a vector.
DEGREES = np.array([0, 10, 20, 80, 100, 120, 50])
LABELS = np.array([0, 0, 0, 1, 1, 1, -1, -1])


@pytest.fixture
def found(tmp_path):
    turn = np.radians(DEGREES)
    features = np.stack([np.cos(turn), np.sin(turn)], axis=1).astype(np.float32)
    store = ArtifactStore(tmp_path)
    store.put("vectors", "v", {"rows": np.arange(7)}, {})
    store.put("features", "f", {"features": features}, {})
    store.put("graph", "g", *knn(features, 3).to_arrays())
    return Structure(store, {"vectors": "v", "features": "f", "graph": "g", "n": 8})


PARTITION = Partition.from_labels(LABELS)
ALL = Scope(np.arange(8), "All items", "all")
NONE = np.empty(0, dtype=np.int64)


def order(name, found, scope=ALL, chosen=NONE, partition=PARTITION):
    middles = explanation.middles(partition, found)
    return arranged(scope, name, partition, found, middles, chosen)


def test_arranged__most_typical_first_each_of_its_own_cluster(found):
    scope = order("typical", found)
    assert scope.rows.tolist()[:3] == [1, 6, 4], "the undecided one is its own middle"
    assert scope.rows.tolist()[-1] == 7 and np.isnan(scope.scores[-1]) and (np.diff(scope.scores[:-1]) <= 0).all()


def test_arranged__at_the_border_first(found):
    scope = order("border", found)
    assert scope.rows.tolist()[:3] == [6, 3, 2] and scope.rows.tolist()[-1] == 7
    assert (np.diff(scope.scores[:-1]) >= 0).all()


def test_arranged__most_like_what_was_chosen(found):
    assert order("like", found, chosen=np.array([5])).rows.tolist() == [5, 4, 3, 6, 2, 1, 0, 7]
    assert order("like", found, chosen=np.array([7])).rows.tolist()[-1] == 7, "nothing to compare with"


def test_arranged__a_walk_goes_round_and_ends_with_what_has_no_place(found):
    rows = order("walk", found).rows.tolist()
    around = DEGREES[rows[:-1]].tolist()
    assert rows[-1] == 7 and around in (sorted(around), sorted(around, reverse=True))


def test_arranged__a_long_walk_goes_part_by_part_where_there_is_a_tree(found, monkeypatch, tmp_path):
    tree = ward(np.asarray(found.features))
    store = ArtifactStore(tmp_path)
    store.put("tree", "t", *tree.to_arrays())
    with_tree = Structure(store, {**found.active, "tree": "t"})
    monkeypatch.setattr(arranging, "_LONG", 3)
    monkeypatch.setattr(arranging.tour, "MOST", 3)
    monkeypatch.setattr(long_tour, "PART", 3)
    assert "walk" in possible(ALL, PARTITION, with_tree, 0)
    rows = order("walk", with_tree).rows.tolist()
    assert sorted(rows) == list(range(8)) and rows[-1] == 7
    steps = np.abs(np.diff(DEGREES[rows[:-1]]))
    assert steps.max() <= 60 and steps.sum() < 200, "along the circle"


def test_arranged__least_sure_first(found):
    assert order("unsure", found).rows.tolist() == ALL.rows.tolist(), "nothing is known, nothing moves"
    assert "unsure" not in possible(ALL, PARTITION, found, 0)


def test_arranged__a_part_keeps_its_words_and_holds_the_same_items(found):
    part = Scope(np.array([5, 0, 3]), "Like “x”", "search", np.array([0.9, 0.5, 0.1], np.float32), ("x",))
    scope = order("border", found, part)
    assert sorted(scope.rows.tolist()) == [0, 3, 5] and (scope.title, scope.words) == (part.title, part.words)
    assert order("", found, part) is part


def test_arranged__an_unknown_order_or_too_long_a_walk_is_a_sentence(found, monkeypatch):
    with pytest.raises(BadInput, match="no order"):
        order("by weight", found)
    monkeypatch.setattr(arranging.tour, "MOST", 3)
    with pytest.raises(BadInput, match="at most 3 items"):
        order("walk", found)
    assert "walk" not in possible(ALL, PARTITION, found, 0)


def test_possible__says_what_there_is_to_go_by(found, tmp_path):
    assert possible(ALL, PARTITION, found, 2) == ["", "typical", "border", "like", "walk"]
    assert possible(ALL, PARTITION, Structure(ArtifactStore(tmp_path / "x"), {}), 2) == [""]
    one = apply(Partition.from_labels(np.zeros(8, int)), Rename(1, "all")).partition
    assert "border" not in possible(browse.of_cluster(one, found, 1), one, found, 0)
