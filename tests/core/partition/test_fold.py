from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest

from core.errors import BadInput
from core.partition.delta import Delta
from core.partition.edits import (
    Confirm,
    Merge,
    Move,
    Note,
    Recluster,
    Redo,
    Reject,
    Rename,
    SetAside,
    Split,
    Spread,
    Together,
    Undo,
)
from core.partition.fold import apply, fold
from core.partition.partition import UNDECIDED, Partition, colours_used
from core.partition.rows import Rows

LABELS = np.array([0, 0, 0, 0, 1, 1, 1, 2, 2, -1])


@pytest.fixture
def start():
    """Clusters 1 (rows 0–3, “cats”), 2 (4–6), 3 (7–8); row 9 is undecided."""
    return fold(LABELS, [Rename(1, "cats")])


def clusters_of(partition):
    return partition.cluster_of.tolist()


def test_start__labels_become_clusters(start):
    assert clusters_of(start) == [1, 1, 1, 1, 2, 2, 2, 3, 3, 0]
    assert start.sizes() == {1: 4, 2: 3, 3: 2}
    assert start.undecided().tolist() == [9] and start.members(3).tolist() == [7, 8]
    assert fold(SimpleNamespace(labels=LABELS), []).same_as(Partition.from_labels(LABELS))
    assert start.labels().tolist() == ["cats"] * 4 + [""] * 6
    assert start.origin_names().tolist() == ["cluster"] * 4 + ["machine"] * 5 + [""]
    assert start.settled_share() == 0.4


def test_partition__is_read_only(start):
    for array in (start.cluster_of, start.origin, start.confirmed, start.aside, start.confidence, start.rejected_keys):
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0
    with pytest.raises(TypeError):
        start.clusters[1] = None


def test_merge__the_biggest_keeps_id_and_name(start):
    step = apply(start, Merge((3, 1)))
    assert clusters_of(step.partition) == [1, 1, 1, 1, 2, 2, 2, 1, 1, 0]
    assert step.partition.clusters[1].name == "cats" and 3 not in step.partition.clusters
    assert step.touched == {1, 3} and step.partition.next_id == 4


def test_merge__into_wins_and_a_nameless_one_takes_the_name(start):
    step = apply(start, Merge((1, 2), into=3))
    assert set(clusters_of(step.partition)) == {3, 0} and step.partition.clusters[3].name == "cats"
    assert apply(start, Merge((1,), into=3)).partition.size(3) == 6


def test_merge__untouched_clusters_are_the_same_objects(start):
    after = apply(start, Merge((2, 3))).partition
    assert after.clusters[1] is start.clusters[1]
    assert after.confirmed is start.confirmed and after.aside is start.aside


def test_split__parts_get_new_ids_the_rest_stays(start):
    step = apply(start, Split(1, (Rows([0]), Rows([2, 3]))))
    assert clusters_of(step.partition)[:4] == [4, 1, 5, 5] and step.created == (4, 5)
    assert step.partition.clusters[1].name == "cats" and step.partition.clusters[4].name == ""


def test_split__parts_that_cover_all_leave_the_biggest_its_id(start):
    step = apply(start, Split(1, (Rows([0]), Rows([1, 2, 3]))))
    assert clusters_of(step.partition)[:4] == [4, 1, 1, 1]


def test_move__confirms_and_empties(start):
    step = apply(start, Move(Rows([7, 8, 9]), 2))
    assert 3 not in step.partition.clusters and step.touched == {2, 3}
    assert step.partition.confirmed.tolist() == [False] * 7 + [True] * 3
    assert step.partition.origin_names()[9] == "person"


def test_move__new_cluster_and_undecided(start):
    step = apply(start, Move(Rows([0, 9]), None))
    assert step.created == (4,) and step.partition.members(4).tolist() == [0, 9]
    back = apply(step.partition, Move(Rows([0, 9]), UNDECIDED)).partition
    assert 4 not in back.clusters and back.undecided().tolist() == [0, 9] and not back.confirmed.any()
    assert apply(back, Move(Rows([0]), None)).created == (5,)


def test_ids__are_not_reused_after_undo(start):
    after = fold(start, [Move(Rows([0]), None), Undo(), Move(Rows([1]), None)])
    assert clusters_of(after)[:2] == [1, 5] and 4 not in after.clusters


