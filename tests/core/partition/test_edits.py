from __future__ import annotations

import json

import numpy as np
import pytest

from core.errors import BadInput
from core.partition.edits import (
    KINDS,
    Apart,
    Confirm,
    Forget,
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
    from_json,
    resolve,
)
from core.partition.fold import fold
from core.partition.partition import UNDECIDED, Partition
from core.partition.rows import Rows

ONE_OF_EACH = [
    Merge((1, 2), into=2),
    Merge((3, 4)),
    Apart((3, 4, 9)),
    Split(1, (Rows([1, 2]), Rows([5]))),
    Move(Rows([1, 2, 3, 9]), 4),
    Move(Rows([1]), None),
    Move(Rows([1, 2]), 4, "most"),
    Rename(1, "cats & “dogs”"),
    Note(2, "two\nlines"),
    Confirm(Rows([1])),
    Reject(Rows([1, 7]), 3),
    SetAside(Rows([0])),
    Spread(Rows([1, 2]), np.array([3, 3]), np.array([0.5, np.nan])),
    Spread(Rows(np.arange(600)), np.arange(600) % 7),
    Recluster(np.array([0, -1, 1]), method="tree", parameters={"k": np.int64(3), "x": np.inf}, clustering_key="ab"),
    Recluster(np.arange(2000) % 5, Rows(np.arange(2000) * 2)),
    Spread(Rows([1, 2]), np.array([3, 3]), take=False),
    Together((Move(Rows([1]), None), Rename(-1, "cats"), Spread(Rows([1, 2]), np.array([-1, 3]))), "Name a card"),
    Forget(Rows([1, 7])),
    Undo(),
    Redo(),
]


def rows_of(ids):
    known = {"a": 0, "b": 1, "c": 2, "d": 3}
    return np.array([known.get(item, -1) for item in ids])


@pytest.mark.parametrize("edit", ONE_OF_EACH, ids=lambda edit: edit.kind)
def test_edit__travels_as_json(edit):
    text = json.dumps(edit.to_json(), allow_nan=False)
    back = from_json(json.loads(text))
    assert type(back) is type(edit) and back == edit and hash(back) == hash(edit)


def test_kinds__every_edit_is_in_the_one_table():
    assert {edit.kind for edit in ONE_OF_EACH} == set(KINDS)


@pytest.mark.parametrize(
    "value",
    [
        {},
        {"kind": "explode"},
        {"kind": "move"},
        {"kind": "move", "item_ids": [[0, "x"]], "cluster_id": 1},
        {"kind": "undo", "x": 1},
    ],
)
def test_from_json__damage_is_said(value):
    with pytest.raises(BadInput):
        from_json(value)


def test_resolve__ids_become_rows():
    assert resolve(Move(["c", "a"], 1), rows_of) == Move(Rows([0, 2]), 1)
    assert resolve(Split(1, (["a"], ["d", "b"])), rows_of) == Split(1, (Rows([0]), Rows([1, 3])))
    assert resolve(Rename(1, "x"), rows_of) == Rename(1, "x")


def test_resolve__aligned_values_follow_their_items():
    spread = resolve(Spread(["d", "a", "c"], [30, 10, 20], [0.3, 0.1, 0.2]), rows_of)
    assert list(spread.item_ids) == [0, 2, 3]
    assert spread.cluster_ids.tolist() == [10, 20, 30]
    assert np.allclose(spread.confidence, [0.1, 0.2, 0.3])
    assert resolve(Recluster([5, 6], ["b", "a"]), rows_of).labels.tolist() == [6, 5]


def test_resolve__unknown_id_is_named():
    with pytest.raises(BadInput, match="“zzz”"):
        resolve(Move(["a", "zzz"], 1), rows_of)


def test_resolve__an_item_twice_with_values_is_refused():
    with pytest.raises(BadInput, match="twice"):
        resolve(Spread(["a", "a"], [1, 2]), rows_of)


@pytest.mark.parametrize("items", ["abc", [1, 2], 5.0])
def test_items__what_is_no_list_of_ids_is_refused(items):
    with pytest.raises((BadInput, TypeError)):
        Move(items, 1)


def test_rename__hostile_names_are_made_safe():
    assert Rename(1, "  a\x00b\u202e \n c ").name == "a·b· c"
    assert len(Rename(1, "x" * 10_000).name) == 200
    assert Note(1, "a\r\nb" + "y" * 9999).text.startswith("a\nb") and len(Note(1, "y" * 9999).text) == 4000


@pytest.mark.parametrize(
    ("edit", "sentence"),
    [
        (Move(Rows([5]), 1), "Move 1 item to “cats”"),
        (Move(Rows([4, 5]), 2), "Move 2 items to cluster 2"),
        (Move(Rows([0, 1]), None), "Move 2 items to a new cluster"),
        (Move(Rows([0, 1]), UNDECIDED), "Move 2 items back to undecided"),
        (Merge((1, 2), into=1), "Merge cluster of 2 into “cats” (3)"),
        (Merge((1, 2), into=2), "Merge “cats” (3) into cluster 2 (2)"),
        (Apart((1, 2)), "Keep “cats” (3) and cluster 2 (2) apart"),
        (Split(1, (Rows([0]),)), "Split 1 item off “cats” (3)"),
        (Split(1, (Rows([0]), Rows([1, 2]))), "Split “cats” (3) into 2 parts"),
        (Rename(1, "dogs"), "Rename “cats” (3) to “dogs”"),
        (Rename(2, "dogs"), "Name cluster 2 (2) “dogs”"),
        (Rename(1, ""), "Take the name off “cats” (3)"),
        (Reject(Rows([0]), 1), "Reject 1 item from “cats”"),
        (Recluster(np.zeros(6), method="k-means"), "Recluster all 6 items by k-means"),
        (SetAside(Rows([1, 2])), "Set 2 items aside"),
    ],
)
def test_describe__says_what_and_how_much(edit, sentence):
    partition = fold(np.array([0, 0, 0, 1, 1, -1]), [Rename(1, "cats")])
    assert edit.describe(partition) == sentence


@pytest.mark.parametrize("edit", ONE_OF_EACH, ids=lambda edit: edit.kind)
def test_describe__never_fails_even_where_the_edit_would(edit):
    assert edit.describe(Partition.start(1))
