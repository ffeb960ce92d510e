import numpy as np
import pyarrow as pa
import pytest

from core import browse
from core.browse import Filter, Scope
from core.colouring import GREY, OTHER, by_cluster, by_column, by_origin
from core.errors import BadInput
from core.items.table import OWN, Items, fixed_schema
from core.partition.edits import Move, Rename
from core.partition.fold import apply
from core.partition.partition import Partition
from core.partition.rows import Rows
from core.pipeline import Structure
from core.storage import ArtifactStore


def items(n=6, **own):
    fixed = {
        "item_id": [f"i{i}" for i in range(n)],
        "kind": [1] * n,
        "source": [1] * n,
        "file_name": [""] * n,
        "text": [f"text {i}" for i in range(n)],
        "digest": ["0" * 32] * n,
    }
    table = pa.table(fixed, schema=fixed_schema())
    for name, values in own.items():
        table = table.append_column(OWN + name, pa.array(values))
    return Items(table)


@pytest.fixture
def nothing_found(tmp_path):
    return Structure(ArtifactStore(tmp_path), {})


PARTITION = Partition.from_labels(np.array([0, 0, 1, 1, 1, -1]))


def test_of_cluster__members_even_before_there_are_vectors(nothing_found):
    scope = browse.of_cluster(PARTITION, nothing_found, 2)
    assert scope.rows.tolist() == [2, 3, 4]
    assert scope.title == "Cluster 2"
    assert browse.of_cluster(PARTITION, nothing_found, browse.UNDECIDED).rows.tolist() == [5]


def test_of_cluster__gone_is_a_sentence(nothing_found):
    with pytest.raises(BadInput, match="not there any more"):
        browse.of_cluster(PARTITION, nothing_found, 99)


def test_of_cluster__most_typical_first(tmp_path):
    store = ArtifactStore(tmp_path)
    angles = np.array([0, 0, 0.9, 0.0, 0.1, 0])
    features = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    store.put("vectors", "v", {"rows": np.arange(6)}, {})
    store.put("features", "f", {"features": features}, {})
    found = Structure(store, {"vectors": "v", "features": "f", "n": 6})
    scope = browse.of_cluster(PARTITION, found, 2)
    assert scope.rows.tolist()[-1] == 2
    assert (np.diff(scope.scores) <= 0).all()


def test_positions__an_item_imported_since_has_none(tmp_path):
    store = ArtifactStore(tmp_path)
    store.put("vectors", "v", {"rows": np.array([0, 2])}, {})
    found = Structure(store, {"vectors": "v", "n": 3})
    assert found.positions(np.array([0, 1, 2, 7])).tolist() == [0, -1, 1, -1]


def test_filtered__keeps_order_and_scores():
    scope = Scope(np.array([5, 3, 1]), "found", "search", np.array([0.9, 0.5, 0.1], dtype=np.float32))
    kept = browse.filtered(
        scope,
        items(page=["a", "b", "a", "b", "a", "b"], size=[1, 2, 3, 4, 5, 6]),
        [Filter("page", values=("b",)), Filter("size", low=3)],
    )
    assert kept.rows.tolist() == [5, 3]
    assert kept.scores.tolist() == pytest.approx([0.9, 0.5])


def test_facets__words_by_frequency_and_numbers_by_range():
    found = {facet.column: facet for facet in browse.facets(items(page=list("abaaab"), size=[3, 1, 2, 2, 2, 9.5]))}
    assert found["page"].values == (("a", 4), ("b", 2))
    assert (found["size"].low, found["size"].high) == (1, 9.5)


def test_progress__counts_settled_items():
    named = apply(PARTITION, Rename(2, "cats")).partition
    assert browse.progress(named)["settled"] == 3
    assert browse.progress(Partition.start(0))["items"] == 0


def test_by_cluster__undecided_is_grey():
    assert by_cluster(PARTITION).codes.tolist() == [0, 0, 1, 1, 1, GREY]


def test_by_origin__legend_says_where_labels_come_from():
    moved = apply(PARTITION, Move(Rows([5]), 1)).partition
    named = apply(moved, Rename(2, "cats")).partition
    assert {word: count for _, word, count in by_origin(named).legend} == {"machine": 2, "cluster": 3, "person": 1}


def test_by_column__rare_values_share_one_colour():
    many = [f"v{i % 40}" for i in range(60)] + [None]
    colouring = by_column(items(61, page=many), "page")
    assert colouring.codes[60] == GREY
    assert colouring.legend[-1][:2] == (OTHER, "others")
    assert sum(count for _, _, count in colouring.legend) == 60


def test_by_column__numbers_run_along_a_scale():
    colouring = by_column(items(size=[1.0, 2.0, 3.0, 4.0, 5.0, float("nan")]), "size")
    assert colouring.codes.tolist()[:5] == sorted(colouring.codes.tolist()[:5])
    assert colouring.codes[5] == GREY


def graph_of(tmp_path, neighbours, rows):
    store = ArtifactStore(tmp_path)
    store.put("vectors", "v", {"rows": np.asarray(rows)}, {})
    arrays = {"neighbours": np.asarray(neighbours, np.int32), "similarity": np.ones_like(neighbours, np.float32)}
    store.put("graph", "g", arrays, {"recall": 1.0, "method": "exact"})
    return Structure(store, {"vectors": "v", "graph": "g", "n": 9})


def test_grown__adds_the_neighbours_of_each_and_keeps_what_has_none(tmp_path):
    # Items 1, 3, 5 and 7 have vectors; positions in the graph are not rows.
    found = graph_of(tmp_path, [[1, 2], [0, 2], [3, 1], [2, 1]], [1, 3, 5, 7])
    assert browse.grown(found, np.array([1])).tolist() == [1, 3, 5]
    assert browse.grown(found, np.array([5, 8])).tolist() == [3, 5, 7, 8]
    assert browse.grown(found, np.array([8])).tolist() == [8]
    assert browse.grown(found, np.array([], dtype=np.int64)).tolist() == []


def test_inverted__is_all_the_others_and_leads_back():
    rows, every = np.array([0, 2, 5]), np.array([0, 1, 2, 4, 5])  # item 3 was forgotten
    assert browse.inverted(rows, every).tolist() == [1, 4]
    assert browse.inverted(browse.inverted(rows, every), every).tolist() == rows.tolist()
    assert browse.inverted(np.array([9]), every[:0]).tolist() == []


def test_whole_clusters__every_member_of_every_cluster_that_is_touched():
    assert browse.clusters_of(PARTITION, np.array([0, 5])) == [1]
    assert browse.whole_clusters(PARTITION, np.array([0])).tolist() == [0, 1]
    assert browse.whole_clusters(PARTITION, np.array([1, 4])).tolist() == [0, 1, 2, 3, 4]
    assert browse.whole_clusters(PARTITION, np.array([5])).tolist() == [5], "the undecided are no cluster"


def test_categories__are_the_words_of_the_pages_in_order_with_the_place_of_each_item():
    held = items(5, shape=["b", None, "a", "b", ""], yes=[True, None, False, True, True])
    values, place_of = browse.categories(held, "shape")
    assert (values, place_of.tolist()) == (["", "a", "b"], [2, 0, 1, 2, 0])
    values, place_of = browse.categories(held, "yes")
    assert values == ["", "False", "True"]
    assert [values[place] for place in place_of] == ["True", "", "False", "True", "True"]