def test_undo_redo__without_limit_and_cleared_by_an_edit(start):
    edits = [Merge((1, 2)), Rename(3, "birds"), SetAside(Rows([9])), Note(1, "soft")]
    end = fold(start, edits)
    assert fold(start, [*edits, *[Undo()] * 4]).same_as(start)
    assert fold(start, [*edits, *[Undo()] * 4, *[Redo()] * 4]).same_as(end)
    with pytest.raises(BadInput, match="nothing to undo"):
        fold(start, [Undo()])
    with pytest.raises(BadInput, match="nothing to redo"):
        fold(start, [*edits, Undo(), Rename(3, "x"), Redo()])


def test_undo__changes_the_version_so_that_other_tabs_notice(start):
    after = fold(start, [Rename(2, "x"), Undo()])
    assert after.clusters[2].version == after.revision == start.revision + 2
    assert after.clusters[1] is start.clusters[1]


def test_reject__remembers_and_a_move_forgets(start):
    after = apply(start, Reject(Rows([0, 9]), 1)).partition
    assert after.cluster_of[0] == UNDECIDED and after.rejected().tolist() == [[0, 1], [9, 1]]
    spread = apply(after, Spread(Rows([0, 4]), [1, 1], [0.9, 0.8]))
    assert spread.partition.cluster_of[0] == UNDECIDED and spread.partition.cluster_of[4] == 1
    assert any("rejected" in sentence for sentence in spread.conflicts)
    moved = apply(after, Move(Rows([0]), 1)).partition
    assert moved.rejected().tolist() == [[9, 1]]


def test_merge__carries_rejections_over(start):
    after = fold(start, [Reject(Rows([9, 0]), 2), Merge((1, 2))])
    assert after.rejected().tolist() == [[9, 1]]


def test_set_aside__in_no_cluster_and_no_machine_takes_it(start):
    after = apply(start, SetAside(Rows([0]))).partition
    assert after.cluster_of[0] == UNDECIDED and after.undecided().tolist() == [9]
    for edit in (Recluster(np.zeros(10)), Spread(Rows([0]), [2])):
        step = apply(after, edit)
        assert step.partition.aside[0] and step.partition.cluster_of[0] == UNDECIDED and step.conflicts
    assert not apply(after, Move(Rows([0]), 1)).partition.aside[0]


def test_spread__never_moves_what_a_person_confirmed(start):
    after = fold(start, [Confirm(Rows([0]))])
    step = apply(after, Spread(Rows([0, 1, 4]), [2, 2, 2], [0.9, 0.8, 0.7]))
    assert clusters_of(step.partition)[:5] == [1, 2, 1, 1, 2]
    assert step.partition.origin_names()[[0, 1, 4]].tolist() == ["person", "spread", "machine"]
    assert np.isnan(step.partition.confidence[0]) and step.partition.confidence[4] == np.float32(0.7)
    assert step.conflicts == ["1 item left as they are: a person decided on them."]


def test_spread__a_named_cluster_that_it_empties_stays(start):
    step = apply(start, Spread(Rows([0, 1, 2, 3]), [2, 2, 2, 2]))
    assert step.partition.clusters[1].name == "cats" and step.partition.size(1) == 0


def test_confirm__items_in_no_cluster_are_told(start):
    step = apply(start, Confirm(Rows([0, 9])))
    assert step.partition.confirmed.nonzero()[0].tolist() == [0] and len(step.conflicts) == 1
    with pytest.raises(BadInput, match="no cluster"):
        apply(start, Confirm(Rows([9])))


def test_resized__new_rows_are_undecided(start):
    grown = start.resized(12)
    assert clusters_of(grown)[10:] == [0, 0] and np.isnan(grown.confidence[11]) and grown.resized(12) is grown
    with pytest.raises(ValueError, match="shrink"):
        start.resized(3)


@pytest.mark.parametrize("n", [0, 1, 2])
def test_degenerate__tiny_collections(n):
    start = Partition.start(n)
    assert start.settled_share() == (1.0 if n == 0 else 0.0) and start.sizes() == {}
    if n == 0:
        with pytest.raises(BadInput):
            apply(start, Recluster(np.empty(0, int)))
        return
    end = fold(start, [Recluster(np.arange(n)), Rename(1, "a"), Move(Rows([n - 1]), 1), Undo(), SetAside(Rows([0]))])
    assert end.aside[0] and len(end) == n


def test_colours__least_used_first():
    start = fold(np.arange(24), [])
    assert sorted(cluster.colour for cluster in start.clusters.values()) == list(range(24))
    after = fold(start, [Move(Rows([3, 7]), 1), Move(Rows([5]), None)])
    assert after.clusters[25].colour == 3 and colours_used(after.clusters.values()).argmin() == 5


@pytest.mark.parametrize(
    "edit",
    [
        Merge((1,)),
        Merge((1, 1)),
        Merge(()),
        Merge((1, 99)),
        Merge((0, 1)),
        Merge((1, 2), into=0),
        Split(0, (Rows([9]),)),
        Split(99, (Rows([0]),)),
        Split(1, ()),
        Split(1, (Rows(),)),
        Split(1, (Rows([0, 1]), Rows([1, 2]))),
        Split(1, (Rows([0, 4]),)),
        Split(1, (Rows([0, 1, 2, 3]),)),
        Move(Rows(), 1),
        Move(Rows([10]), 1),
        Move(Rows([0]), 99),
        Move(["a"], 1),
        Rename(0, "x"),
        Rename(99, "x"),
        Note(99, "x"),
        Reject(Rows([0]), 0),
        Reject(Rows([0]), 99),
        Confirm(Rows([9])),
        SetAside(Rows()),
        Spread(Rows([0, 1]), [1]),
        Spread(Rows([0]), [1], [0.5, 0.5]),
        Spread(Rows([0]), [99]),
        Spread(Rows([0]), [-1]),
        Recluster(np.zeros(3)),
        Recluster(np.zeros(3), Rows([0])),
        Undo(),
        Redo(),
    ],
    ids=lambda edit: repr(edit)[:60],
)
def test_bad_edits__are_refused_in_words_and_change_nothing(start, edit):
    before = clusters_of(start)
    with pytest.raises(BadInput) as refusal:
        apply(start, edit)
    assert refusal.value.what.endswith(".") and clusters_of(start) == before


def test_delta__bytes_lead_back(start):
    step = apply(start, Reject(Rows([0, 1, 2, 3]), 1))
    back = Delta.from_bytes(step.inverse.to_bytes()).apply(step.partition)[0]
    assert back.same_as(start) and not step.partition.same_as(start)


def test_spread__without_take_leaves_a_group_nobody_named_where_it_is(start):
    named = apply(start, Rename(1, "cats")).partition
    step = apply(named, Spread(Rows(np.arange(10)), np.ones(10), np.full(10, 0.5), take=False))
    after = step.partition
    assert np.array_equal(after.cluster_of, start.cluster_of) and set(after.labels()) == {"cats"}
    assert step.touched == frozenset() and step.inverse.apply(after)[0].same_as(named)
    named_too = apply(after, Rename(2, "dogs")).partition
    members = named_too.members(2)
    assert set(named_too.labels()[members]) == {"dogs"} and not named_too.likely[members].any()


def test_together__is_one_step_or_none(start):
    act = Together((Move(Rows([0]), None), Rename(-1, "cats"), Spread(Rows([5]), np.array([-1]))), "Name a card")
    step = apply(start, act)
    assert step.partition.label_of(5) == "cats" and len(step.created) == 1
    assert step.partition.revision == start.revision + 1 and step.inverse.apply(step.partition)[0].same_as(start)
    with pytest.raises(BadInput):
        apply(start, Together((Move(Rows([0]), None), Rename(-2, "cats"))))


def test_settled__what_a_model_put_into_a_named_cluster_counts_only_when_it_is_sure(start):
    named = apply(start, Rename(1, "cats")).partition
    rows = named.members(2)[:3]
    after = apply(named, Spread(Rows(rows), [1, 1, 1], [0.95, 0.5, np.nan])).partition
    assert after.settled()[rows].tolist() == [True, False, False]
    assert after.settled()[named.members(1)].all()


@pytest.mark.parametrize(("said_of", "confirmed", "origin"), [("each", True, 4), ("all", True, 5), ("most", False, 5)])
def test_move__keeps_what_it_was_said_of(start, said_of, confirmed, origin):
    after = apply(start, Move(Rows([7, 8]), 2, said_of)).partition
    assert after.cluster_of[[7, 8]].tolist() == [2, 2] and after.origin[[7, 8]].tolist() == [origin] * 2
    assert after.confirmed[[7, 8]].tolist() == [confirmed] * 2


def test_move__said_of_something_else_is_refused():
    with pytest.raises(BadInput, match="each, all, most"):
        Move(Rows([7]), 2, "some")
